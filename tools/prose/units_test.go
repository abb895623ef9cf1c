package prose

import (
	"testing"
	"time"
)

func TestSpanAndSize(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		200 * time.Millisecond: "0.2 s", 12 * time.Second: "12 s", time.Minute: "60 s", 220 * time.Second: "220 s", 5 * time.Minute: "5 minutes",
	} {
		if got := Span(d); got != want {
			t.Errorf("span(%v) = %q, want %q", d, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 bytes", 1: "1 byte", 19: "19 bytes", 12_345: "12345 bytes (12.3 kB)", 2_500_000: "2500000 bytes (2.5 MB)"} {
		if got := Size(n); got != want {
			t.Errorf("size(%d) = %q, want %q", n, got, want)
		}
	}
}
