package httpserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions"
)

// moody is a pool that can be used or not.
type moody struct{ err error }

func (m *moody) Prepare(context.Context) error { return m.err }

func TestReady(t *testing.T) {
	t.Parallel()
	pool, logged := &moody{}, &bytes.Buffer{}
	handler := NewReadiness(pool, zerolog.New(logged))
	for _, tt := range []struct {
		err    error
		status int
		text   string
		logs   string // "" for nothing
	}{
		{nil, 200, "ready\n", ""},
		{fmt.Errorf("%w: secret-host", sessions.ErrUnauthorized), 503, "not signed in", "secret-host"},
		{fmt.Errorf("%w: secret-host", sessions.ErrUnauthorized), 503, "not signed in", ""},
		{fmt.Errorf("%w: secret-host", sessions.ErrForbidden), 503, "may not use its pool", "secret-host"},
		{fmt.Errorf("secret-host: %w", context.DeadlineExceeded), 503, "ask again in a moment", ""},
		{nil, 200, "ready\n", "sessions are available"},
		{errors.New("secret-host"), 503, "the log of the service says why", "secret-host"},
		{sessions.ErrClosed, 503, "shutting down", ""},
	} {
		pool.err = tt.err
		logged.Reset()
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest("GET", "/readyz", nil))
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.text) || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%v: %d %s", tt.err, w.Code, w.Body)
		}
		if got := logged.String(); !strings.Contains(got, tt.logs) || (got == "") != (tt.logs == "") {
			t.Errorf("%v: it logged %q", tt.err, got)
		}
	}
}

// walled is a pool that says what isolates its sessions.
type walled struct {
	moody
	isolation string
}

func (w *walled) Isolation() string { return w.isolation }

func TestReadySaysWhatIsolates(t *testing.T) {
	t.Parallel()
	for isolation, want := range map[string]string{
		"":                            "ready\n",
		"gVisor, in a user namespace": "ready: sessions run in gVisor, in a user namespace\n",
	} {
		w := httptest.NewRecorder()
		NewReadiness(&walled{isolation: isolation}, zerolog.Nop()).ServeHTTP(w, httptest.NewRequest("GET", "/readyz", nil))
		if w.Code != 200 || w.Body.String() != want {
			t.Errorf("%q: %d %q, want %q", isolation, w.Code, w.Body, want)
		}
	}
}
