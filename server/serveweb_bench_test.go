package server

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/guard"
	"dynamic-sessions-mcp/server/httpserver"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/rest"
)

// benchWeb serves MCP and the REST API over one embedded pool, each with ada's
// token, as two commands would.
func benchWeb(b *testing.B, opts local.Options) (pool *local.Pool, mcp, api string) {
	b.Helper()
	pool, err := local.New(opts)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { pool.Close() })
	cfg, err := config.Parse([]string{"--transport=http"}, nil)
	if err != nil {
		b.Fatal(err)
	}
	registry := conversation.New(conversation.Options{Pool: pool})
	b.Cleanup(registry.Close)
	p := program{cfg: cfg, std: Streams{Err: io.Discard}, log: zerolog.Nop()}
	s, err := p.newService(pool, registry, newTasks(b), linksTo(b, pool), nil, guard.NewTokens(ada))
	if err != nil {
		b.Fatal(err)
	}
	web := httptest.NewServer(s.handler)
	b.Cleanup(web.Close)
	handler := rest.New(pool, rest.Options{})
	b.Cleanup(func() { handler.Close() })
	service := httptest.NewServer(p.guardPool(handler, &httpserver.Access{Token: ada}))
	b.Cleanup(service.Close)
	return pool, web.URL + "/mcp", service.URL
}

// A poster sends one request again and again over its own connection.
type poster struct {
	client          *http.Client
	url, body, want string
	header          http.Header
}

func newPoster(url, body, want string) *poster {
	return &poster{client: &http.Client{Transport: &http.Transport{}}, url: url, body: body, want: want, header: http.Header{
		"Authorization": {"Bearer " + ada}, "Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}}}
}

func (p *poster) post(ctx context.Context) (head http.Header, text string, err error) {
	r, err := http.NewRequestWithContext(ctx, "POST", p.url, strings.NewReader(p.body))
	if err != nil {
		return nil, "", err
	}
	r.Header = p.header
	response, err := p.client.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && !strings.Contains(string(body), p.want) {
		err = fmt.Errorf("%d %s, want %s", response.StatusCode, body, p.want)
	}
	return response.Header, string(body), err
}

// inSession is a client of the older era with its session.
func inSession(b *testing.B, url string) *poster {
	b.Helper()
	p := newPoster(url, initializeBody, "protocolVersion")
	head, _, err := p.post(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	p.header.Set("Mcp-Session-Id", head.Get("Mcp-Session-Id"))
	p.body, p.want = runCall(1, "6 * 7"), "42"
	return p
}

// bySessionHandle is a client of the modern era with its handle.
func bySessionHandle(b *testing.B, url string) *poster {
	b.Helper()
	first := modernRun("6 * 7", "")
	p := newPoster(url, first.body, "42")
	for name, value := range first.header {
		p.header.Set(name, value)
	}
	_, text, err := p.post(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	var m answerMessage
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		b.Fatal(err)
	}
	handle := handleText.FindStringSubmatch(m.text())
	if handle == nil {
		b.Fatalf("no handle in %s", m.text())
	}
	p.body = modernRun("6 * 7", handle[1]).body
	return p
}

// onPool is a program written for Azure.
func onPool(url, identifier string) *poster {
	return newPoster(url+"/executions?api-version=2025-10-02-preview&identifier="+identifier,
		`{"codeInputType":"Inline","executionType":"Synchronous","code":"6 * 7"}`, `"executionResult":42`)
}

func timed(do func()) time.Duration {
	begin := time.Now()
	do()
	return time.Since(begin)
}

func median[T cmp.Ordered](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}

// BenchmarkHTTPOverhead compares 6 * 7 through MCP over HTTP, in both eras, with
// 6 * 7 over REST and on the pool itself, in turns.
func BenchmarkHTTPOverhead(b *testing.B) {
	pool, mcp, api := benchWeb(b, local.Options{})
	ways := map[string]func() error{"direct": func() error {
		_, err := pool.Execute(b.Context(), "direct", sessions.Request{Code: "6 * 7"})
		return err
	}}
	for name, p := range map[string]*poster{"session": inSession(b, mcp), "handle": bySessionHandle(b, mcp), "REST": onPool(api, "the-one")} {
		ways[name] = func() error { _, _, err := p.post(b.Context()); return err }
	}
	times := map[string][]time.Duration{}
	for b.Loop() {
		for name, do := range ways {
			times[name] = append(times[name], timed(func() {
				if err := do(); err != nil {
					b.Fatal(name, err)
				}
			}))
		}
	}
	for name, d := range times {
		b.ReportMetric(float64(median(d).Microseconds()), "µs/"+name)
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkHTTPThroughput lets 50 clients ask as fast as they can, over MCP and
// over REST in turns, each in a session of its own.
func BenchmarkHTTPThroughput(b *testing.B) {
	const clients, turn = 50, 3 * time.Second
	_, mcp, api := benchWeb(b, local.Options{MaxSessions: 2 * clients})
	var overMCP, overREST []*poster
	for n := range clients {
		overMCP, overREST = append(overMCP, inSession(b, mcp)), append(overREST, onPool(api, fmt.Sprint("client-", n)))
	}
	crowd := func(all []*poster, turn time.Duration) float64 {
		var done sync.WaitGroup
		var mu sync.Mutex
		total := 0
		began := time.Now()
		for _, p := range all {
			done.Go(func() {
				n := 0
				for ; time.Since(began) < turn; n++ {
					if _, _, err := p.post(b.Context()); err != nil {
						b.Error(err)
						return
					}
				}
				mu.Lock()
				defer mu.Unlock()
				total += n
			})
		}
		done.Wait()
		return float64(total) / time.Since(began).Seconds()
	}
	for _, p := range append(overMCP[:clients:clients], overREST...) { // all sessions begin, a few at a time
		if _, _, err := p.post(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	var ratios, mcps, rests []float64
	for b.Loop() {
		mcps, rests = append(mcps, crowd(overMCP, turn)), append(rests, crowd(overREST, turn))
		ratios = append(ratios, mcps[len(mcps)-1]/rests[len(rests)-1])
	}
	b.ReportMetric(median(mcps), "calls/s-MCP")
	b.ReportMetric(median(rests), "calls/s-REST")
	b.ReportMetric(median(ratios), "MCP/REST")
	b.ReportMetric(0, "ns/op")
}
