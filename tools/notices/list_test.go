package notices

import (
	"testing"
)

func TestNotices(t *testing.T) {
	t.Parallel()
	var r List
	for _, n := range []int{1, 3, 4, 5} {
		r.About("display", n, "too large")
	}
	r.About("display", 2, "empty")
	r.say("Once.")
	r.say("Once.")
	if got, want := r.String(), "Notice from the server:\n- displays 1, 3–5: too large\n- display 2: empty\n- Once."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
