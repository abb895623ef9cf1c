package kernel

import (
	"encoding/json"
	"fmt"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/budget"
)

// maxExit is the largest exit status of a process.
const maxExit = 255

// A command is the payload of a frame of that type.
type command struct {
	Shell string   `json:"shell,omitempty"`
	Args  []string `json:"args,omitempty"`
	Stdin string   `json:"stdin"`
}

// RunWithin runs the code or the command of a request, as Execute does. It takes
// memory from an account, unless that is nil, for what the outcome holds and for
// the copies that the server makes of it for its client. What the account has no
// memory for is left out, and the outcome says so. The caller sees to the
// request's Timeout.
func (c *Conn) RunWithin(memory *budget.Account, req sessions.Request) (*Outcome, error) {
	rec := newRecorder(c.opts, req.Events, memory)
	if req.Command == nil {
		return c.run(request{Type: "execute", Run: req.Number}, strings.ToValidUTF8(req.Code, "\uFFFD"), rec)
	}
	payload, err := json.Marshal(command(*req.Command))
	if err != nil {
		panic(fmt.Sprintf("kernel: strings cannot be encoded: %v", err))
	}
	return c.run(request{Type: "command", Run: req.Number}, string(payload), rec)
}
