package tasks

import (
	"encoding/json"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

// A client should ask again after a tenth of the time that a call has taken, within bounds.
const minPoll, maxPoll = time.Second, 5 * time.Second

// Values of resultType.
const (
	resultTask     = mcp.ResultType("task")
	resultComplete = mcp.ResultTypeComplete
)

// An extensionTask is a task in MCP 2026-07-28.
type extensionTask struct {
	ResultType    mcp.ResultType           `json:"resultType"`
	ID            string                   `json:"taskId"`
	Status        mcp.TaskStatus           `json:"status"`
	StatusMessage string                   `json:"statusMessage,omitempty"`
	CreatedAt     string                   `json:"createdAt"`
	LastUpdatedAt string                   `json:"lastUpdatedAt"`
	TTL           int64                    `json:"ttlMs"`
	PollInterval  int64                    `json:"pollIntervalMs"`
	Result        json.RawMessage          `json:"result,omitempty"`
	Error         *mcp.JSONRPCErrorDetails `json:"error,omitempty"`
	Inputs        mcp.InputRequests        `json:"inputRequests,omitempty"`
}

// core is the state of a task in MCP 2025-11-25.
func (k *task) core() mcp.Task {
	k.mu.Lock()
	defer k.mu.Unlock()
	ttl, poll := k.life.Milliseconds(), k.poll().Milliseconds()
	return mcp.Task{
		TaskId: k.id, Status: k.status, StatusMessage: k.statusMessage(),
		CreatedAt: stamp(k.created), LastUpdatedAt: stamp(k.changed), TTL: &ttl, PollInterval: &poll,
	}
}

// extension is the state of a task in MCP 2026-07-28, with the result if it has one. It is
// read then.
func (k *task) extension(as mcp.ResultType) extensionTask {
	k.mu.Lock()
	defer k.mu.Unlock()
	e := extensionTask{
		ResultType: as, ID: k.id, Status: k.status, StatusMessage: k.statusMessage(),
		CreatedAt: stamp(k.created), LastUpdatedAt: stamp(k.changed), TTL: k.life.Milliseconds(), PollInterval: k.poll().Milliseconds(),
	}
	if as == resultTask {
		return e
	}
	switch k.status {
	case mcp.TaskStatusInputRequired:
		e.Inputs = k.outstanding()
	case mcp.TaskStatusCompleted:
		e.Result, k.read = k.result, true
	case mcp.TaskStatusFailed:
		e.Error, k.read = k.failure, true
	}
	return e
}

// statusMessage says more about the status. The caller holds the lock.
func (k *task) statusMessage() string {
	if k.status == mcp.TaskStatusWorking {
		return k.work.Status()
	}
	return k.message
}

func (k *task) poll() time.Duration {
	return min(maxPoll, max(minPoll, time.Since(k.created)/10)).Truncate(time.Millisecond)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }
