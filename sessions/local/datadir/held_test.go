package datadir

import (
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions/local/tree"
)

// A holder is a process that holds files without a name.
type holder struct{ bytes, written int64 }

func (h *holder) Written() (int64, error)                  { return h.written, nil }
func (h *holder) Unlinked(uint64) (int64, int, int, error) { return h.bytes, 1, 0, nil }

// TestUnheld looks at a sentry again unless nothing can have lost its name since
// it was found to hold no such file.
func TestUnheld(t *testing.T) {
	t.Parallel()
	began := time.Now()
	long, just := began.Add(-time.Second), began.Add(-clockSlack/2)
	of := func(whole bool, changed ...time.Time) names {
		n := names{whole: whole}
		for i, at := range changed {
			n.add(tree.Info{ID: tree.ID{Device: 1, Inode: uint64(i + 1)}, Changed: at})
		}
		return n
	}
	in, other := &holder{}, &holder{}
	quiet := of(true, long, long)
	for _, c := range []struct {
		name  string
		files int
		then  names
		by    Process
		now   names
		want  bool
	}{
		{"nothing changed", 0, quiet, in, quiet, true},
		{"another interpreter", 0, quiet, other, quiet, false},
		{"a folder changed", 0, quiet, in, of(true, long, long.Add(1)), false},
		{"a folder came", 0, quiet, in, of(true, long, long, long), false},
		{"a folder went", 0, quiet, in, of(true, long), false},
		{"it held one", 1, quiet, in, quiet, false},
		{"it was changed just then", 0, of(true, long, just), in, of(true, long, just), false},
		{"not all was looked at then", 0, of(false, long, long), in, quiet, false},
		{"not all was looked at now", 0, quiet, in, of(false, long, long), false},
	} {
		var u unheld
		u.note(in, c.files, c.then, began)
		if got := u.still(c.by, c.now); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}
