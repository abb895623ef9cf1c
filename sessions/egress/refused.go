package egress

import "slices"

// maxRefused is how many refusals are remembered.
const maxRefused = 5

// note remembers why a connection was refused.
func (a *Approvals) note(text string) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.refused) < maxRefused && !slices.Contains(a.refused, text) {
		a.refused = append(a.refused, text)
	}
}

// TakeRefused returns why connections were refused since it was called last, a few of them.
func (a *Approvals) TakeRefused() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	refused := a.refused
	a.refused = nil
	return refused
}
