package conversation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dynamic-sessions-mcp/server/jsonrpc"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

// pool counts what is stopped.
type pool struct {
	sessionstest.Fake
	mu      sync.Mutex
	stopped map[sessions.ID]int
}

func newPool() *pool { return &pool{stopped: map[sessions.ID]int{}} }

func (p *pool) Stop(ctx context.Context, id sessions.ID) error {
	p.mu.Lock()
	p.stopped[id]++
	p.mu.Unlock()
	return p.Fake.Stop(ctx, id)
}

func (p *pool) stops() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.stopped)
}

// use makes the pool's session of a conversation.
func use(t *testing.T, p *pool, c *Conversation) {
	t.Helper()
	if _, err := p.Execute(t.Context(), c.Session(), sessions.Request{}); err != nil {
		t.Fatal(err)
	}
}

func begin(t *testing.T, r *Registry, principal string, kind Kind) *Conversation {
	t.Helper()
	c, err := r.Begin(principal, kind, About{Version: "2025-06-18", Client: "test", Answers: "esr"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNamesAreBound(t *testing.T) {
	t.Parallel()
	r := New(Options{Pool: newPool()})
	defer r.Close()
	for _, kind := range []Kind{Session, Stream, Handle} {
		c := begin(t, r, "ada", kind)
		if found, err := r.Find("ada", kind, c.Name()); err != nil || found != c {
			t.Errorf("%v: found %v, %v", kind, found, err)
		}
		for _, other := range []Kind{Session, Stream, Handle} {
			if _, err := r.Find("ada", other, c.Name()); (err == nil) != (other == kind) {
				t.Errorf("%v as %v: %v", kind, other, err)
			}
		}
		if _, err := r.Find("bob", kind, c.Name()); !errors.Is(err, ErrUnknown) {
			t.Errorf("%v of another: %v", kind, err)
		}
		for i := range c.Name() {
			changed := []byte(c.Name())
			changed[i] = 'A' + (changed[i]-'A'+1)%26
			if _, err := r.Find("ada", kind, string(changed)); !errors.Is(err, ErrUnknown) {
				t.Errorf("%v changed at %d: %v", kind, i, err)
			}
		}
	}
	if one, two := begin(t, r, "ada", Handle), begin(t, r, "ada", Handle); one.Session() == two.Session() || strings.Contains(string(one.Session()), one.Name()) {
		t.Error("sessions are not told apart")
	}
}

func TestNamesAcrossServers(t *testing.T) {
	t.Parallel()
	p := newPool()
	key := []byte("a key of two servers")
	one, two := New(Options{Pool: p, Key: key, Shared: true}), New(Options{Pool: p, Key: key, Shared: true})
	other, alone := New(Options{Pool: p, Key: []byte("another key")}), New(Options{Pool: p, Key: key})
	for _, r := range []*Registry{one, two, other, alone} {
		defer r.Close()
	}
	for _, kind := range []Kind{Session, Handle} {
		c := begin(t, one, "ada", kind)
		there, err := two.Find("ada", kind, c.Name())
		if err != nil || there.Session() != c.Session() || kind == Session && there.About() != c.About() {
			t.Fatalf("%v: got %+v, %v", kind, there, err)
		}
		for _, r := range []*Registry{other, alone} {
			if _, err := r.Find("ada", kind, c.Name()); !errors.Is(err, ErrUnknown) {
				t.Errorf("%v: a server with another key, or alone: %v", kind, err)
			}
		}
		two.End(there)
		if _, err := two.Find("ada", kind, c.Name()); !errors.Is(err, ErrUnknown) {
			t.Errorf("%v after its end: %v", kind, err)
		}
	}
}

func TestAbandonedConversationsAreReaped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPool()
		r := New(Options{Pool: p, Idle: 10 * time.Minute, MaxPerPrincipal: 2000})
		defer r.Close()
		for i := range 1000 {
			c := begin(t, r, "ada", []Kind{Session, Handle}[i%2])
			if i%4 < 2 {
				use(t, p, c)
			}
		}
		called, stream := begin(t, r, "ada", Session), begin(t, r, "ada", Stream)
		use(t, p, called)
		ctx, leave, err := called.Enter(t.Context(), "1")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(9 * time.Minute)
		if open := r.Open(); open[Session] != 501 || open[Handle] != 500 {
			t.Errorf("too early: %v", open)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if open := r.Open(); open[Session] != 1 || open[Handle] != 0 || open[Stream] != 1 || p.stops() != 500 || ctx.Err() != nil {
			t.Errorf("left are %v; %d were stopped; %v", open, p.stops(), ctx.Err())
		}
		leave()
		time.Sleep(9 * time.Minute)
		if _, err := r.Find("ada", Session, called.Name()); err != nil {
			t.Errorf("nine minutes after its call: %v", err)
		}
		time.Sleep(4 * time.Minute)
		synctest.Wait()
		if _, err := r.Find("ada", Session, called.Name()); !errors.Is(err, ErrUnknown) || p.stops() != 501 {
			t.Errorf("afterwards: %v, %d were stopped", err, p.stops())
		}
		if _, _, err := called.Enter(t.Context(), ""); !errors.Is(err, ErrUnknown) {
			t.Errorf("a call of what has ended: %v", err)
		}
		r.End(stream)
		if len(r.counts) != 0 || len(r.open) != 0 || len(r.ended) != 0 {
			t.Errorf("left are %v, %v, %v", r.counts, r.open, r.ended)
		}
	})
}

func TestUseByAnotherServerKeepsAConversation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPool()
		opts := Options{Pool: p, Key: []byte("a key of two servers"), Shared: true, Idle: 10 * time.Minute}
		one, two := New(opts), New(opts)
		defer one.Close()
		defer two.Close()
		c := begin(t, one, "ada", Session)
		for range 10 {
			time.Sleep(5 * time.Minute)
			there, err := two.Find("ada", Session, c.Name())
			if err != nil {
				t.Fatal(err)
			}
			_, leave, err := there.Enter(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			use(t, p, there)
			leave()
		}
		if p.stops() != 0 {
			t.Error("a session was stopped that another server uses")
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if p.stops() != 1 || len(one.Open())+len(two.Open()) != 0 {
			t.Errorf("%d sessions were stopped; open are %v and %v", p.stops(), one.Open(), two.Open())
		}
	})
}

