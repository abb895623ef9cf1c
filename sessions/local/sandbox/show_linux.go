package sandbox

import (
	"context"
	"fmt"
)

// ShowFolders makes all sandboxes of the runtime, those that run and those to come,
// see the user's folders as they are now, until it is called again: a folder that was
// replaced is seen anew, one that is gone disappears, and what has become hidden is
// closed. It returns the folders that sandboxes do not see.
//
// If ctx ends first, the work goes on: a file server may not answer.
func (r *Runtime) ShowFolders(ctx context.Context) ([]Unshown, error) {
	h, err := r.liveHost()
	if err != nil {
		return nil, err
	}
	id, answer := h.expectShown()
	if err := send(h.conn, request{Op: opShow, ID: id, User: &r.user}); err != nil {
		return nil, fmt.Errorf("%s: %w", opShow, err)
	}
	select {
	case unshown := <-answer:
		return unshown, nil
	case <-h.done:
		return nil, errHostDied
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// expectShown names a request to show folders, and returns where its answer comes.
func (h *hostProcess) expectShown() (id string, answer <-chan []Unshown) {
	h.mu.Lock()
	defer h.mu.Unlock()
	id = randomName()
	c := make(chan []Unshown, 1)
	h.shows[id] = c
	return id, c
}

// shown passes the answer to such a request on.
func (h *hostProcess) shown(e event) {
	h.mu.Lock()
	answer := h.shows[e.ID]
	delete(h.shows, e.ID)
	h.mu.Unlock()
	if answer != nil {
		answer <- e.Unshown
	}
}
