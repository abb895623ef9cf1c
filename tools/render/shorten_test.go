package render

import (
	"slices"
	"strings"
	"testing"
)

func TestShorten(t *testing.T) {
	t.Parallel()
	if got := shorten("short", 10, "x"); got != "short" {
		t.Errorf("got %q", got)
	}
	got := shorten(strings.Repeat("é", 60)+strings.Repeat("z", 40), 30, "all of it is in f")
	want := strings.Repeat("é", 18) + "\n[… 70 of 100 characters left out here; all of it is in f …]\n" + strings.Repeat("z", 12)
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDivide(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		total       int
		wants, want []int
	}{
		{100, nil, []int{}},
		{100, []int{10, 20}, []int{10, 20}},
		{100, []int{10, 1000}, []int{10, 90}},
		{100, []int{1000, 1000}, []int{50, 50}},
		{100, []int{0, 30, 500, 60}, []int{0, 30, 35, 35}},
		{0, []int{5}, []int{0}},
	} {
		if got := divide(test.total, test.wants); !slices.Equal(got, test.want) {
			t.Errorf("divide(%d, %v) = %v, want %v", test.total, test.wants, got, test.want)
		}
	}
}
