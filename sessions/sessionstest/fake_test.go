package sessionstest

import (
	"context"
	"encoding/json"
	"testing"

	"dynamic-sessions-mcp/sessions"
)

// TestFakeKeepsTheContract runs the parts of the contract that need no more
// Python than a script knows.
func TestFakeKeepsTheContract(t *testing.T) {
	t.Parallel()
	results := map[string]string{"1": "1", "'v' in globals()": "false"}
	script := func(_ context.Context, _ sessions.ID, req sessions.Request) (*sessions.Execution, error) {
		return &sessions.Execution{Result: json.RawMessage(results[req.Code])}, nil
	}
	for name, run := range map[string]func(*testing.T, *subject){
		"Replace": testReplace, "HostileNames": testHostileNames, "HostileIDs": testHostileIDs,
		"Stop": testStop, "EndedContext": testEndedContext,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, newSubject(t, &Fake{Script: script}))
		})
	}
}
