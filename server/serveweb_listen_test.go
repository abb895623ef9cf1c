package server

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

// listen runs the command over a pool in memory and returns what it says once
// it listens.
func listenOf(t *testing.T, pool *fakePool, args ...string) (said string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	errs := &errorText{}
	args = append([]string{"--listen=127.0.0.1:0", "--cache-dir=" + t.TempDir()}, args...)
	p := newProgram(t, pool, Streams{Err: errs}, args...)
	done := make(chan error, 1)
	go func() { done <- p.serve(ctx) }()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for !strings.Contains(errs.String(), "token") {
		select {
		case err := <-done:
			t.Fatalf("it ended with %v after %q", err, errs)
		case <-look.C:
		}
	}
	return errs.String(), func() error {
		cancel()
		return <-done
	}
}

var (
	saidURL   = regexp.MustCompile(`http://\S+?:\d+`)
	saidToken = regexp.MustCompile(`token (\S{26}) `)
)

func TestServeOverHTTP(t *testing.T) {
	t.Parallel()
	pool := &fakePool{Fake: &sessionstest.Fake{}}
	said, stop := listenOf(t, pool, "--transport=http")
	token := saidToken.FindStringSubmatch(said)
	if token == nil {
		t.Fatalf("it said %q", said)
	}
	s := &webServer{t: t, url: saidURL.FindString(said)}
	if id := s.begin(token[1]); len(id) < 40 {
		t.Errorf("the session ID is %q", id)
	}
	if a := s.do(request{body: initializeBody}); a.status != 401 {
		t.Errorf("another token: %d", a.status)
	}
	if err := stop(); err != nil || pool.timesClosed() != 1 {
		t.Errorf("it ended with %v, the pool was closed %d times", err, pool.timesClosed())
	}
}

func TestShutdownLetsCallsEnd(t *testing.T) {
	t.Parallel()
	running, release := make(chan struct{}), make(chan struct{})
	pool := &fakePool{Fake: &sessionstest.Fake{Script: func(context.Context, sessions.ID, sessions.Request) (*sessions.Execution, error) {
		close(running)
		<-release
		return &sessions.Execution{Text: "at last"}, nil
	}}}
	said, stop := listenOf(t, pool, "--transport=http", "--no-auth")
	s := &webServer{t: t, url: saidURL.FindString(said)}
	id := s.begin(ada)
	answered := make(chan reply, 1)
	go func() { answered <- s.do(request{session: id, body: runCall(1, "x")}) }()
	<-running
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	for { // until it takes no more calls
		r, _ := http.NewRequestWithContext(t.Context(), "GET", s.url+healthPath, nil)
		r.Close = true
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			break
		}
		response.Body.Close()
	}
	close(release)
	if a := <-answered; !strings.Contains(a.message.text(), "at last") {
		t.Errorf("got %d %s", a.status, a.text)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
