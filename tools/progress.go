package tools

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
)

const (
	progressMethod   = "notifications/progress"
	progressInterval = time.Second
	maxTail          = 512 // bytes of output kept to find its last line in
)

// progress tells the caller of a long call, once a second, how long it has been
// running and what it last wrote or waits for.
type progress struct {
	activity string
	notify   func(elapsed, most time.Duration, message string)

	mu      sync.Mutex
	before  time.Duration // that what is reported on had taken when the call came
	most    time.Duration // that it may take, 0 if that is not known
	waiting string        // what the call waits for, "" once the code runs
	tail    string        // the end of the output so far
}

// startProgress begins to report on a call. It returns nil if the caller did not ask
// for it. stop ends the reports; none is being sent when it returns.
func startProgress(ctx context.Context, meta *mcp.Meta, activity string) (p *progress, stop func()) {
	srv := server.ServerFromContext(ctx)
	if srv == nil || meta == nil || meta.ProgressToken == nil {
		return nil, func() {}
	}
	token := meta.ProgressToken
	p = &progress{activity: activity, notify: func(elapsed, most time.Duration, message string) {
		params := map[string]any{"progressToken": token, "progress": elapsed.Seconds(), "message": message}
		if most > 0 {
			params["total"] = most.Seconds()
		}
		// A client that does not read its notifications has no use for more.
		_ = srv.SendNotificationToClient(ctx, progressMethod, params)
	}}
	done := make(chan struct{})
	var reporter sync.WaitGroup
	reporter.Go(func() { p.report(done) })
	return p, func() {
		close(done)
		reporter.Wait()
	}
}

func (p *progress) report(done <-chan struct{}) {
	began := time.Now()
	ticker := time.NewTicker(progressInterval)
	defer ticker.Stop()
	for {
		select {
		case <-done:
			return
		case <-ticker.C:
			before, most := p.times()
			elapsed := before + time.Since(began)
			p.notify(elapsed, most, p.message(elapsed))
		}
	}
}

// total tells how long what is reported on may take, if that was given.
func (p *progress) total(most time.Duration) {
	if p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.most = most
	}
}

// since tells how long it had taken when the call came.
func (p *progress) since(before time.Duration) {
	if p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.before = before
	}
}

func (p *progress) times() (before, most time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.before, p.most
}

// observe takes what a pool says about a run. It does not block.
func (p *progress) observe(e sessions.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.Kind {
	case sessions.EventSilent:
		return
	case sessions.EventWaiting:
		p.waiting = e.Text[:min(len(e.Text), maxTail)]
		return
	case sessions.EventBegun, sessions.EventDisplay, sessions.EventClear, sessions.EventLate:
		p.waiting = ""
		return
	}
	p.waiting = ""
	text := e.Text
	if len(text) < maxTail {
		text = p.tail + text
	}
	// The copy keeps the tail from holding on to all of a long text.
	p.tail = strings.Clone(text[max(0, len(text)-maxTail):])
}

// step tells which of n things is being done.
func (p *progress) step(done, n int, name string) {
	if p != nil {
		p.observe(sessions.Event{Kind: sessions.EventStdout, Text: fmt.Sprintf("%d of %d: %s\n", done+1, n, name)})
	}
}

// saving tells that a file is being saved for the user.
func (p *progress) saving(name string) {
	if p != nil {
		p.observe(sessions.Event{Kind: sessions.EventStdout, Text: "\nsaving " + name + "\n"})
	}
}

// events is observe, or nothing to call when nobody listens.
func (p *progress) events() func(sessions.Event) {
	if p == nil {
		return nil
	}
	return p.observe
}

// message says for example "running 12 s: epoch 3/10".
func (p *progress) message(elapsed time.Duration) string {
	p.mu.Lock()
	waiting, tail := p.waiting, p.tail
	p.mu.Unlock()
	head, detail := p.activity, lastLine(tail)
	if waiting != "" {
		head, detail = "waiting", prose.Line(waiting, 150)
	}
	head += " " + prose.Span(elapsed.Truncate(time.Second))
	if detail == "" {
		return head
	}
	return head + ": " + detail
}

// lastLine is the last line of output that has anything on it.
func lastLine(tail string) string {
	lines := strings.FieldsFunc(tail, func(r rune) bool { return r == '\n' || r == '\r' })
	for i := len(lines) - 1; i >= 0; i-- {
		if line := prose.Line(lines[i], 150); line != "" {
			return line
		}
	}
	return ""
}
