package rest_test

import (
	"context"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

func TestUseEmptyKernel(t *testing.T) {
	t.Parallel()
	pool := &sessionstest.Fake{}
	pool.Script = func(ctx context.Context, id sessions.ID, r sessions.Request) (*sessions.Execution, error) {
		if id == "testidentifier000003" {
			t.Error("the code ran in the session's own interpreter")
		}
		listing, err := pool.List(ctx, id, "", true)
		if err != nil {
			return nil, err
		}
		var names []string
		for _, f := range listing.Files {
			names = append(names, f.Name)
		}
		for name, data := range map[string]string{"new/made": "made", "changed": "changed"} {
			if _, err := pool.Upload(ctx, id, name, strings.NewReader(data)); err != nil {
				return nil, err
			}
		}
		return &sessions.Execution{Stdout: strings.Join(names, " ")}, pool.Delete(ctx, id, "removed")
	}
	s := newService(t, pool, rest.Options{})
	s.put("kept/deep", "kept")
	s.put("changed", "before")
	s.put("removed", "x")
	got := s.post("/executions"+flat, `{"code":"x","useEmptyKernel":true}`)
	s.expect(got, 200, `{"id":"","identifier":"testidentifier000003","executionType":"Synchronous","status":"Succeeded",
		"result":{"stdout":"changed kept kept/deep removed","stderr":"","executionResult":"","executionTimeInMilliseconds":0}}`)
	if guid := got.header.Get("X-Ms-Session-Guid"); guid != "fa4e0000-0000-4000-8000-000000000001" {
		t.Errorf("the answer is from %q", guid)
	}
	for name, want := range map[string]string{"kept/deep": "kept", "changed": "changed", "new/made": "made"} {
		if data := s.stored(name); data != want {
			t.Errorf("%s holds %q", name, data)
		}
	}
	if got := s.get("/files/removed" + flat); got.status != 404 {
		t.Errorf("what the code deleted is still there: %s", got.body)
	}
	if got := s.get("/listSessions"); strings.Count(got.body, "etag") != 1 {
		t.Errorf("the sessions are %s", got.body)
	}
}
