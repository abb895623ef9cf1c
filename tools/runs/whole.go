package runs

import (
	"context"

	"dynamic-sessions-mcp/sessions"
)

// Show lets [Table.Going] find the run from now on, though the call that began it waits
// for its end, until ctx ends. Calls that would begin another wait for their turn as before.
func (r *Run) Show(ctx context.Context) {
	r.mu.Lock()
	r.owner = ctx
	r.mu.Unlock()
	r.table.mu.Lock()
	defer r.table.mu.Unlock()
	r.lane.shown = r
}

// Whole returns the outcome of a run that has ended with all that it wrote and showed,
// whatever parts have had, or the pool's error. It is for the call that began the run and
// answers at its end: another call that waits for the run meanwhile takes nothing from it.
// The memory is as with [Run.Collect]. The error is
// [ErrCollected] if the outcome is not kept any more.
func (r *Run) Whole(ctx context.Context) (*sessions.Execution, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.handOver(ctx)
	switch {
	case r.err != nil:
		return nil, r.err
	case r.outcome == nil:
		return nil, ErrCollected
	}
	return r.outcome, nil
}
