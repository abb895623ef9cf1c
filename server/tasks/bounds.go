package tasks

import "slices"

// keep counts the result of a task that has ended, and forgets others until there is
// room for it.
func (t *Table) keep(k *task, size int) {
	t.mu.Lock()
	var gone []*task
	if t.tasks[k.id] == k {
		k.size = size
		t.held += size
		for t.held > maxResults {
			other := t.victim(k)
			if other == nil {
				break
			}
			t.take(other)
			gone = append(gone, other)
		}
	}
	t.mu.Unlock()
	for _, other := range gone {
		other.discard()
	}
}

// victim is the task to forget for the sake of another's result: of the owner whose
// results take the most. The caller holds the lock.
func (t *Table) victim(but *task) *task {
	sizes := map[string]int{}
	most := ""
	for _, k := range t.tasks {
		if k != but {
			sizes[k.owner] += k.size
		}
	}
	for owner, size := range sizes {
		if size > sizes[most] {
			most = owner
		}
	}
	own := slices.DeleteFunc(t.of(most), func(k *task) bool { return k == but || k.size == 0 })
	return firstEnded(own)
}

// firstEnded returns the task that is missed least: one whose result was read, else the
// oldest that has ended; nil if there is none.
func firstEnded(own []*task) *task {
	var oldest *task
	for _, k := range own {
		ended, read := k.ended()
		if read {
			return k
		}
		if ended && oldest == nil {
			oldest = k
		}
	}
	return oldest
}
