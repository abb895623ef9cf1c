package azure_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/azure"
	"dynamic-sessions-mcp/sessions/wire"
)

const (
	id       = sessions.ID("session-under-test")
	poolPath = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/sessionPools/pool"
	inAzure  = "https://westeurope.dynamicsessions.io" + poolPath
)

// credential is one whose tokens can be told apart.
type credential struct {
	given  atomic.Int64
	scopes sync.Map
	err    error
}

func (c *credential) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	for _, s := range o.Scopes {
		c.scopes.Store(s, true)
	}
	if c.err != nil {
		return azcore.AccessToken{}, c.err
	}
	return azcore.AccessToken{Token: fmt.Sprintf("token-%d", c.given.Add(1)), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// detour carries requests for any host to a server of the test.
type detour struct {
	to     *url.URL
	client *http.Client
}

func (d detour) Do(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.URL.Scheme, req.URL.Host = d.to.Scheme, d.to.Host
	return d.client.Do(req)
}

// serve returns a pool in Azure whose requests go to handler, with retries that
// take no time. The pool is closed and the server is down when the test ends.
func serve(t *testing.T, handler http.HandlerFunc, edit ...func(*azure.Options)) *azure.Pool {
	t.Helper()
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	to, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	endpoint, err := azure.ParseEndpoint(inAzure)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{
		Transport:     &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(client.CloseIdleConnections)
	o := azure.Options{
		Endpoint: endpoint, Credential: &credential{}, APIVersion: wire.Version20241002,
		RetryDelay: time.Millisecond, MaxRetryDelay: 5 * time.Second, PollDelay: time.Millisecond,
		Transport: detour{to, client},
	}
	for _, f := range edit {
		f(&o)
	}
	return open(t, o)
}

func open(t *testing.T, o azure.Options) *azure.Pool {
	t.Helper()
	pool, err := azure.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pool.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return pool
}

func version(v string) func(*azure.Options) { return func(o *azure.Options) { o.APIVersion = v } }

const succeeded = `{"id":"e","identifier":"i","status":"Succeeded","result":{"stdout":"","stderr":"","executionResult":42,"executionTimeInMilliseconds":1}}`

// answerWith writes a status and a body of JSON.
func answerWith(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// serveOther returns the address of a server that is down when the test ends.
func serveOther(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	return srv.URL
}
