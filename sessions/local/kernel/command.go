package kernel

import (
	"encoding/json"
	"fmt"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/budget"
)

// maxExit is the largest exit status that there is.
const maxExit = 255

// A command is the payload of a frame of that type.
type command struct {
	Shell string   `json:"shell,omitempty"`
	Args  []string `json:"args,omitempty"`
	Stdin string   `json:"stdin"`
}

// RunWithin runs what a request wants to be run, as ExecuteWithin does with
// code. Its Timeout is for the caller to see to.
func (c *Conn) RunWithin(memory *budget.Account, req sessions.Request) (*Outcome, error) {
	if req.Command == nil {
		return c.ExecuteWithin(memory, req.Code, req.Events)
	}
	payload, err := json.Marshal(command(*req.Command))
	if err != nil {
		panic(fmt.Sprintf("kernel: strings cannot be encoded: %v", err))
	}
	return c.run("command", string(payload), newRecorder(c.opts, req.Events, memory))
}
