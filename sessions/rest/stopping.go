package rest

import (
	"fmt"
	"io/fs"
	"net/http"
	"sync"
)

// stops can stop the executions that run. The methods may be called concurrently.
type stops struct {
	mu    sync.Mutex
	byKey map[operationKey]chan struct{}
}

// add returns what is closed when an execution is to stop, nil if one with that key runs
// already. The caller calls remove when it has ended.
func (s *stops) add(key operationKey) (stop <-chan struct{}, remove func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byKey[key] != nil {
		return nil, func() {}
	}
	if s.byKey == nil {
		s.byKey = map[operationKey]chan struct{}{}
	}
	asked := make(chan struct{})
	s.byKey[key] = asked
	return asked, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.byKey[key] == asked {
			delete(s.byKey, key)
		}
	}
}

// stop stops an execution, and reports whether it runs and was not stopped before.
func (s *stops) stop(key operationKey) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked, ok := s.byKey[key]
	if ok {
		close(asked)
		delete(s.byKey, key)
	}
	return ok
}

// stopExecution serves DELETE /executions/{id}, which Azure does not have. It does not
// wait for the end.
func (c *call) stopExecution() error {
	if !c.stops.stop(operationKey{c.id, c.matched.name}) {
		return fmt.Errorf("%w: no execution with that ID runs for this identifier", fs.ErrNotExist)
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}
