package azure

import (
	"testing"
	"time"
)

func TestRounded(t *testing.T) {
	for limit, want := range map[time.Duration]string{
		50 * time.Millisecond:      "50ms",
		7*time.Second + 596:        "7s",
		10576278686:                "11s",
		110 * time.Millisecond:     "110ms",
		2*time.Minute + 499999999:  "2m0s",
		1500*time.Millisecond - 10: "1s",
	} {
		if got := rounded(limit).String(); got != want {
			t.Errorf("%d ns are told as %s, want %s", limit, got, want)
		}
	}
}
