package egress

import (
	"sync"

	"dynamic-sessions-mcp/sessions"
)

// maxDecisions is how many kinds of decisions a session has at most until they are taken:
// code chooses the hosts.
const maxDecisions = 64

// decisions are what the proxy has decided for one session.
type decisions struct {
	mu    sync.Mutex
	taken []sessions.Connections
}

// add counts a request.
func (d *decisions) add(c sessions.Connections) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.taken {
		if one := &d.taken[i]; one.Host == c.Host && one.Port == c.Port && one.Refused == c.Refused {
			one.Count, one.Sent, one.Received = one.Count+1, one.Sent+c.Sent, one.Received+c.Received
			return
		}
	}
	if len(d.taken) == maxDecisions-1 { // the last counts all that find no place
		c = sessions.Connections{Refused: "more hosts than are listed; some may have been reached", Sent: c.Sent, Received: c.Received}
	}
	if len(d.taken) == maxDecisions {
		last := &d.taken[maxDecisions-1]
		last.Count, last.Sent, last.Received = last.Count+1, last.Sent+c.Sent, last.Received+c.Received
		return
	}
	c.Count = 1
	d.taken = append(d.taken, c)
}

// TakeDecisions returns what the proxy has decided for the session since it was last
// called. A connection counts when it ends.
func (c *Client) TakeDecisions() []sessions.Connections {
	c.decisions.mu.Lock()
	defer c.decisions.mu.Unlock()
	taken := c.decisions.taken
	c.decisions.taken = nil
	return taken
}
