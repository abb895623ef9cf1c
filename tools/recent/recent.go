// Package recent has a map that knows which of its values were unused for the longest, for
// those that remember a bounded number of sessions:
//
//	var known recent.Map[sessions.ID, *past]
//	p, ok := known.Use(id)
//	if !ok {
//		p = &past{}
//		known.Add(id, p)
//	}
//
// When to forget what is for the user of the map, who goes through it from the value that
// was unused for the longest.
package recent

import (
	"container/list"
	"iter"
)

// A Map is a map in order of use. The zero value is empty. It guards nothing: its user does.
type Map[K comparable, V any] struct {
	byKey map[K]*list.Element
	order list.List // of item, the one that was unused for the longest first
}

type item[K comparable, V any] struct {
	key   K
	value V
}

// Use returns the value of a key, which is used by that.
func (m *Map[K, V]) Use(key K) (value V, ok bool) {
	if e := m.byKey[key]; e != nil {
		m.order.MoveToBack(e)
	}
	return m.Get(key)
}

// Get returns the value of a key, which is not used by that.
func (m *Map[K, V]) Get(key K) (value V, ok bool) {
	e := m.byKey[key]
	if e == nil {
		return value, false
	}
	return e.Value.(item[K, V]).value, true
}

// Add adds a value, which is used by that. The map must have none of that key.
func (m *Map[K, V]) Add(key K, value V) {
	if m.byKey == nil {
		m.byKey = map[K]*list.Element{}
	}
	m.byKey[key] = m.order.PushBack(item[K, V]{key, value})
}

// Delete removes the value of a key, if there is one.
func (m *Map[K, V]) Delete(key K) {
	if e := m.byKey[key]; e != nil {
		m.order.Remove(e)
		delete(m.byKey, key)
	}
}

// DeleteOldest removes the value that was unused for the longest, if there is one.
func (m *Map[K, V]) DeleteOldest() {
	for key := range m.All() {
		m.Delete(key)
		return
	}
}

// Len returns how many values there are.
func (m *Map[K, V]) Len() int { return len(m.byKey) }

// All goes through the values, from the one that was unused for the longest. The one that
// it is at may be deleted; others must not change meanwhile.
func (m *Map[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for e := m.order.Front(); e != nil; {
			next := e.Next()
			if i := e.Value.(item[K, V]); !yield(i.key, i.value) {
				return
			}
			e = next
		}
	}
}
