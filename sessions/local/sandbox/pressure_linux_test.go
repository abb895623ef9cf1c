package sandbox

import (
	"testing"
	"time"
)

func TestParseStalled(t *testing.T) {
	const whole = "some avg10=0.12 avg60=0.00 avg300=0.00 total=340409\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=103772\n"
	for data, want := range map[string]time.Duration{
		whole:                                  340409 * time.Microsecond,
		"some total=0\n":                       0,
		"some avg10=0.00":                      -1,
		"some total=-5\n":                      -1,
		"some total=x\n":                       -1,
		"full total=103772\n":                  -1,
		"":                                     -1,
		"some total=99999999999999999999999\n": -1,
	} {
		got, ok := parseStalled(data)
		if ok != (want >= 0) || ok && got != want {
			t.Errorf("%q: %v, %v, want %v", data, got, ok, want)
		}
	}
	if _, ok := ThisMachine().Stalled(); !ok {
		t.Log("this kernel has no pressure stall information")
	}
}
