package azure_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/azure"
	"dynamic-sessions-mcp/sessions/wire"
)

// deaf is a transport to a service that takes everything and says nothing.
type deaf struct{}

func (deaf) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// By default, the answer of a silent pool to a run comes after its time and 7 s,
// and every other answer before clients have given up after 60 s.
func TestSilentPoolByDefault(t *testing.T) {
	execution := func(timeout time.Duration) func(context.Context, *azure.Pool) error {
		return func(ctx context.Context, p *azure.Pool) error {
			_, err := p.Execute(ctx, id, sessions.Request{Code: "1", Timeout: timeout})
			return err
		}
	}
	const quit = 60 * time.Second
	for name, tt := range map[string]struct {
		do       func(context.Context, *azure.Pool) error
		min, max time.Duration
	}{
		"a run of 50 s": {execution(50 * time.Second), 57 * time.Second, 57 * time.Second},
		"a run of 3 s":  {execution(3 * time.Second), 10 * time.Second, 10 * time.Second},
		"a list":        {list, 7 * time.Second, 20 * time.Second},
		"a whole list": {func(ctx context.Context, p *azure.Pool) error {
			_, err := p.List(ctx, id, "", true)
			return err
		}, 7 * time.Second, 20 * time.Second},
		"a file":             {stat, 7 * time.Second, 20 * time.Second},
		"a removal":          {del, 7 * time.Second, 20 * time.Second},
		"an upload":          {upload, 7 * time.Second, 20 * time.Second},
		"an upload of once":  {uploadOnce, 7 * time.Second, 7 * time.Second},
		"the largest upload": {largest, 20 * time.Second, quit - 5*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				endpoint, err := azure.ParseEndpoint(inAzure)
				if err != nil {
					t.Fatal(err)
				}
				pool := open(t, azure.Options{Endpoint: endpoint, Credential: &credential{}, Transport: deaf{}, APIVersion: wire.Version20251002})
				begin := time.Now()
				err = tt.do(t.Context(), pool)
				if took := time.Since(begin); err == nil || !strings.Contains(err.Error(), "silent for") || took < tt.min || took > tt.max {
					t.Errorf("got %v after %v, want it after %v to %v", err, took, tt.min, tt.max)
				}
			})
		})
	}
}

func largest(ctx context.Context, p *azure.Pool) error {
	_, err := p.Upload(ctx, id, "big.bin", &pattern{n: wire.MaxUpload})
	return err
}

// slowPages is a transport to a service that takes its time for every folder.
type slowPages struct{}

func (slowPages) Do(r *http.Request) (*http.Response, error) {
	time.Sleep(5 * time.Second)
	body := `{"value":[{"name":"deeper","type":"directory"}]}`
	return &http.Response{StatusCode: 200, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(body))}, r.Context().Err()
}

// A listing that would take for ever is given as far as it has come.
func TestSlowListing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		endpoint, err := azure.ParseEndpoint(inAzure)
		if err != nil {
			t.Fatal(err)
		}
		pool := open(t, azure.Options{Endpoint: endpoint, Credential: &credential{}, Transport: slowPages{}, APIVersion: wire.Version20251002})
		begin := time.Now()
		l, err := pool.List(t.Context(), id, "", true)
		if took := time.Since(begin); err != nil || len(l.Files) < 5 || l.Omitted != -1 || took > 50*time.Second {
			t.Errorf("got %d entries, %d left out, %v after %v", len(l.Files), l.Omitted, err, took)
		}
	})
}
