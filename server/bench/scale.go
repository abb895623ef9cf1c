package bench

import "math"

// A scale maps the values from low to high to the cells of an axis.
type scale struct{ low, high float64 }

// drawable reports whether a value has a place on a logarithmic axis.
func drawable(v float64) bool { return v > 0 && !math.IsInf(v, 0) }

// scaleOf returns the scale from the least value to the greatest.
func scaleOf(values []float64) scale {
	s := scale{math.Inf(1), math.Inf(-1)}
	for _, v := range values {
		if drawable(v) {
			s.low, s.high = min(s.low, math.Log10(v)), max(s.high, math.Log10(v))
		}
	}
	switch {
	case s.low > s.high:
		return scale{0, 1}
	case s.low == s.high:
		s.high++
	}
	return s
}

// decades widens a scale to whole powers of ten.
func (s scale) decades() scale {
	// Powers of ten are rarely exact as logarithms.
	s.low, s.high = math.Floor(s.low+1e-9), math.Ceil(s.high-1e-9)
	if s.low == s.high {
		s.high++
	}
	return s
}

// powers returns the powers of ten in a scale.
func (s scale) powers() (list []float64) {
	for power := math.Ceil(s.low - 1e-9); power <= s.high+1e-9; power++ {
		list = append(list, math.Pow(10, power))
	}
	return list
}

// cell returns where a value is among n cells, or false if it has no place.
func (s scale) cell(v float64, n int) (int, bool) {
	if !drawable(v) {
		return 0, false
	}
	at := int(math.Round((math.Log10(v) - s.low) / (s.high - s.low) * float64(n-1)))
	return at, at >= 0 && at < n
}
