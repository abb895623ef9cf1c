package server

import (
	"testing"
	"time"

	"dynamic-sessions-mcp/server/tasks"
)

// newTasks returns the tasks of a service over HTTP. It makes a task of what takes longer
// than a moment.
func newTasks(tb testing.TB) *tasks.Table {
	table := tasks.New(tasks.Options{Tools: []string{"run_python"}, Owner: taskOwner, Hold: hold, Patience: 50 * time.Millisecond})
	tb.Cleanup(table.Close)
	return table
}
