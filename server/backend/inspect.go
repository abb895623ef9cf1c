package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"dynamic-sessions-mcp/sessions"
)

// Inspect runs code, which must print one JSON object, in a session of its own
// and reads the object into found. It ends the session.
func Inspect(ctx context.Context, pool sessions.Pool, code string, found any) (err error) {
	id := sessions.NewID()
	defer func() { err = errors.Join(err, pool.Stop(context.WithoutCancel(ctx), id)) }()
	run, err := pool.Execute(ctx, id, sessions.Request{Code: code})
	if err != nil {
		return err
	}
	if run.Status != sessions.Succeeded {
		return TrialError(run)
	}
	if err := json.Unmarshal([]byte(run.Stdout), found); err != nil {
		return fmt.Errorf("a trial run printed unexpected output: %w", err)
	}
	return nil
}

// TrialError is the error of a trial run that did not succeed.
func TrialError(run *sessions.Execution) error {
	said := run.Stderr
	if run.Error != nil {
		said = run.Error.Traceback
	}
	return fmt.Errorf("a trial run ended as %q: %s", run.Status, said)
}
