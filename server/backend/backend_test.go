package backend

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions/sessionstest"
)

// stuckPool does not close before release is closed.
type stuckPool struct {
	*sessionstest.Fake
	release chan struct{}
}

func (*stuckPool) Prepare(context.Context) error { return nil }
func (p *stuckPool) Close() error                { <-p.release; return nil }

func TestPoolThatDoesNotClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := &stuckPool{&sessionstest.Fake{}, make(chan struct{})}
		defer close(pool.release)
		var log bytes.Buffer
		begin := time.Now()
		if err := Close(pool, time.Second, zerolog.New(&log)); err != nil || time.Since(begin) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(begin))
		}
		if !strings.Contains(log.String(), "killed with the process") {
			t.Errorf("the log says %q", log.String())
		}
	})
}
