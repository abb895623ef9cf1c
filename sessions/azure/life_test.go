package azure_test

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/azure"
	"dynamic-sessions-mcp/sessions/wire"
)

// inMemory is a service without a network. It finds the body in the header
// Seen-Body.
type inMemory func(*http.Request) (status int, body string)

func (f inMemory) Do(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		data, _ := io.ReadAll(req.Body)
		req.Header.Set("Seen-Body", string(data))
	}
	status, body := f(req)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{}, Request: req,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}, nil
}

func over(t *testing.T, service inMemory, o azure.Options) *azure.Pool {
	t.Helper()
	endpoint, err := azure.ParseEndpoint(inAzure)
	if err != nil {
		t.Fatal(err)
	}
	o.Endpoint, o.Credential, o.Transport = endpoint, &credential{}, service
	o.APIVersion = cmp.Or(o.APIVersion, wire.Version20241002)
	return open(t, o)
}

// A session is touched before its cooldown, until it has not been called for
// as long as it is to be kept.
func TestKeepAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var touched []time.Duration
		begin := time.Now()
		pool := over(t, func(r *http.Request) (int, string) {
			if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/files") {
				mu.Lock()
				touched = append(touched, time.Since(begin))
				mu.Unlock()
				return 200, emptyList
			}
			return 200, succeeded
		}, azure.Options{Cooldown: 10 * time.Minute, KeepAlive: 21 * time.Minute})
		if err := execute(t.Context(), pool); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		if err := execute(t.Context(), pool); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour)
		mu.Lock()
		defer mu.Unlock()
		want := []time.Duration{7 * time.Minute, 12 * time.Minute, 17 * time.Minute, 22 * time.Minute}
		if len(touched) != len(want) {
			t.Fatalf("touched after %v, want %v", touched, want)
		}
		for i := range want {
			if touched[i] != want[i] {
				t.Errorf("touched after %v, want %v", touched, want)
			}
		}
	})
}

// A session is kept with the version that the pool speaks.
func TestKeepAliveInTheOlderGeneration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := make(chan string, 1)
		pool := over(t, func(r *http.Request) (int, string) {
			if r.Method == http.MethodGet {
				asked <- r.URL.Query().Get(wire.ParamVersion)
				return 200, `{"value":[]}`
			}
			return 200, `{"properties":{"status":"Success","stdout":"","stderr":"","result":""}}`
		}, azure.Options{APIVersion: wire.Version20240202, Cooldown: 10 * time.Minute, KeepAlive: 6 * time.Minute})
		if err := execute(t.Context(), pool); err != nil {
			t.Fatal(err)
		}
		if version := <-asked; version != wire.Version20240202 {
			t.Errorf("a session was kept with %s", version)
		}
	})
}

// Close ends calls in flight, stops the sessions that were used, and leaves
// no goroutine behind: the bubble would not end.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var stopped []string
		pool := over(t, func(r *http.Request) (int, string) {
			switch {
			case r.Method == http.MethodDelete:
				mu.Lock()
				defer mu.Unlock()
				stopped = append(stopped, r.URL.Query().Get(wire.ParamIdentifier))
				return 204, ""
			case r.URL.Query().Get(wire.ParamIdentifier) == "hanging":
				<-r.Context().Done()
				return 0, ""
			}
			return 200, succeeded
		}, azure.Options{KeepAlive: time.Hour, StopOnClose: true})
		if err := execute(t.Context(), pool); err != nil {
			t.Fatal(err)
		}
		hanging := make(chan error)
		go func() {
			_, err := pool.Execute(t.Context(), "hanging", sessions.Request{Code: "1"})
			hanging <- err
		}()
		synctest.Wait()
		go func() {
			if err := <-hanging; !errors.Is(err, sessions.ErrClosed) {
				t.Errorf("the call in flight returned %v", err)
			}
		}()
		for range 2 {
			if err := pool.Close(); err != nil {
				t.Error(err)
			}
		}
		if len(stopped) != 1 || stopped[0] != string(id) {
			t.Errorf("stopped %v", stopped)
		}
		if err := execute(t.Context(), pool); !errors.Is(err, sessions.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}

// Executions of one session run one at a time in the order of their calls;
// those of others do not wait.
func TestOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var seen []string
		running := 0
		pool := over(t, func(r *http.Request) (int, string) {
			if r.URL.Query().Get(wire.ParamIdentifier) != string(id) {
				return 200, succeeded
			}
			mu.Lock()
			running++
			if running > 1 {
				t.Error("two executions at a time")
			}
			seen = append(seen, r.URL.Path)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			running--
			mu.Unlock()
			return 200, succeeded
		}, azure.Options{})
		var order []int
		for i := range 20 {
			go func() {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if i == 5 { // gives up while it waits
					time.AfterFunc(100*time.Millisecond, cancel)
				}
				_, err := pool.Execute(ctx, id, sessions.Request{Code: strconv.Itoa(i)})
				if (i == 5) != errors.Is(err, context.Canceled) {
					t.Errorf("%d returned %v", i, err)
				}
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
			}()
			synctest.Wait()
		}
		begin := time.Now()
		if _, err := pool.Execute(t.Context(), "another", sessions.Request{Code: "1"}); err != nil || time.Since(begin) != 0 {
			t.Errorf("another session waited %v, %v", time.Since(begin), err)
		}
		time.Sleep(time.Minute)
		mu.Lock()
		defer mu.Unlock()
		want := "[5 0 1 2 3 4 6 7 8 9 10 11 12 13 14 15 16 17 18 19]"
		if got := asText(order); got != want || len(seen) != 19 {
			t.Errorf("ended in the order %s with %d requests, want %s", got, len(seen), want)
		}
	})
}

func asText(order []int) string {
	parts := make([]string, len(order))
	for i, n := range order {
		parts[i] = strconv.Itoa(n)
	}
	return "[" + strings.Join(parts, " ") + "]"
}

// Options that are refused are programmers' mistakes.
func TestOptions(t *testing.T) {
	t.Parallel()
	endpoint, err := azure.ParseEndpoint(inAzure)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []azure.Options{
		{}, {Endpoint: endpoint}, {Endpoint: endpoint, Credential: &credential{}, MaxRun: -1},
	} {
		if _, err := azure.New(o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}
