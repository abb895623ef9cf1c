package azure_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/azure"
)

func TestPrepareTellsWhetherSessionsCanBeHad(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		want   error
	}{
		"no such session":    {404, `{"error":{"code":"SessionNotFound","message":"no"}}`, nil},
		"no such path":       {404, "", nil},
		"an older service":   {400, `{"error":{"code":"BadRequest"}}`, nil},
		"not that method":    {405, "", nil},
		"busy":               {429, "", nil},
		"in trouble":         {503, "", sessions.ErrUnavailable},
		"a broken gateway":   {502, "<html>", sessions.ErrUnavailable},
		"a token it refuses": {401, "", sessions.ErrUnauthorized},
		"no role":            {403, "", sessions.ErrForbidden},
		"a portal before it": {302, "", sessions.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked []string
			pool := over(t, func(r *http.Request) (int, string) {
				asked = append(asked, r.Method+" "+r.URL.Path[strings.LastIndexByte(r.URL.Path, '/'):])
				return tt.status, tt.body
			}, azure.Options{})
			for range 3 {
				if err := pool.Prepare(t.Context()); !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
					t.Errorf("got %v, want %v", err, tt.want)
				}
			}
			most := 1
			if tt.status == 401 {
				most = 2 // with another token
			}
			if len(asked) == 0 || len(asked) > most || asked[0] != "GET /session" {
				t.Errorf("it sent %q", asked)
			}
		})
	}
}

func TestPrepareWithoutToken(t *testing.T) {
	t.Parallel()
	endpoint, err := azure.ParseEndpoint(inAzure)
	if err != nil {
		t.Fatal(err)
	}
	pool := open(t, azure.Options{Endpoint: endpoint, Credential: &credential{err: errors.New("sign in first")},
		Transport: inMemory(func(*http.Request) (int, string) { t.Error("it was asked"); return 404, "" })})
	if err := pool.Prepare(t.Context()); !errors.Is(err, sessions.ErrUnauthorized) || !strings.Contains(err.Error(), "sign in first") {
		t.Errorf("got %v", err)
	}
}

func TestPrepareAsksAgainAfterAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked, status atomic.Int64
		status.Store(503)
		pool := over(t, func(*http.Request) (int, string) {
			asked.Add(1)
			return int(status.Load()), ""
		}, azure.Options{})
		if err := pool.Prepare(t.Context()); !errors.Is(err, sessions.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		status.Store(404)
		time.Sleep(4 * time.Second)
		if err := pool.Prepare(t.Context()); !errors.Is(err, sessions.ErrUnavailable) || asked.Load() != 1 {
			t.Errorf("soon after: %v after %d requests", err, asked.Load())
		}
		time.Sleep(2 * time.Second)
		if err := pool.Prepare(t.Context()); err != nil || asked.Load() != 2 {
			t.Errorf("later: %v after %d requests", err, asked.Load())
		}
	})
}

// slow answers when it is released.
type slow struct {
	asked   atomic.Int64
	release chan struct{}
}

func (s *slow) Do(r *http.Request) (*http.Response, error) {
	s.asked.Add(1)
	select {
	case <-s.release:
		return &http.Response{StatusCode: 404, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(""))}, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

func TestPrepareOutlivesItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		endpoint, err := azure.ParseEndpoint(inAzure)
		if err != nil {
			t.Fatal(err)
		}
		service := &slow{release: make(chan struct{})}
		pool := open(t, azure.Options{Endpoint: endpoint, Credential: &credential{}, Transport: service})
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if err := pool.Prepare(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			cancel()
		}
		close(service.release)
		if err := pool.Prepare(t.Context()); err != nil || service.asked.Load() != 1 {
			t.Errorf("got %v after %d requests", err, service.asked.Load())
		}
	})
}

func TestPrepareEndsWithThePool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		endpoint, err := azure.ParseEndpoint(inAzure)
		if err != nil {
			t.Fatal(err)
		}
		pool := open(t, azure.Options{Endpoint: endpoint, Credential: &credential{}, Transport: &slow{release: make(chan struct{})}})
		ended := make(chan error, 1)
		go func() { ended <- pool.Prepare(t.Context()) }()
		synctest.Wait()
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, sessions.ErrClosed) {
			t.Errorf("got %v", err)
		}
		if err := pool.Prepare(t.Context()); !errors.Is(err, sessions.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}
