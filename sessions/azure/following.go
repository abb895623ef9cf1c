package azure

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/budget"
	"dynamic-sessions-mcp/sessions/wire"
)

const (
	// followAfter is for how long code has run before its output is asked for: most has
	// ended by then.
	followAfter = 500 * time.Millisecond
	// followPause lies between two calls, so that code that writes all the time does not
	// make one for each line.
	followPause = 100 * time.Millisecond
	// followRetry lies before a call after one that has failed.
	followRetry = time.Second
	// followWait is how long a call waits for output.
	followWait = 20 * time.Second
	// maxToldEvents bounds what is believed of the number of events.
	maxToldEvents = 200_000
)

// tellsOutput reports whether to ask the service for the output of a run while it goes on,
// and tells the caller of the run if not.
func (p *Pool) tellsOutput(r run) bool {
	if r.Events == nil {
		return false
	}
	if p.opts.Endpoint.interpreter() || p.noOutput.stands() {
		r.silent()
		return false
	}
	return true
}

// silent says that there is no output before the end of the run.
func (r run) silent() {
	if r.Events != nil {
		r.Events(sessions.Event{Kind: sessions.EventSilent})
	}
}

// A follower tells the caller of a run what that has written and shown while it goes on.
// It tells nothing that follows something that it could not tell.
type follower struct {
	pool      *Pool
	run       run
	version   string
	execution string

	last   int  // what the service has told
	heard  bool // it knows the execution
	events int
}

// follow asks for output until the execution or ctx has ended.
func (f *follower) follow(ctx context.Context) {
	pause := followAfter
	for {
		next := time.NewTimer(pause)
		select {
		case <-next.C:
		case <-ctx.Done():
			next.Stop()
			return
		}
		var more bool
		if more, pause = f.ask(ctx); !more {
			return
		}
	}
}

// ask asks once, and returns whether and when to ask again.
func (f *follower) ask(ctx context.Context) (more bool, pause time.Duration) {
	c := f.pool.newCall("read the output of code", http.MethodGet, "/executions/"+escape(f.execution)+"/output", f.run.id)
	c.version, c.names = f.version, true
	c.query = url.Values{wire.ParamAfter: {strconv.Itoa(f.last)}, wire.ParamWait: {strconv.Itoa(int(followWait.Seconds()))}}
	c.limits.silence += followWait
	var out wire.Output
	_, err := f.pool.exchange(ctx, c, &out)
	switch {
	case ctx.Err() != nil:
		return false, 0
	case isCode(err, wire.CodeNotRunning):
		return !f.heard, followRetry // the service may not have begun with it
	case isStatus(err, http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented):
		if !f.heard {
			f.pool.noOutput.note()
			f.run.silent()
		}
		return false, 0
	case errors.Is(err, sessions.ErrClosed):
		return false, 0
	case err != nil:
		f.pool.opts.Logger.Debug().Err(forLog(err)).Msg("the output of code could not be read; it is asked for again")
		return true, followRetry
	}
	f.heard = true
	return f.tell(budget.FromContext(ctx), out) && out.Running, followPause
}

// tell tells what the service did, and reports whether to go on.
func (f *follower) tell(memory *budget.Account, out wire.Output) bool {
	f.last = out.Last
	for _, one := range out.Events {
		e, ok := one.Event()
		if !ok {
			return false
		}
		if f.events++; f.events > maxToldEvents || len(e.Display.Data) > maxForms || !memory.Take(weight(e)) {
			return false
		}
		distrustLate(&e.Late)
		f.run.Events(e)
	}
	return true
}

// weight is how many bytes an event has.
func weight(e sessions.Event) int64 {
	return int64(len(e.Text)+len(e.Late.Text)) + formsOf(e.Display) + formsOf(e.Late.Displays...)
}
