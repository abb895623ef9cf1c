package local

import (
	"context"
	"time"
)

const (
	// diskInterval is the time between two surveys of a session that has much
	// room, minDiskInterval between those of one that has hardly any.
	diskInterval    = 200 * time.Millisecond
	minDiskInterval = 5 * time.Millisecond
	// diskSpeed is how many bytes a session may add in a second, and filePace how
	// many files: more than what was seen.
	diskSpeed = 4 << 30
	filePace  = 50_000
	// diskLook is the time between two looks at how much was written while a
	// session is left in peace that takes long to survey.
	diskLook = 10 * time.Millisecond
	// restShare is how many times as long as the last survey took the session is
	// left in peace, if it writes nothing meanwhile.
	restShare = 3
	// maxRest is how long that is at most: on a busy machine everything takes long.
	maxRest = time.Second
)

// A writer is a process that knows how many bytes were written for it.
type writer interface {
	Written() (int64, error)
}

// A diskWatch surveys a session again and again, the more often the less room
// is left, and the less often the longer that takes: it must not be all that is
// done. What the session takes at first is known, so that the watch begins with a
// pause. It has a goroutine of its own, which nobody waits for.
type diskWatch struct {
	box   *box
	found func(survey) // must not block once the watch's context has ended
}

func (w *diskWatch) run(ctx context.Context) {
	w.pause(ctx, w.box.account.now(), 0, w.written())
	for ctx.Err() == nil {
		began := time.Now()
		written := w.written()
		v, err := w.box.survey(ctx, false)
		if err == nil {
			w.found(v)
		}
		w.pause(ctx, v.usage, time.Since(began), written)
	}
}

// pause waits until the session may have used up its room.
func (w *diskWatch) pause(ctx context.Context, used usage, took time.Duration, before int64) {
	interval, room := w.box.account.patience(used)
	end := time.Now().Add(max(interval, min(restShare*took, maxRest)))
	soonest := time.Now().Add(max(interval, min(took, maxRest)))
	tick := time.NewTicker(min(interval, diskLook))
	defer tick.Stop()
	for time.Now().Before(end) {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if time.Now().After(soonest) && w.written()-before > room/2 {
			return
		}
	}
}

// patience returns how long it takes to use up what is left, and a little more
// than that, and how many bytes that is.
func (a *account) patience(used usage) (time.Duration, int64) {
	left := a.limit.minus(used)
	bytes := max(0, left.bytes) + a.limit.bytes/10
	files := max(0, left.files) + a.limit.files/10
	soon := min(
		time.Duration(float64(bytes)/diskSpeed*float64(time.Second)),
		time.Duration(files)*time.Second/filePace)
	return min(max(soon, minDiskInterval), diskInterval), bytes
}

// written returns what the interpreter's process has written so far, or the
// most there is: then it is surveyed as often as may be.
func (w *diskWatch) written() int64 {
	if in, ok := w.box.interpreter.made(); ok {
		if process, can := in.process.(writer); can {
			if n, err := process.Written(); err == nil {
				return n
			}
		}
	}
	return 0
}
