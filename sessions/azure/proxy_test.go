package azure_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/azure"
	"dynamic-sessions-mcp/sessions/azure/azuretest"
	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/sessions/wire"
)

// A road is the way from a client over a proxy that fails on purpose to the
// service, with a pool behind it that counts.
type road struct {
	*azuretest.Proxy
	pool  *azure.Pool
	inner *sessionstest.Fake
	runs  atomic.Int64
}

// patience is that of the clients of a road.
const patience = 300 * time.Millisecond

func newRoad(t *testing.T) *road {
	t.Helper()
	r := &road{}
	r.inner = &sessionstest.Fake{Script: func(context.Context, sessions.ID, sessions.Request) (*sessions.Execution, error) {
		r.runs.Add(1)
		return &sessions.Execution{Result: []byte("42"), Text: "42"}, nil
	}}
	r.Proxy = azuretest.NewProxy(t, rest.New(r.inner, rest.Options{}))
	endpoint, err := azure.ParseEndpoint(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	r.pool = open(t, azure.Options{
		Endpoint: endpoint, APIVersion: wire.Version20251002,
		Patience: patience, RetryDelay: time.Millisecond,
	})
	return r
}

// content returns what the pool holds under a name, or "".
func (r *road) content(t *testing.T) string {
	t.Helper()
	_, f, err := r.inner.Download(t.Context(), id, "a.txt")
	if err != nil {
		return ""
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		t.Error(err)
	}
	return string(data)
}

// A failure is a way in which the proxy fails.
type failure struct {
	name  string
	fault func(*azuretest.Proxy) azuretest.Fault

	// maybe says that the call may have been carried out for all that the client
	// can know, and says what the error must say.
	maybe bool
	says  string
	// kind is the error of a call that was not carried out for sure.
	kind error
	// reached says that the call was carried out behind the proxy.
	reached bool
	// repeats says that code is run all the same, since it surely did not run.
	repeats bool
}

func always(f azuretest.Fault) func(*azuretest.Proxy) azuretest.Fault {
	return func(*azuretest.Proxy) azuretest.Fault { return f }
}

func failures() []failure {
	const page, text = "text/html", "text/plain"
	return []failure{
		{name: "401", fault: always(azuretest.Status(401, text, "")), kind: sessions.ErrUnauthorized, says: "401", repeats: true},
		{name: "429 with Retry-After", fault: always(azuretest.Status(429, text, "", "Retry-After-Ms", "20")), kind: sessions.ErrNoCapacity, says: "Retry in", repeats: true},
		{name: "429 without Retry-After", fault: always(azuretest.Status(429, text, "")), kind: sessions.ErrNoCapacity, says: "in use", repeats: true},
		{name: "flat 429", fault: always(azuretest.Status(429, "application/json", `{"code":"SessionsCountExceedsLimit","message":"no more"}`)), kind: sessions.ErrNoCapacity, says: "(SessionsCountExceedsLimit): no more", repeats: true},
		{name: "503", fault: always(azuretest.Status(503, text, "")), maybe: true, says: "503"},
		{name: "502 with a page", fault: always(azuretest.Status(502, page, html)), maybe: true, says: "a web page"},
		{name: "408", fault: always(azuretest.Status(408, text, "")), maybe: true, says: "An intermediary timed out"},
		{name: "cut before the service", fault: always(azuretest.Cut), maybe: true, says: "failed"},
		{name: "cut after the service", fault: always(azuretest.CutAfter), maybe: true, says: "failed", reached: true},
		{name: "half an answer", fault: always(azuretest.Half), maybe: true, says: "cut off after", reached: true},
		{name: "half an answer, then silence", fault: func(p *azuretest.Proxy) azuretest.Fault { return p.HalfThenSilence }, maybe: true, says: "silent for", reached: true},
		{name: "silence", fault: func(p *azuretest.Proxy) azuretest.Fault { return p.Silence }, maybe: true, says: "silent for", reached: true},
		{name: "HTML", fault: always(azuretest.Status(200, page, html)), maybe: true, says: "a web page instead of JSON"},
		{name: "redirect", fault: always(azuretest.Status(302, page, html, "Location", "https://login.example/?next=secret")), kind: sessions.ErrUnavailable, says: "https://login.example/"},
		{name: "problem+json", fault: always(azuretest.Status(503, "application/problem+json", `{"type":"about:blank","title":"Busy","status":503,"detail":"starting up"}`)), maybe: true, says: "Busy: starting up"},
	}
}

// An upload that can be read again is sent once more, with its length, after
// every failure, and stored whole; code is sent again only if it surely did not
// run; reading is repeated.
func TestProxyFailsOnce(t *testing.T) {
	t.Parallel()
	for _, f := range failures() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			r := newRoad(t)
			r.Fail("POST /files", 1, f.fault(r.Proxy))
			stored, err := r.pool.Upload(t.Context(), id, "a.txt", strings.NewReader("content"))
			if err != nil || stored.Size != 7 || r.content(t) != "content" {
				t.Errorf("the upload: %+v, %v; there is %q", stored, err, r.content(t))
			}
			sent := r.Seen("POST /files")
			if len(sent) != 2 {
				t.Errorf("it was sent %d times, want 2", len(sent))
			}
			for _, s := range sent {
				if s.Length <= 7 || s.Length != int64(s.Body) {
					t.Errorf("it was sent as %+v, want all of it with its length", s)
				}
			}

			r.Fail("POST /executions", 1, f.fault(r.Proxy))
			_, err = r.pool.Execute(t.Context(), id, sessions.Request{Code: "1", Timeout: patience})
			switch runs := r.runs.Load(); {
			case f.repeats && (err != nil || runs != 1):
				t.Errorf("the run: %v after %d runs", err, runs)
			case !f.repeats && f.maybe && (!errors.Is(err, sessions.ErrOutcomeUnknown) || !strings.Contains(err.Error(), "may have run")):
				t.Errorf("the run: %v, want that it may have run", err)
			case !f.repeats && !f.maybe && (!errors.Is(err, f.kind) || errors.Is(err, sessions.ErrOutcomeUnknown)):
				t.Errorf("the run: %v, want %v", err, f.kind)
			case f.reached != (runs == 1) && !f.repeats || runs > 1:
				t.Errorf("the code ran %d times", runs)
			}

			r.Fail("GET /files", 1, f.fault(r.Proxy))
			if l, err := r.pool.List(t.Context(), id, "", false); err != nil || len(l.Files) != 1 {
				t.Errorf("the list: %+v, %v", l, err)
			}
		})
	}
}

