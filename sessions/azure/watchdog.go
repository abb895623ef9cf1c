package azure

import (
	"context"
	"errors"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// errSilence is why a call, or one attempt, is abandoned that hears nothing for
// too long.
var errSilence = errors.New("the service did not answer in time")

// A watchdog ends a call when its caller gives up, its pool is closed, or its time
// is up.
type watchdog struct {
	ctx    context.Context
	caller context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	unlink func() bool
	done   func()
}

func (p *Pool) watch(ctx context.Context, l limits) (*watchdog, error) {
	done, err := p.enter(ctx)
	if err != nil {
		return nil, err
	}
	w := &watchdog{caller: ctx, done: done}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	w.timer = alarm(l.end, func() { w.cancel(errSilence) })
	w.unlink = context.AfterFunc(p.closing, func() { w.cancel(sessions.ErrClosed) })
	return w, nil
}

// alarm calls f at a time, or never if that is zero.
func alarm(at time.Time, f func()) *time.Timer {
	if at.IsZero() {
		never := time.NewTimer(0)
		never.Stop()
		return never
	}
	return time.AfterFunc(time.Until(at), f)
}

func (w *watchdog) end() {
	w.timer.Stop()
	w.unlink()
	w.cancel(nil)
	w.done()
}

// An idleTimer ends one attempt of a call that hears nothing for too long. Call
// progress whenever something was sent or received.
type idleTimer struct {
	ctx     context.Context
	cancel  context.CancelCauseFunc
	silence time.Duration
	timer   *time.Timer // nil if nothing but the watch bounds the attempt
}

func listen(ctx context.Context, silence time.Duration) *idleTimer {
	a := &idleTimer{silence: silence}
	a.ctx, a.cancel = context.WithCancelCause(ctx)
	if silence > 0 {
		a.timer = time.AfterFunc(silence, func() { a.cancel(errSilence) })
	}
	return a
}

// progress restarts the timer.
func (a *idleTimer) progress() {
	if a.timer != nil {
		a.timer.Reset(a.silence)
	}
}

func (a *idleTimer) end() {
	if a.timer != nil {
		a.timer.Stop()
	}
	a.cancel(nil)
}

// cause replaces err by the reason for which the attempt was ended, if it was.
func (a *idleTimer) cause(err error) error {
	if errors.Is(context.Cause(a.ctx), errSilence) {
		return errSilence
	}
	return err
}
