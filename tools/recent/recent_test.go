package recent

import (
	"slices"
	"testing"
)

func TestMap(t *testing.T) {
	t.Parallel()
	var m Map[string, int]
	keys := func() (all []string) {
		for key := range m.All() {
			all = append(all, key)
		}
		return all
	}
	m.DeleteOldest()
	m.Delete("none")
	if _, ok := m.Use("none"); ok || m.Len() != 0 {
		t.Error("an empty map has something")
	}
	for i, key := range []string{"a", "b", "c", "d"} {
		m.Add(key, i)
	}
	if v, ok := m.Use("b"); !ok || v != 1 {
		t.Errorf("b is %d, %v", v, ok)
	}
	if v, ok := m.Get("a"); !ok || v != 0 {
		t.Errorf("a is %d, %v", v, ok)
	}
	if got := keys(); !slices.Equal(got, []string{"a", "c", "d", "b"}) {
		t.Errorf("the order is %q", got)
	}
	m.DeleteOldest()
	for key := range m.All() {
		if key != "b" {
			m.Delete(key)
		}
	}
	if got := keys(); !slices.Equal(got, []string{"b"}) || m.Len() != 1 {
		t.Errorf("left are %q", got)
	}
}