// An upload that cannot be read again, and one that fails again, say whether the
// file may be stored. Nothing is sent more than twice, and the answer comes in
// time.
func TestProxyFailsForGood(t *testing.T) {
	t.Parallel()
	for _, f := range failures() {
		for name, again := range map[string]bool{"once": false, "again": true} {
			t.Run(f.name+" "+name, func(t *testing.T) {
				t.Parallel()
				r := newRoad(t)
				r.Fail("POST /files", 10, f.fault(r.Proxy))
				var file io.Reader = strings.NewReader("content")
				want := 2
				if !again {
					file, want = io.MultiReader(file), 1
				}
				begin := time.Now()
				_, err := r.pool.Upload(t.Context(), id, "a.txt", file)
				if took := time.Since(begin); took > 2*patience+time.Second {
					t.Errorf("it took %v", took)
				}
				if sent := r.Seen("POST /files"); len(sent) != want || !again && sent[0].Length != -1 {
					t.Errorf("it was sent as %+v, want %d times", sent, want)
				}
				f.check(t, err)
				if stored := r.content(t) == "content"; stored != f.reached {
					t.Errorf("it is stored: %t, want %t", stored, f.reached)
				}
			})
		}
	}
}

// check checks the error of an upload.
func (f failure) check(t *testing.T, err error) {
	t.Helper()
	want := f.kind
	if f.maybe {
		want = sessions.ErrStoreUnknown
	}
	if !errors.Is(err, want) || f.maybe && errors.Is(err, sessions.ErrUnavailable) || !f.maybe && errors.Is(err, sessions.ErrStoreUnknown) {
		t.Fatalf("got %v, want %v alone", err, want)
	}
	if !strings.Contains(err.Error(), f.says) || strings.Contains(err.Error(), "may be stored") != f.maybe {
		t.Errorf("%q does not say %q, or what may be", err, f.says)
	}
	if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), string(id)) {
		t.Errorf("%q tells what is secret", err)
	}
}

// An upload that was refused after an earlier attempt of it was lost may be
// stored all the same.
func TestUploadRefusedAfterALostAttempt(t *testing.T) {
	t.Parallel()
	r := newRoad(t)
	r.Fail("POST /files", 1, azuretest.CutAfter)
	r.Fail("POST /files", 1, azuretest.Status(403, "application/json", envelope("Forbidden", "no more")))
	_, err := r.pool.Upload(t.Context(), id, "a.txt", strings.NewReader("content"))
	if !errors.Is(err, sessions.ErrStoreUnknown) || !strings.Contains(err.Error(), "403") || !strings.Contains(err.Error(), "may be stored") || r.content(t) != "content" {
		t.Errorf("got %v", err)
	}
}

