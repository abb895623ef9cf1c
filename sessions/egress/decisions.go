package egress

import "sync"

// maxDecisions is how many kinds of decisions a session has at most until they are taken:
// code chooses the hosts.
const maxDecisions = 64

// Decisions are those about requests to one host that ended alike.
type Decisions struct {
	// Host is the name of the host, "" if the request named none that can be read.
	Host string
	// Port is 0 for the package index.
	Port uint16
	// Refused is why they were not connected; "" if they were.
	Refused string
	// Count is how many requests there were.
	Count int
	// Sent and Received are what passed, in bytes.
	Sent, Received int64
}

// decisions are what the proxy has decided for one session.
type decisions struct {
	mu    sync.Mutex
	taken []Decisions
}

// add counts a request.
func (d *decisions) add(c Decisions) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.taken {
		if one := &d.taken[i]; one.Host == c.Host && one.Port == c.Port && one.Refused == c.Refused {
			one.Count, one.Sent, one.Received = one.Count+1, one.Sent+c.Sent, one.Received+c.Received
			return
		}
	}
	if len(d.taken) == maxDecisions-1 { // the last counts all that find no place
		c = Decisions{Refused: "more hosts than are listed; some may have been reached", Sent: c.Sent, Received: c.Received}
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
func (c *Client) TakeDecisions() []Decisions {
	c.decisions.mu.Lock()
	defer c.decisions.mu.Unlock()
	taken := c.decisions.taken
	c.decisions.taken = nil
	return taken
}
