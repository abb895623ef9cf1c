package interpreter

import (
	"errors"
	"syscall"
	"testing"
)

// TestHopeless gives a state up that interpreters are never restored from, but
// neither soon nor on a full disk.
func TestHopeless(t *testing.T) {
	t.Parallel()
	killed := errors.New("the sandbox has ended")
	var w wakes
	for range 3 * wakesFailed {
		if w.hopeless(killed) {
			t.Fatal("given up at once")
		}
	}
	w.first = w.first.Add(-wakesSpan)
	if w.hopeless(syscall.ENOSPC) || w.hopeless(errors.New("pages.img: no space left on device")) {
		t.Error("given up on a full disk")
	}
	if !w.hopeless(killed) {
		t.Error("never given up")
	}
}
