package answers

import (
	"slices"
	"strings"
	"testing"
)

// overAzure is the name of the answers of a pool behind Azure's REST API, where they
// are others. Behind a colon stand names of lostOverAzure.
const overAzure = "over azure"

// lostOverAzure says what Azure's REST API cannot carry.
var lostOverAzure = map[string]string{
	"user":  "the person's folders are on another machine than the session, so that code cannot see them",
	"names": "names that are not UTF-8 cannot be written in JSON, so that the files are only counted",
	"flags": "limits are those of the pool, which the server does not set",
}

// TestWhatIsLostHasReasons holds that each answer which is another over Azure's API
// names what that API cannot carry, and that nothing is named in vain.
func TestWhatIsLostHasReasons(t *testing.T) {
	t.Parallel()
	named := map[string]bool{"flags": true}
	for _, in := range readInputs(t) {
		for _, s := range in.answers(overAzure) {
			_, list, _ := strings.Cut(s.Name, ":")
			reasons := strings.Fields(strings.ReplaceAll(list, ",", " "))
			if len(reasons) == 0 || slices.ContainsFunc(reasons, func(r string) bool { return lostOverAzure[r] == "" }) {
				t.Errorf("%s: %q names no reason of lostOverAzure", in.path, s.Name)
			}
			for _, r := range reasons {
				named[r] = true
			}
		}
	}
	for reason := range lostOverAzure {
		if !named[reason] {
			t.Errorf("no input names the reason %q", reason)
		}
	}
}

// TestWaiting counts the inputs whose answers are not right yet: they wait in a
// folder of their own, each with what is wrong.
func TestWaiting(t *testing.T) {
	t.Parallel()
	waiting := readInputs(t, "waiting")
	for _, in := range waiting {
		if !strings.Contains(in.comment, "Wrong: ") {
			t.Errorf("%s does not say what is wrong", in.path)
		}
	}
	t.Logf("%d inputs wait", len(waiting))
}
