package bench

import (
	"math"
	"testing"
)

func TestUnits(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		seconds(0.000_05): "0.05 ms", seconds(0.000_72): "0.72 ms", seconds(0.0031): "3.1 ms", seconds(0.0155): "16 ms",
		seconds(0.2084): "208 ms", seconds(0.9996): "1.00 s", seconds(2.5): "2.50 s", seconds(27.4): "27 s", seconds(math.NaN()): "—",
		bytes(0): "0 B", bytes(999): "999 B", bytes(1000): "1 kB", bytes(1500): "1.5 kB", bytes(110e6): "110 MB", bytes(1 << 30): "1.1 GB",
		bytes(-2e6): "-2 MB", bytes(5e16): "50000 TB",
		rateOf(100e6)(0.05): "2 GB/s", rateOf(1e3)(0.01): "100 kB/s", rateOf(1)(0): "—",
		times(1.179): "1.18", times(12.4): "12", times(0.5): "0.50", times(0.0421): "0.042", times(math.Inf(1)): "—",
		withSpread([]float64{0.2}, seconds):                     "200 ms",
		withSpread([]float64{0.1, 0.2, 0.3, 0.4, 0.5}, seconds): "300 ms (200–400 ms)",
		withSpread([]float64{0.5, 0.5, 0.9, 2, 2}, seconds):     "900 ms (500 ms–2.00 s)",
		withSpread([]float64{1, 1.1, 1.2, 1.3, 1.4}, times):     "1.20 (1.10–1.30)",
		plural(1, "pair"): "1 pair", plural(9, "pair"): "9 pairs", plural(4, "busy process"): "4 busy processes",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
