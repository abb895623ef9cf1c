package backend

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

func TestMeasureTellsWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []time.Duration
		failed := errors.New("no")
		pool := Measure(&sessionstest.Fake{Script: func(_ context.Context, _ sessions.ID, r sessions.Request) (*sessions.Execution, error) {
			time.Sleep(3 * time.Second)
			switch r.Code {
			case "fails":
				return nil, failed
			case "clock of another machine":
				return &sessions.Execution{Duration: time.Minute}, nil
			}
			return &sessions.Execution{Duration: time.Second}, nil
		}}, func(d time.Duration) { seen = append(seen, d) })
		for _, code := range []string{"x", "fails", "clock of another machine"} {
			if _, err := pool.Execute(t.Context(), sessions.NewID(), sessions.Request{Code: code}); (err != nil) != (code == "fails") {
				t.Errorf("%s: %v", code, err)
			}
		}
		if len(seen) != 2 || seen[0] != 2*time.Second || seen[1] != 0 {
			t.Errorf("it waited %v", seen)
		}
	})
}
