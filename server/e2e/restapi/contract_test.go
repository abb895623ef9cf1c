// Package restapi calls Azure's REST API as this service has it, on the embedded
// pool: with the client of package azure, with curl, as clients did that were
// recorded, and over a proxy that fails on purpose.
package restapi

import (
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/azure"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/sessions/wire"
)

// serveLocalREST serves the embedded pool until the test ends.
func serveLocalREST(t testing.TB, opts local.Options) (url string) {
	t.Helper()
	opts.Logger = zerolog.New(zerolog.NewTestWriter(t)).Level(zerolog.InfoLevel)
	embedded, err := local.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	handler := rest.New(embedded, rest.Options{Logger: opts.Logger})
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		server.Close()
		if err := handler.Close(); err != nil {
			t.Errorf("closing the service: %v", err)
		}
		if err := embedded.Close(); err != nil {
			t.Errorf("closing the pool: %v", err)
		}
	})
	return server.URL
}

// overREST returns the embedded pool behind the service behind the client.
func overREST(t testing.TB, inner local.Options, outer azure.Options) *azure.Pool {
	t.Helper()
	outer.Patience = time.Minute // the machine may be busy with other tests
	var err error
	if outer.Endpoint, err = azure.ParseEndpoint(serveLocalREST(t, inner)); err != nil {
		t.Fatal(err)
	}
	pool, err := azure.New(outer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pool.Close(); err != nil {
			t.Errorf("closing the client: %v", err)
		}
	})
	return pool
}

func TestContractOverREST(t *testing.T) {
	for name, opts := range map[string]azure.Options{
		"flat":         {APIVersion: wire.Version20251002},
		"wrapped":      {APIVersion: wire.Version20240202},
		"asynchronous": {APIVersion: wire.Version20251002, AsyncAfter: time.Millisecond, PollDelay: 5 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			sessionstest.TestPool(t, overREST(t, local.Options{}, opts))
		})
	}
}

// Callers on identifiers of their own, and callers on one, must each get their
// own answers.
func TestManyCallersOverREST(t *testing.T) {
	const callers = 20
	pool := overREST(t, local.Options{Memory: 512 << 20}, azure.Options{})
	shared := sessions.NewID()
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			own := sessions.NewID()
			mark := fmt.Sprintf("caller-%d", i)
			if _, err := pool.Upload(t.Context(), own, "mine.txt", strings.NewReader(mark)); err != nil {
				t.Error(err)
				return
			}
			for _, id := range []sessions.ID{own, shared} {
				x, err := pool.Execute(t.Context(), id, sessions.Request{Timeout: time.Minute,
					Code: fmt.Sprintf("seen = globals().get('seen', []) + [%d]\nprint('%s')\n%d * 1000 + len(seen)", i, mark, i)})
				if err != nil {
					t.Errorf("%s: %v", mark, err)
					return
				}
				want := fmt.Sprintf("%d001", i)
				if x.Stdout != mark+"\n" || id == own && string(x.Result) != want && i > 0 {
					t.Errorf("%s got %q, %s", mark, x.Stdout, x.Result)
				}
			}
			_, r, err := pool.Download(t.Context(), own, "mine.txt")
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Close()
			if data, err := io.ReadAll(r); err != nil || string(data) != mark {
				t.Errorf("%s has %q, %v", mark, data, err)
			}
			if err := pool.Stop(t.Context(), own); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	x, err := pool.Execute(t.Context(), shared, sessions.Request{Code: fmt.Sprintf("sorted(seen) == list(range(%d))", callers)})
	if err != nil || string(x.Result) != "true" {
		t.Errorf("the shared session: %+v, %v", x, err)
	}
}
