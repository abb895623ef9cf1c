package tools

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/runs"
)

// An asker asks the user, for one call that waits for a run, which hosts the code may
// connect with. Clients of versions up to 2025-11-25 are asked while the call waits;
// others are answered with the questions, and call again with the answers. Nil can ask
// nobody.
type asker struct {
	ctx    context.Context // ends with the call
	cancel context.CancelFunc
	srv    *server.MCPServer // nil for clients that are answered with the questions

	work  sync.WaitGroup // questions that the client is being asked
	watch sync.WaitGroup // who waits for them

	mu      sync.Mutex
	closed  bool
	run     *runs.Run                    // that keeps the questions, once the answer is on its way
	asking  int                          // questions that the client is being asked
	waiting map[string]sessions.Question // by names that nobody can guess, for the answer
	early   chan struct{}                // closed when the answer must come early, since it has a question
}

// asker returns what asks the user for a call; nil if the client cannot be asked, or is not
// to be. close must be called.
func (t *Tools) asker(ctx context.Context) *asker {
	if !t.env.Asks || !takesForms(ctx) {
		return nil
	}
	a := &asker{waiting: map[string]sessions.Question{}, early: make(chan struct{})}
	if !server.IsModernRequest(ctx) {
		a.srv = server.ServerFromContext(ctx)
	}
	a.ctx, a.cancel = context.WithCancel(ctx)
	return a
}

// takesForms reports whether the client of a call can ask its user to fill in a form.
func takesForms(ctx context.Context) bool {
	if server.IsModernRequest(ctx) {
		info := server.RequestProtocolInfoFromContext(ctx)
		if info == nil || info.ClientCapabilities == nil {
			return false
		}
		can := info.ClientCapabilities.Elicitation
		return can != nil && (can.Form != nil || can.URL == nil)
	}
	client, ok := server.ClientSessionFromContext(ctx).(interface{ TakesForms() bool })
	return ok && client.TakesForms()
}

// questions is what a run is to ask, nil for a nil asker.
func (a *asker) questions() func(sessions.Question) bool {
	if a == nil {
		return nil
	}
	return a.ask
}

// ask asks the user. It does not wait for the answer.
func (a *asker) ask(q sessions.Question) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.run != nil:
		return a.run.ParkMore(q)
	case a.closed:
		return false
	}
	if a.srv != nil {
		a.asking++
		a.work.Go(func() { a.elicit(q) })
		return true
	}
	a.waiting[rand.Text()] = q
	a.hurry()
	return true
}

// hurry has the call be answered early. The caller holds the lock.
func (a *asker) hurry() {
	select {
	case <-a.early:
	default:
		close(a.early)
	}
}

// resume has a call be answered at once if there are questions left of an earlier one.
func (a *asker) resume(run *runs.Run) {
	if a == nil || a.srv != nil || len(run.Parked()) == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hurry()
}

// elicit asks the client while the call waits. What it answers with an error, or not before
// the call ends, was not decided.
func (a *asker) elicit(q sessions.Question) {
	ctx, cancel := context.WithCancel(a.ctx)
	defer cancel()
	defer a.asked()
	a.watch.Go(func() {
		select {
		case <-q.Done:
			cancel()
		case <-ctx.Done():
		}
	})
	result, err := a.srv.RequestElicitation(ctx, mcp.ElicitationRequest{Params: form(q)})
	if err != nil {
		q.Withdraw()
		return
	}
	q.Answer(accepted(result))
}

func (a *asker) asked() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asking--
}

// awaitAnswers waits until the user has answered all questions, but not longer than patience: a
// program that has given up may be run again with the answers.
func (a *asker) awaitAnswers(patience time.Duration) {
	if a == nil || a.srv == nil {
		return
	}
	answered := make(chan struct{})
	a.watch.Go(func() {
		a.work.Wait()
		close(answered)
	})
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-answered:
	case <-late.C:
	case <-a.ctx.Done():
	}
}

// handOver gives what the answer must ask to a run, which keeps it, and what comes later.
func (a *asker) handOver(run *runs.Run) {
	a.mu.Lock()
	defer a.mu.Unlock()
	run.Park(a.waiting)
	a.waiting, a.run = nil, run
}

// answerEarly is closed when the call must be answered before the run has ended. It is nil
// for a nil asker.
func (a *asker) answerEarly() <-chan struct{} {
	if a == nil {
		return nil
	}
	return a.early
}

// hasToAnswer reports whether the call must be answered before the run has ended.
func (a *asker) hasToAnswer() bool {
	select {
	case <-a.answerEarly():
		return true
	default:
		return false
	}
}

// close withdraws what was not answered, and reports whether there was anything.
func (a *asker) close() (withdrawn bool) {
	if a == nil {
		return false
	}
	a.mu.Lock()
	a.closed = true
	left := a.waiting
	a.waiting = nil
	withdrawn = a.asking > 0 || len(left) > 0
	a.mu.Unlock()
	for _, q := range left {
		q.Withdraw()
	}
	a.cancel()
	a.work.Wait()
	a.watch.Wait()
	return withdrawn
}

// The choice of the form, and what allows the connection.
const (
	choiceField = "answer"
	choiceAllow = "allow"
	choiceNo    = "no"
)

// form is what the user is asked.
func form(q sessions.Question) mcp.ElicitationParams {
	return mcp.ElicitationParams{
		Message: fmt.Sprintf("Code in this conversation wants to connect to %s:%d. It could send there whatever is in its session. Allow it for this conversation?", q.Host, q.Port),
		RequestedSchema: map[string]any{
			"type": "object",
			"properties": map[string]any{choiceField: map[string]any{
				"type": "string", "title": fmt.Sprintf("Connect to %s:%d", q.Host, q.Port), "enum": []string{choiceAllow, choiceNo},
			}},
			"required": []string{choiceField},
		},
	}
}

// accepted reports whether the user has chosen to allow it. Everything else is no.
func accepted(result *mcp.ElicitationResult) bool {
	if result == nil || result.Action != mcp.ElicitationResponseActionAccept {
		return false
	}
	fields, _ := result.Content.(map[string]any)
	return fields[choiceField] == choiceAllow
}
