package rest

import (
	"context"
	"net/http/httptest"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"dynamic-sessions-mcp/sessions/sessionstest"
)

func TestOperationsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOperations()
		defer o.close()
		start := func(id string, size int) {
			t.Helper()
			_, err := o.start(operationKey{"test", id}, outcome{}, func(context.Context) outcome {
				return outcome{body: make([]byte, size)}
			})
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		kept := func(id string) bool {
			_, ok := o.get(operationKey{"test", id})
			return ok
		}
		for i := range maxOperations + 1 {
			start(strconv.Itoa(i), 1)
		}
		if kept("0") || !kept("1") {
			t.Error("the oldest of too many is kept")
		}
		start("half", maxOperationBytes/2)
		start("other half", maxOperationBytes/2)
		if kept("1000") || !kept("half") || !kept("other half") {
			t.Error("the oldest of too large ones is kept")
		}
		start("larger", maxOperationBytes+1)
		if kept("other half") || !kept("larger") {
			t.Error("the last one is not kept alone")
		}
		time.Sleep(operationAge) // of the bubble
		if kept("larger") || o.bytes != 0 || len(o.byKey) != 0 {
			t.Errorf("after its age: %d operations of %d bytes", len(o.byKey), o.bytes)
		}
	})
}

// deadlines records what deadline an answer leaves on its connection.
type deadlines struct {
	*httptest.ResponseRecorder
	write time.Time
}

func (d *deadlines) SetWriteDeadline(at time.Time) error { d.write = at; return nil }

func TestDeadlinesDoNotOutliveACall(t *testing.T) {
	t.Parallel()
	h := New(&sessionstest.Fake{}, Options{})
	defer h.Close()
	w := &deadlines{ResponseRecorder: httptest.NewRecorder(), write: time.Unix(1, 0)}
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "DELETE", "/session?identifier=test", nil))
	if w.Code != 204 || !w.write.IsZero() {
		t.Errorf("got %d, to be written until %v", w.Code, w.write)
	}
}
