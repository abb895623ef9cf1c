package bench

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestChoice(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		only   []string
		curves bool
		want   string
	}{
		{nil, false, "imports prints warm new-session ten-sessions start ten-servers wake memory true processes files plot rest-up rest-down local-up local-down"},
		{[]string{"true", " warm"}, false, "warm true"},
		{[]string{"curves"}, false, "curve-sessions curve-output curve-files"},
		{[]string{"curve-files", "start"}, false, "start curve-files"},
		{[]string{"start"}, true, "start curve-sessions curve-output curve-files"},
	} {
		c, err := choose(Options{Only: tt.only, Curves: tt.curves})
		var got []string
		for _, m := range c.rows {
			got = append(got, m.name)
		}
		for _, each := range c.curves {
			got = append(got, each.name)
		}
		if err != nil || strings.Join(got, " ") != tt.want {
			t.Errorf("%q: got %q, %v", tt.only, got, err)
		}
	}
	_, err := choose(Options{Only: []string{"warm", "wram"}})
	if err == nil || !strings.Contains(err.Error(), `"wram"`) || !strings.Contains(err.Error(), "imports, prints, warm, ") {
		t.Errorf("got %v", err)
	}
}

// TestMeasurementsAreDescribed holds what the list, the estimate and the report need.
func TestMeasurementsAreDescribed(t *testing.T) {
	t.Parallel()
	list := writeList()
	for _, m := range measurements() {
		if m.title == "" || m.about == "" || m.cost == 0 || m.begin == nil || m.number(9, 0) < 3 || m.number(1, 4) < 1 {
			t.Errorf("%s lacks something: %+v", m.name, m)
		}
	}
	if lines := strings.Count(list, "\n"); lines != len(names()) || len(slices.Compact(slices.Sorted(slices.Values(names())))) != lines {
		t.Errorf("the list has %d lines for %d names", lines, len(names()))
	}
	if !regexp.MustCompile(`(?m)^warm +6 \* 7 through MCP`).MatchString(list) {
		t.Errorf("got\n%s", list)
	}
	if all := estimate(measurements(), Options{Pairs: 9, Load: 4}); all < 3*time.Minute || all > 6*time.Minute {
		t.Errorf("the default run would take %v", all)
	}
}
