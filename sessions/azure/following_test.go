package azure_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/azure"
	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

// talking is a pool whose code says things until the test has heard of them.
func talking(heard <-chan struct{}, events ...sessions.Event) *sessionstest.Fake {
	return &sessionstest.Fake{Script: func(ctx context.Context, _ sessions.ID, r sessions.Request) (*sessions.Execution, error) {
		for _, e := range events {
			if r.Events != nil {
				r.Events(e)
			}
		}
		select {
		case <-heard:
			return &sessions.Execution{}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
}

// served returns a pool of this program whose calls go through a handler in front of it.
func served(t *testing.T, pool sessions.Pool, front func(next http.Handler) http.HandlerFunc, edit ...func(*azure.Options)) *azure.Pool {
	t.Helper()
	handler := rest.New(pool, rest.Options{})
	srv := httptest.NewServer(front(handler))
	t.Cleanup(func() {
		srv.Close()
		_ = handler.Close()
	})
	endpoint, err := azure.ParseEndpoint(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	o := azure.Options{Endpoint: endpoint, Retries: -1}
	for _, change := range edit {
		change(&o)
	}
	return open(t, o)
}

// TestFollows tells what code writes while it runs, although connections break, and that
// once.
func TestFollows(t *testing.T) {
	t.Parallel()
	heard := make(chan struct{})
	fake := talking(heard, sessions.Event{Kind: sessions.EventStdout, Text: "a"},
		sessions.Event{Kind: sessions.EventDisplay, Place: 1, Display: sessions.Display{Data: map[string][]byte{"text/plain": []byte("shown")}}},
		sessions.Event{Kind: sessions.EventStderr, Text: "b"},
		sessions.Event{Kind: sessions.EventLate, Late: sessions.LateOutput{Number: 3, Text: "late", Total: 9, Displays: []sessions.Display{{Data: map[string][]byte{"image/png": make([]byte, 100_000)}}}}})
	var asked atomic.Int32
	pool := served(t, fake, func(next http.Handler) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/output") && asked.Add(1) == 1 {
				next.ServeHTTP(httptest.NewRecorder(), r) // the answer is lost
				panic(http.ErrAbortHandler)
			}
			next.ServeHTTP(w, r)
		}
	})
	got := ""
	_, err := pool.Execute(t.Context(), id, sessions.Request{Code: "1", Events: func(e sessions.Event) {
		switch e.Kind {
		case sessions.EventStdout, sessions.EventStderr:
			got += e.Text
		case sessions.EventDisplay:
			got += "[" + string(e.Display.Data["text/plain"]) + "]"
		case sessions.EventLate:
			got += e.Late.Text + fmt.Sprint(len(e.Late.Displays[0].Data["image/png"]))
			close(heard)
		case sessions.EventSilent:
			got += "silent"
		}
	}})
	if err != nil || got != "a[shown]blate100000" || asked.Load() < 2 {
		t.Errorf("%q after %d calls, %v", got, asked.Load(), err)
	}
}

// TestFollowsNotAtOnce makes no further call for code that has ended soon.
func TestFollowsNotAtOnce(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	pool := served(t, &sessionstest.Fake{}, func(next http.Handler) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { calls.Add(1); next.ServeHTTP(w, r) }
	})
	for range 20 {
		if _, err := pool.Execute(t.Context(), id, sessions.Request{Code: "1", Events: func(sessions.Event) {}}); err != nil {
			t.Fatal(err)
		}
	}
	if n := calls.Load(); n != 20 {
		t.Errorf("%d calls for 20 runs", n)
	}
}

// TestSilent says that there will be no output where the service does not know of that, and
// does not ask it again.
func TestSilent(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	heard := make(chan struct{}, 1)
	pool := served(t, talking(heard), func(next http.Handler) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/output") {
				asked.Add(1)
				answerWith(w, http.StatusNotFound, `{"error":{"code":"NotFound","message":"no such resource"}}`)
				return
			}
			next.ServeHTTP(w, r)
		}
	})
	for range 2 {
		silent := 0
		if _, err := pool.Execute(t.Context(), id, sessions.Request{Code: "1", Events: func(e sessions.Event) {
			if e.Kind == sessions.EventSilent {
				silent++
				heard <- struct{}{}
			}
		}}); err != nil || silent != 1 {
			t.Errorf("said %d times, %v", silent, err)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// TestSilentAzure asks nothing of Azure, which has no such call.
func TestSilentAzure(t *testing.T) {
	t.Parallel()
	silent := 0
	pool := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Dynamic-Sessions-Output") != "" {
			t.Error("Azure was asked for output")
		}
		answerWith(w, http.StatusOK, succeeded)
	})
	_, err := pool.Execute(t.Context(), id, sessions.Request{Code: "1", Events: func(e sessions.Event) {
		if e.Kind == sessions.EventSilent {
			silent++
		}
	}})
	if err != nil || silent != 1 {
		t.Errorf("said %d times, %v", silent, err)
	}
}

// TestStopUnheard stops code although the one who asks for that does not wait: an asynchronous
// run would go on.
func TestStopUnheard(t *testing.T) {
	t.Parallel()
	running, ended := make(chan struct{}), make(chan struct{})
	fake := &sessionstest.Fake{Script: func(ctx context.Context, _ sessions.ID, r sessions.Request) (*sessions.Execution, error) {
		defer close(ended)
		close(running)
		select {
		case <-r.Stop:
			return &sessions.Execution{Status: sessions.Stopped}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
	pool := served(t, fake, func(next http.Handler) http.HandlerFunc { return next.ServeHTTP }, func(o *azure.Options) { o.AsyncAfter = time.Millisecond })
	ctx, cancel := context.WithCancel(t.Context())
	stop := make(chan struct{})
	go func() {
		<-running
		close(stop)
		cancel()
	}()
	if _, err := pool.Execute(ctx, id, sessions.Request{Code: "1", Stop: stop}); err == nil {
		t.Error("it has an outcome")
	}
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("the code goes on")
	}
}
