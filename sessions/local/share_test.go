package local_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
)

// An ownedPool is a pool that several use.
type ownedPool struct {
	t    *testing.T
	pool *local.Pool
}

// run makes a session of an owner, or uses it.
func (p ownedPool) run(owner string, id sessions.ID) error {
	ctx := p.t.Context()
	if owner != "" {
		ctx = sessions.WithOwner(ctx, owner)
	}
	_, err := p.pool.Execute(ctx, id, sessions.Request{Code: "1"})
	return err
}

// begin makes a new session of an owner.
func (p ownedPool) begin(owner string) (sessions.ID, error) {
	id := sessions.NewID()
	return id, p.run(owner, id)
}

// One user leaves sandboxes to the others, and is told why there are no more.
func TestOwnersLeaveSandboxesToOthers(t *testing.T) {
	t.Parallel()
	p := ownedPool{t, localtest.New(t, local.Options{MaxSessions: 4, Warm: -1, Cooldown: time.Hour, OnIdle: local.Destroy})}
	first, _ := p.begin("ada")
	if _, err := p.begin("ada"); err != nil {
		t.Fatal(err)
	}
	_, err := p.begin("ada")
	var full *sessions.CapacityError
	if !errors.As(err, &full) || full.Own != 2 || full.RetryAfter == 0 {
		t.Errorf("ada's third session: %v", err)
	}
	if err := p.run("ada", first); err != nil {
		t.Errorf("a session that ada has: %v", err)
	}
	for _, owner := range []string{"bob", "cy"} {
		if _, err := p.begin(owner); err != nil {
			t.Errorf("%s, for whom there is one left: %v", owner, err)
		}
	}
	full = nil
	if _, err := p.begin("dan"); !errors.As(err, &full) || full.Own != 0 {
		t.Errorf("a full pool: %v", err)
	}
	if err := p.pool.Stop(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if _, err := p.begin("ada"); err == nil {
		t.Error("ada took the last one although she has one")
	}
	if _, err := p.begin("dan"); err != nil {
		t.Errorf("dan, when one is free: %v", err)
	}
}

// Who is nobody's or alone may have all.
func TestSandboxesWithoutOwnersAreNotDivided(t *testing.T) {
	t.Parallel()
	p := ownedPool{t, localtest.New(t, local.Options{MaxSessions: 3, Warm: -1, Cooldown: time.Hour, OnIdle: local.Destroy})}
	for i := range 3 {
		if _, err := p.begin(""); err != nil {
			t.Errorf("session %d: %v", i, err)
		}
	}
}

// For an owner who has too many, idle sessions of their own are evicted.
func TestOwnersEvictTheirOwn(t *testing.T) {
	t.Parallel()
	p := ownedPool{t, localtest.New(t, local.Options{MaxSessions: 4, Warm: -1, Cooldown: time.Hour})}
	bob, err := p.begin("bob") // the one that was unused for longest
	if err != nil {
		t.Fatal(err)
	}
	first, err := p.begin("ada")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	id := sessions.NewID()
	if _, err := p.pool.Execute(sessions.WithOwner(ctx, "ada"), id, sessions.Request{Code: "1"}); err != nil {
		t.Fatal(err)
	}
	if third, err := p.begin("ada"); err != nil || p.pool.Asleep(third) {
		t.Errorf("ada's third, while two of hers are idle: %v", err)
	}
	// On a busy machine the first may not be idle in time.
	if hers := p.pool.Asleep(first) != p.pool.Asleep(id); !hers || p.pool.Asleep(bob) {
		t.Errorf("asleep: one of ada's %t, bob's %t; want one of hers alone", hers, p.pool.Asleep(bob))
	}
}
