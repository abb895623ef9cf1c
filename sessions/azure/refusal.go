package azure

import (
	"sync/atomic"
	"time"
)

// refusalAge is for how long it is taken for certain that a service does not
// take something: services are updated while their clients run.
const refusalAge = 10 * time.Minute

// A refusal remembers that the service does not support something.
type refusal struct{ until atomic.Pointer[time.Time] }

func (r *refusal) note() {
	until := time.Now().Add(refusalAge)
	r.until.Store(&until)
}

func (r *refusal) stands() bool {
	until := r.until.Load()
	return until != nil && time.Now().Before(*until)
}
