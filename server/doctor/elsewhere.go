package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"dynamic-sessions-mcp/server/backend"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/azure"
	"dynamic-sessions-mcp/sessions/wire"
)

// How long the doctor waits. A pool is given up a few seconds after the time of a
// run.
const (
	lookupTimeout = 10 * time.Second
	tokenTimeout  = 45 * time.Second
	trialTimeout  = 20 * time.Second
)

// elsewhere is the examination of a pool elsewhere.
type elsewhere struct {
	*examination
	endpoint   azure.Endpoint
	credential azcore.TokenCredential
}

// checksElsewhere are the checks for a pool elsewhere.
func (d *examination) checksElsewhere() []check {
	e := &elsewhere{examination: d}
	return []check{
		{"endpoint", e.address, true},
		{"host", e.host, false},
		{"credential", e.signIn, true},
		{"role", e.role, true},
		{"session", e.sixTimesSeven, true},
		{"files", e.files, false},
		{"folders", e.folders, false},
		{"results", e.results, false},
	}
}

func (e *elsewhere) address(context.Context) (string, error) {
	var err error
	if e.endpoint, err = backend.Endpoint(e.Config.Azure); err != nil {
		return "", err
	}
	return e.endpoint.String(), nil
}

func (e *elsewhere) host(ctx context.Context) (string, error) {
	if proxy := proxyOf(e.endpoint); proxy != "" {
		return "not looked up: calls go through the proxy " + proxy, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupHost(ctx, e.endpoint.Host())
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return "", fmt.Errorf("%s does not exist. Check the region in the endpoint, and the network's DNS", e.endpoint.Host())
	}
	if err != nil {
		return "", fmt.Errorf("%s cannot be looked up: %w. Check the network and its DNS", e.endpoint.Host(), err)
	}
	return e.endpoint.Host() + " is " + strings.Join(addresses[:min(len(addresses), 3)], ", "), nil
}

// proxyOf names the proxy through which an endpoint is called, "" if there is
// none.
func proxyOf(endpoint azure.Endpoint) string {
	req, err := http.NewRequest(http.MethodGet, endpoint.String(), nil)
	if err != nil {
		return ""
	}
	proxy, err := http.ProxyFromEnvironment(req)
	if err != nil || proxy == nil {
		return ""
	}
	return proxy.Host
}

// signIn gets a token and looks at what it says about itself.
func (e *elsewhere) signIn(ctx context.Context) (string, error) {
	var err error
	if e.credential, err = backend.Credential(e.Config, e.endpoint); err != nil {
		return "", err
	}
	if e.credential == nil {
		return "none: the pool is on this machine", nil
	}
	ctx, cancel := context.WithTimeout(ctx, tokenTimeout)
	defer cancel()
	begin := time.Now()
	token, err := e.credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{wire.Scope}})
	if err != nil {
		return "", err
	}
	took := time.Since(begin).Round(time.Millisecond)
	claims, ok := azure.ReadClaims(token.Token)
	if !ok {
		return fmt.Sprintf("a token that is not from Microsoft Entra, after %s", took), nil
	}
	audience := strings.TrimSuffix(strings.TrimSuffix(wire.Scope, ".default"), "/")
	if got := strings.TrimSuffix(claims.Audience, "/"); e.endpoint.Azure() && got != audience && got != azureSessionsApp {
		return "", fmt.Errorf("the token is for %s but must be for %s. Use another --azure-credential, or request a token with the scope %s", claims.Audience, audience, wire.Scope)
	}
	who := claims.Kind
	if who == "" {
		who = "identity"
	}
	return fmt.Sprintf("a token for %s of the %s %s in the tenant %s, after %s", claims.Audience, who, claims.Object, claims.Tenant, took), nil
}

// azureSessionsApp is the application that stands for the data plane. Some tokens
// name it as their audience.
const azureSessionsApp = "2c7dd73f-7a21-485b-b97d-a2508fa152c3"

// role makes the cheapest call that needs the role.
func (e *elsewhere) role(ctx context.Context) (string, error) {
	pool, err := e.open()
	if err != nil {
		return "", err
	}
	e.pool = pool
	id := sessions.NewID()
	begin := time.Now()
	if _, err := pool.List(ctx, id, "", false); err != nil {
		return "", err
	}
	took := time.Since(begin).Milliseconds()
	if err := pool.Stop(ctx, id); err != nil {
		return "", fmt.Errorf("the pool gave a session but could not end it: %w", err)
	}
	return fmt.Sprintf("the pool gave a session, listed its files and ended it; the first answer took %d ms", took), nil
}

// sixTimesSeven is 42 in Python only: a pool of Node.js sessions would run 6*7,
// and then none of the programs that a model writes.
const sixTimesSeven = "sum(range(4)) * 7"

func (e *elsewhere) sixTimesSeven(ctx context.Context) (_ string, err error) {
	id := sessions.NewID()
	defer func() { err = errors.Join(err, e.pool.Stop(context.WithoutCancel(ctx), id)) }()
	begin := time.Now()
	run, err := e.pool.Execute(ctx, id, sessions.Request{Code: sixTimesSeven, Timeout: trialTimeout})
	if err != nil {
		return "", err
	}
	if run.Status != sessions.Succeeded || string(run.Result) != "42" {
		return "", e.noPython(ctx, id, run)
	}
	known := "and the pool tells sessions apart, so that replaced ones are noticed"
	if run.Incarnation == "" {
		known = "but the pool does not tell sessions apart: a replaced one will not be noticed"
	}
	return fmt.Sprintf("6*7 is 42, in %d ms, %s", time.Since(begin).Milliseconds(), known), nil
}

// noPython says what a session runs that does not run Python as it should.
func (e *elsewhere) noPython(ctx context.Context, id sessions.ID, run *sessions.Execution) error {
	const want = "Set the endpoint of a pool whose container type is PythonLTS"
	node, err := e.pool.Execute(ctx, id, sessions.Request{Code: "process.version", Timeout: trialTimeout})
	switch {
	case err == nil && node.Status == sessions.Succeeded && strings.HasPrefix(string(node.Result), `"v`):
		return fmt.Errorf("the pool runs JavaScript (Node.js %.20s), not Python: its container type is NodeLTS. %s", node.Text, want)
	case run.Status != sessions.Succeeded:
		return fmt.Errorf("%w. %s", backend.TrialError(run), want)
	}
	return fmt.Errorf("%s gave %.100s instead of 42, so the pool does not run Python. %s", sixTimesSeven, run.Result, want)
}
