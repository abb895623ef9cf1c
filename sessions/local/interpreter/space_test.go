package interpreter

import (
	"errors"
	"testing"
)

// TestSpace shares out what is free.
func TestSpace(t *testing.T) {
	t.Parallel()
	s := space{free: func(string) (int64, error) { return spaceMargin + 100, nil }}
	if _, err := s.take(t.Context(), "", 101); !errors.Is(err, errNoSpace) {
		t.Errorf("more than there is: %v", err)
	}
	first, err := s.take(t.Context(), "", 60)
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan func())
	for range 2 {
		go func() {
			release, err := s.take(t.Context(), "", 60)
			if err != nil {
				t.Error(err)
			}
			got <- release
		}()
	}
	small, err := s.take(t.Context(), "", 40)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-got:
		t.Error("more was given than there is")
	default:
	}
	first()
	small()
	(<-got)()
	(<-got)()
	if s.held != 0 {
		t.Errorf("%d bytes are held", s.held)
	}
}
