package server

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"dynamic-sessions-mcp/server/about"
)

// progressInterval is the minimum time between two lines of the same kind.
const progressInterval = time.Second

// progressLines shows people, line by line, what the pool does to get ready.
type progressLines struct {
	to  io.Writer
	now func() time.Time

	mu    sync.Mutex
	kind  string // the last line up to a colon or a comma
	last  string
	shown time.Time
}

// progress returns a function that shows stages on standard error. It may be
// called concurrently.
func (p program) progress() func(stage string) {
	lines := &progressLines{to: p.std.Err, now: time.Now}
	return lines.show
}

// show prints a stage, unless it is the last one again or too soon after
// another of its kind.
func (l *progressLines) show(stage string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	kind := stage
	if i := strings.IndexAny(stage, ":,"); i >= 0 {
		kind = stage[:i]
	}
	now := l.now()
	if stage == "" || stage == l.last || kind == l.kind && now.Sub(l.shown) < progressInterval {
		return
	}
	l.kind, l.last, l.shown = kind, stage, now
	fmt.Fprintf(l.to, "%s: %s\n", about.Name, stage)
}
