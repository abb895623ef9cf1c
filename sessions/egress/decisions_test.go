package egress

import (
	"fmt"
	"slices"
	"testing"
)

func TestDecisions(t *testing.T) {
	t.Parallel()
	c := &Client{proxy: New(Options{})}
	c.logEnd("a.example", 443, 3, 5)
	c.logRefusal("b.example", "no")
	c.logEnd("a.example", 443, 2, 1)
	want := []Decisions{{Host: "a.example", Port: 443, Count: 2, Sent: 5, Received: 6}, {Host: "b.example", Refused: "no", Count: 1}}
	if got := c.TakeDecisions(); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	if again := c.TakeDecisions(); again != nil {
		t.Errorf("again: %+v", again)
	}
	for i := range 1000 {
		c.logEnd(fmt.Sprintf("host-%d.example", i), 443, 1, 2)
	}
	got := c.TakeDecisions()
	if last := got[len(got)-1]; len(got) != maxDecisions || last.Count != 1000-(maxDecisions-1) || last.Received != 2*int64(last.Count) || last.Host != "" {
		t.Errorf("%d, %+v", len(got), last)
	}
}
