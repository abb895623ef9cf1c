package rest_test

import (
	"context"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/sessions/wire"
)

// TestStopExecution: an execution that runs, synchronous or not, is stopped by its ID,
// once, and by no other identifier.
func TestStopExecution(t *testing.T) {
	t.Parallel()
	running := make(chan struct{})
	s := newService(t, &sessionstest.Fake{Script: func(ctx context.Context, _ sessions.ID, r sessions.Request) (*sessions.Execution, error) {
		running <- struct{}{}
		select {
		case <-r.Stop:
			return &sessions.Execution{Status: sessions.Stopped, Stdout: "until then"}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}, rest.Options{})
	for _, kind := range []string{"Synchronous", "Asynchronous"} {
		ended := make(chan answer)
		go func() {
			ended <- s.request("POST", "/executions"+flat, `{"code":"x","executionType":"`+kind+`"}`,
				wire.HeaderOperationID, "mine-"+kind, wire.HeaderDetails, "1")
		}()
		<-running
		path := "/executions/mine-" + kind
		if got := s.request("DELETE", path+strings.Replace(flat, "000003", "000004", 1), ""); got.status != 404 {
			t.Errorf("%s: another identifier: %d %s", kind, got.status, got.body)
		}
		if got := s.request("DELETE", path+flat, ""); got.status != 204 || got.body != "" {
			t.Errorf("%s: %d %s", kind, got.status, got.body)
		}
		got := <-ended
		if kind == "Asynchronous" {
			_, got = s.poll(got.header.Get(wire.HeaderOperationLocation))
		}
		if got.status != 200 || !strings.Contains(got.body, `"until then"`) || !strings.Contains(got.body, `"status":"stopped"`) {
			t.Errorf("%s: stopped: %d %s", kind, got.status, got.body)
		}
		if got := s.request("DELETE", path+flat, ""); got.status != 404 {
			t.Errorf("%s: after the end: %d %s", kind, got.status, got.body)
		}
	}
}
