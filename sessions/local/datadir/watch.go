package datadir

import (
	"context"
	"time"
)

const (
	// maxInterval is the time between two surveys of a folder that has much space
	// left, minInterval between those of one that has hardly any.
	maxInterval = 200 * time.Millisecond
	minInterval = 5 * time.Millisecond
	// writeSpeed is how many bytes a session may add in a second, and filePace how
	// many files: more than what was seen.
	writeSpeed = 4 << 30
	filePace   = 50_000
	// writtenInterval is the time between two looks at how much was written, during
	// the pause after a survey that took long.
	writtenInterval = 10 * time.Millisecond
	// pauseFactor is how many times as long as the last survey took the pause after
	// it is, if nothing is written meanwhile.
	pauseFactor = 3
	// maxPause is how long that is at most: on a busy machine everything takes long.
	maxPause = time.Second
)

// Watch surveys the folder again and again until ctx ends, the more often the less
// space is left, and the less often the longer that takes: it must not be all that
// is done. What is there at first is known, so that it begins with a pause. It
// calls found with each survey, which must not block once ctx has ended.
//
// Nothing that keeps time should wait for it to return: a disk can hang.
func (d *Dir) Watch(ctx context.Context, found func(Survey)) {
	d.pause(ctx, d.used(), 0, d.written())
	for ctx.Err() == nil {
		began := time.Now()
		written := d.written()
		v, err := d.survey(ctx, false)
		if err == nil {
			found(v)
		}
		d.pause(ctx, v.usage, time.Since(began), written)
	}
}

// pause waits until the session may have used up its space.
func (d *Dir) pause(ctx context.Context, used usage, took time.Duration, before int64) {
	interval, left := d.limit.patience(used)
	end := time.Now().Add(max(interval, min(pauseFactor*took, maxPause)))
	soonest := time.Now().Add(max(interval, min(took, maxPause)))
	tick := time.NewTicker(min(interval, writtenInterval))
	defer tick.Stop()
	for time.Now().Before(end) {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if time.Now().After(soonest) && d.written()-before > left/2 {
			return
		}
	}
}

// patience returns how long it takes to use up what is left, and a little more
// than that, and how many bytes that is.
func (limit usage) patience(used usage) (time.Duration, int64) {
	left := limit.minus(used)
	bytes := max(0, left.bytes) + limit.bytes/10
	files := max(0, left.files) + limit.files/10
	soon := min(
		time.Duration(float64(bytes)/writeSpeed*float64(time.Second)),
		time.Duration(files)*time.Second/filePace)
	return min(max(soon, minInterval), maxInterval), bytes
}

// written returns how many bytes the process has written so far, 0 if nothing
// tells: then only time decides when to look again.
func (d *Dir) written() int64 {
	if by := d.process(); by != nil {
		if n, err := by.Written(); err == nil {
			return n
		}
	}
	return 0
}
