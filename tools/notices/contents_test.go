package notices

import (
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
)

// TestVariablesText: a few are named, the others counted, and nothing is longer than a
// line.
func TestVariablesText(t *testing.T) {
	t.Parallel()
	long := sessions.Variable{Name: strings.Repeat("x", 200), Type: strings.Repeat("T", 200)}
	for _, test := range []struct {
		variables *sessions.Variables
		want      string
	}{
		{nil, ""},
		{&sessions.Variables{}, "no variables"},
		{&sessions.Variables{More: 1}, "1 variable"},
		{&sessions.Variables{
			Named: []sessions.Variable{{Name: "df", Type: "DataFrame", Shape: []int64{749, 9}}, {Name: "m", Type: "Series", Shape: []int64{20}}, {Name: "n", Type: "int"}},
			More:  12,
		}, "df DataFrame 749×9, m Series 20, n int, 12 more"},
		{&sessions.Variables{Named: []sessions.Variable{long, long, long, long}, More: 1},
			strings.TrimSuffix(strings.Repeat(strings.Repeat("x", 40)+"… "+strings.Repeat("T", 40)+"…, ", 2), ", ") + ", 3 more"},
	} {
		if got := variablesText(test.variables); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
