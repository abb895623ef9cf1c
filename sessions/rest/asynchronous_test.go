package rest_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/sessions/wire"
)

// gated is a fake pool whose runs wait for the gate to open.
func gated(gate <-chan struct{}) *sessionstest.Fake {
	return &sessionstest.Fake{Script: func(ctx context.Context, _ sessions.ID, r sessions.Request) (*sessions.Execution, error) {
		select {
		case <-gate:
			return &sessions.Execution{Stdout: r.Code}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
}

// poll asks for an operation until it has ended.
func (s *service) poll(location string) (wire.Execution, answer) {
	s.t.Helper()
	for {
		var x wire.Execution
		got := s.get(strings.TrimPrefix(location, s.url))
		if err := json.Unmarshal([]byte(got.body), &x); err != nil || got.status != 200 {
			s.t.Fatalf("%d %q: %v", got.status, got.body, err)
		}
		if x.Status != wire.StatusRunning {
			return x, got
		}
	}
}

func TestAsynchronous(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	s := newService(t, gated(gate), rest.Options{})
	got := s.post("/subscriptions/s/resourceGroups/g/sessionPools/p//executions"+flat, `{"code":"hello","executionType":"Asynchronous"}`)
	s.expect(got, 202, `{"id":"8963ad02","identifier":"testidentifier000003","executionType":"Asynchronous","status":"Running"}`)
	id, location := got.header.Get(wire.HeaderOperationID), got.header.Get(wire.HeaderOperationLocation)
	if want := s.url + "/subscriptions/s/resourceGroups/g/sessionPools/p/executions/" + id + flat; location != want || id == "" {
		t.Errorf("the operation is at %s, want %s", location, want)
	}
	s.expect(s.get("/executions/"+id+flat), 200, `{"id":"","identifier":"testidentifier000003","executionType":"Asynchronous","status":"Running"}`)
	s.fails(s.get("/executions/"+id+"?identifier=another-identifier"), 404, wire.CodeNotFound, "")
	s.fails(s.get("/executions/unknown"+flat), 404, wire.CodeNotFound, "")
	close(gate)
	x, last := s.poll(location)
	if x.Status != wire.StatusSucceeded || x.Result.Stdout != "hello" || x.ID != id || last.header.Get(wire.HeaderSessionGUID) != "fa4e0000-0000-4000-8000-000000000001" {
		t.Errorf("got %+v, %v", x, last.header)
	}
	if made := last.header.Get(wire.HeaderNewAllocation); made != "true" || last.header.Get(wire.HeaderOverallTime) == "" {
		t.Errorf("the answer that is fetched has the headers %v", last.header)
	}
}

func TestOperationIDsAreRunOnce(t *testing.T) {
	t.Parallel()
	runs := make(chan struct{}, 9)
	s := newService(t, &sessionstest.Fake{Script: func(context.Context, sessions.ID, sessions.Request) (*sessions.Execution, error) {
		runs <- struct{}{}
		return &sessions.Execution{}, nil
	}}, rest.Options{})
	for range 3 {
		got := s.request("POST", "/executions"+flat, `{"code":"","executionType":"asynchronous"}`, wire.HeaderOperationID, "my-operation_1.x")
		if got.status != 202 || got.header.Get(wire.HeaderOperationID) != "my-operation_1.x" {
			t.Errorf("got %d %s", got.status, got.body)
		}
	}
	s.poll("/executions/my-operation_1.x" + flat)
	if len(runs) != 1 {
		t.Errorf("the code ran %d times", len(runs))
	}
	s.fails(s.request("POST", "/executions"+flat, `{"code":""}`, wire.HeaderOperationID, "a/b"), 400, wire.CodeValidationFailed, wire.HeaderOperationID)
}

func TestFailedOperation(t *testing.T) {
	t.Parallel()
	s := newService(t, &sessionstest.Fake{Script: func(_ context.Context, _ sessions.ID, r sessions.Request) (*sessions.Execution, error) {
		switch r.Code {
		case "panic":
			panic("secret")
		case "stop":
			return nil, sessions.ErrNoSession
		}
		return nil, sessions.ErrUnavailable
	}}, rest.Options{})
	for code, want := range map[string][2]string{
		"panic": {wire.StatusFailed, wire.CodeInternal},
		"stop":  {wire.StatusCanceled, wire.CodeIdentifierNotFound},
		"x":     {wire.StatusFailed, wire.CodeUnavailable},
	} {
		got := s.post("/executions"+flat, `{"code":"`+code+`","executionType":"Asynchronous"}`)
		x, _ := s.poll(got.header.Get(wire.HeaderOperationLocation))
		if x.Status != want[0] || x.Error == nil || x.Error.Error.Code != want[1] || x.Error.Error.TraceID == "" {
			t.Errorf("%s: got %+v", code, x)
		}
	}
}

func TestCloseEndsOperations(t *testing.T) {
	t.Parallel()
	handler := rest.New(gated(nil), rest.Options{})
	ask := func(method, body string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "/executions"+flat, strings.NewReader(body)))
		return w
	}
	const body = `{"code":"","executionType":"Asynchronous"}`
	if w := ask("POST", body); w.Code != 202 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if err := handler.Close(); err != nil {
		t.Error(err)
	}
	if w := ask("POST", body); w.Code != 503 {
		t.Errorf("afterwards: %d %s", w.Code, w.Body)
	}
	if err := handler.Close(); err != nil {
		t.Error(err)
	}
}
