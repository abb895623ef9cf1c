package bench

import (
	"math"
	"slices"
)

// quantile returns the q-quantile of values, 0 ≤ q ≤ 1, between neighbours in
// proportion, or NaN if there are none.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	below := int(at)
	if below == len(sorted)-1 {
		return sorted[below]
	}
	return sorted[below] + (at-float64(below))*(sorted[below+1]-sorted[below])
}

// median returns the middle of values.
func median(values []float64) float64 { return quantile(values, 0.5) }

// samples are what one phase of a measurement found, with an element for each
// pair in each list: a pair is one look at each side, with several values where
// the measurement takes several in a row. Outside is empty if there is nothing to
// compare with.
type samples struct {
	Labels  []string    `json:"labels,omitempty"` // of the pairs, where they differ
	Outside [][]float64 `json:"outside,omitempty"`
	Inside  [][]float64 `json:"inside"`
	// Problem is why there are no samples, or no more.
	Problem string `json:"problem,omitempty"`
}

// ratios returns inside through outside for each pair that has both.
func (s samples) ratios() (list []float64) {
	for i := range min(len(s.Outside), len(s.Inside)) {
		list = append(list, median(s.Inside[i])/median(s.Outside[i]))
	}
	return list
}

// pooled returns all values of one side.
func pooled(side [][]float64) []float64 { return slices.Concat(side...) }

// byLabel returns the values of one side for each label, with the labels in the
// order in which they came.
func (s samples) byLabel(side [][]float64) (labels []string, values map[string][]float64) {
	values = map[string][]float64{}
	for i, label := range s.Labels[:min(len(s.Labels), len(side))] {
		if _, known := values[label]; !known {
			labels = append(labels, label)
		}
		values[label] = append(values[label], side[i]...)
	}
	return labels, values
}

// sumOfMedians adds up the medians of the labels.
func (s samples) sumOfMedians(side [][]float64) float64 {
	sum := 0.0
	_, values := s.byLabel(side)
	for _, list := range values {
		sum += median(list)
	}
	return sum
}