func TestEndCancelsCallsAndStopsTheSession(t *testing.T) {
	t.Parallel()
	p := newPool()
	r := New(Options{Pool: p})
	defer r.Close()
	c := begin(t, r, "ada", Session)
	use(t, p, c)
	ctx, leave, err := c.Enter(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Enter(t.Context(), "1"); !errors.Is(err, jsonrpc.ErrInUse) {
		t.Errorf("the same key: %v", err)
	}
	ended := make(chan struct{})
	go func() { r.End(c); close(ended) }()
	<-ctx.Done()
	if !errors.Is(context.Cause(ctx), ErrEnded) || p.stops() != 0 {
		t.Errorf("cancelled because of %v; %d were stopped", context.Cause(ctx), p.stops())
	}
	leave()
	leave()
	<-ended
	r.End(c)
	if p.stops() != 1 || p.stopped[c.Session()] != 1 {
		t.Errorf("stopped: %v", p.stopped)
	}
}

func TestCallsAreBounded(t *testing.T) {
	t.Parallel()
	r := New(Options{Pool: newPool(), MaxPerPrincipal: 1})
	defer r.Close()
	c := begin(t, r, "ada", Session)
	for i := range maxCalls {
		if _, _, err := c.Enter(t.Context(), fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := c.Enter(t.Context(), "more"); !errors.Is(err, jsonrpc.ErrBusy) {
		t.Errorf("one more: %v", err)
	}
	if _, err := r.Begin("ada", Handle, About{}); !errors.Is(err, ErrTooMany) {
		t.Errorf("one more conversation: %v", err)
	}
	begin(t, r, "bob", Handle)
}

func FuzzName(f *testing.F) {
	n := newNames([]byte("key"))
	now := time.Unix(1_800_000_000, 0)
	for _, kind := range []Kind{Session, Stream, Handle} {
		f.Add("ada", byte(kind), n.make("ada", kind, About{Version: "2025-06-18", Client: "test"}, now))
	}
	f.Add("ada", byte(Session), "")
	f.Add("ada", byte(Handle), handlePrefix)
	f.Fuzz(func(t *testing.T, principal string, kind byte, name string) {
		if _, _, ok := n.read(principal, Kind(kind), name); ok && principal != "ada" {
			t.Errorf("%q was taken for a name of %q", name, principal)
		}
		about := About{Version: name, Client: principal}
		made := n.make(principal, Session, about, now)
		got, when, ok := n.read(principal, Session, made)
		if !ok || !when.Equal(now) || len(made) > maxName || !strings.HasPrefix(strings.ReplaceAll(name, "\x00", ""), got.Version) {
			t.Errorf("%q was made and not read: %+v, %v, %t", made, got, when, ok)
		}
	})
}