// Everything that a silent pool is asked for is answered within the time of a run
// and the patience, or within what other calls may take.
func TestSilentPool(t *testing.T) {
	t.Parallel()
	const timeout = 400 * time.Millisecond
	ctx := t.Context()
	for _, tt := range []struct {
		call  string
		do    func(p *azure.Pool) error
		empty bool // there is no half of the answer
		limit time.Duration
	}{
		{"POST /executions", func(p *azure.Pool) error {
			_, err := p.Execute(ctx, id, sessions.Request{Code: "1", Timeout: timeout})
			return err
		}, false, timeout + patience},
		{"GET /files", func(p *azure.Pool) error { _, err := p.List(ctx, id, "", true); return err }, false, 2 * patience},
		{"GET /a.txt", func(p *azure.Pool) error { _, err := p.Stat(ctx, id, "a.txt"); return err }, false, 2 * patience},
		{"GET /content", download, false, 2 * patience},
		{"DELETE /a.txt", func(p *azure.Pool) error { return p.Delete(ctx, id, "a.txt") }, true, 2 * patience},
		{"GET /session", func(p *azure.Pool) error { _, err := p.Describe(ctx, id); return err }, false, 2 * patience},
		{"DELETE /session", func(p *azure.Pool) error { return p.Stop(ctx, id) }, true, 2 * patience},
	} {
		for _, half := range []bool{false, true} {
			if half && tt.empty {
				continue
			}
			t.Run(fmt.Sprintf("%s half %t", tt.call, half), func(t *testing.T) {
				t.Parallel()
				r := newRoad(t)
				if _, err := r.inner.Upload(ctx, id, "a.txt", strings.NewReader("content")); err != nil {
					t.Fatal(err)
				}
				fault := azuretest.Fault(r.Silence)
				if half {
					fault = r.HalfThenSilence
				}
				r.Fail(tt.call, 10, fault)
				begin := time.Now()
				err := tt.do(r.pool)
				if took := time.Since(begin); took > tt.limit+time.Second {
					t.Errorf("the answer came after %v, want at most %v", took, tt.limit)
				}
				if err == nil || !strings.Contains(err.Error(), "silent for") {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}

// download reads the whole of a file.
func download(p *azure.Pool) error {
	_, f, err := p.Download(context.Background(), id, "a.txt")
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.ReadAll(f)
	return err
}

// A pool that asks for a wait is waited for only as long as there is time for
// all of the run behind it.
func TestWaitLeavesTimeForTheRun(t *testing.T) {
	t.Parallel()
	r := newRoad(t)
	r.Fail("POST /executions", 1, azuretest.Status(429, "text/plain", "", "Retry-After", "2"))
	begin := time.Now()
	_, err := r.pool.Execute(t.Context(), id, sessions.Request{Code: "1", Timeout: patience})
	full, ok := errors.AsType[*sessions.CapacityError](err)
	if !ok || full.RetryAfter != 2*time.Second || time.Since(begin) > patience || !strings.Contains(err.Error(), "Retry in 2s") {
		t.Errorf("got %v after %v", err, time.Since(begin))
	}
}

// A pool that becomes silent while its sessions are told apart does not keep the
// answer to a run.
func TestSilenceAfterARun(t *testing.T) {
	t.Parallel()
	r := newRoad(t)
	r.Fail("POST /executions", 1, azuretest.Without(wire.HeaderSessionGUID, wire.HeaderNewAllocation))
	r.Fail("GET /session", 10, r.Silence)
	begin := time.Now()
	run, err := r.pool.Execute(t.Context(), id, sessions.Request{Code: "1", Timeout: time.Minute})
	if err != nil || run.Incarnation != "" || time.Since(begin) > patience+time.Second || len(r.Seen("GET /session")) != 1 {
		t.Errorf("got %+v, %v after %v", run, err, time.Since(begin))
	}
}

// A recycled session is noticed, with its headers and without, and a session is
// not taken for another one because the answers tell of it in another way.
func TestRecycledSession(t *testing.T) {
	t.Parallel()
	guid, both := wire.HeaderSessionGUID, []string{wire.HeaderSessionGUID, wire.HeaderNewAllocation}
	for name, tt := range map[string]struct {
		before, after []string // headers that are lost on the first run and on the second
		recycled      bool
	}{
		"with its header":                {nil, nil, true},
		"without its header":             {both, both, true},
		"the same":                       {nil, nil, false},
		"the same, without its header":   {both, both, false},
		"the same, the header gets lost": {nil, both, false},
		"the same, the header comes":     {both, nil, false},
		"the same, the GUID gets lost":   {nil, []string{guid}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRoad(t)
			r.Fail("POST /executions", 1, azuretest.Without(tt.before...))
			r.Fail("POST /executions", 1, azuretest.Without(tt.after...))
			var names []string
			for range 2 {
				run, err := r.pool.Execute(t.Context(), id, sessions.Request{Code: "1"})
				if err != nil || run.Incarnation == "" {
					t.Fatalf("got %+v, %v", run, err)
				}
				about, err := r.pool.Describe(t.Context(), id)
				if err != nil || about.Incarnation != run.Incarnation {
					t.Errorf("described as %q, %v, and ran in %q", about.Incarnation, err, run.Incarnation)
				}
				names = append(names, run.Incarnation)
				if tt.recycled {
					if err := r.inner.Stop(t.Context(), id); err != nil {
						t.Fatal(err)
					}
				}
			}
			if (names[0] != names[1]) != tt.recycled {
				t.Errorf("the sessions were %q", names)
			}
		})
	}
}
