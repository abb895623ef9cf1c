package bench

import (
	"math"
	"slices"
	"testing"
)

func TestQuantiles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		values []float64
		q      float64
		want   float64
	}{
		{[]float64{3}, 0.5, 3},
		{[]float64{5, 1, 3}, 0.5, 3},
		{[]float64{4, 1, 3, 2}, 0.5, 2.5},
		{[]float64{1, 2, 3, 4, 5}, 0.25, 2},
		{[]float64{1, 2, 3, 4, 5}, 0.75, 4},
		{[]float64{1, 2}, 0.99, 1.99},
		{[]float64{2, 1}, 0, 1},
		{[]float64{2, 1}, 1, 2},
	} {
		before := slices.Clone(tt.values)
		if got := quantile(tt.values, tt.q); math.Abs(got-tt.want) > 1e-12 {
			t.Errorf("the %v-quantile of %v is %v, want %v", tt.q, tt.values, got, tt.want)
		}
		if !slices.Equal(before, tt.values) {
			t.Errorf("it has sorted its argument: %v", tt.values)
		}
	}
	if got := median(nil); !math.IsNaN(got) {
		t.Errorf("the median of nothing is %v", got)
	}
}

func TestSamples(t *testing.T) {
	t.Parallel()
	s := samples{
		Labels:  []string{"a", "b", "a", "b"},
		Outside: [][]float64{{1}, {10}, {2}, {20}},
		Inside:  [][]float64{{2}, {5}, {6}, {30}},
	}
	if got := s.ratios(); !slices.Equal(got, []float64{2, 0.5, 3, 1.5}) {
		t.Errorf("the ratios are %v", got)
	}
	if got := s.sumOfMedians(s.Inside); got != 4+17.5 {
		t.Errorf("the sum of the medians is %v", got)
	}
	if labels, values := s.byLabel(s.Outside); !slices.Equal(labels, []string{"a", "b"}) || !slices.Equal(values["b"], []float64{10, 20}) {
		t.Errorf("by label: %v, %v", labels, values)
	}
	if got := s.only("b"); !slices.Equal(got.ratios(), []float64{0.5, 1.5}) {
		t.Errorf("the ratios of one label are %v", got.ratios())
	}
	// The ratio of a pair is that of the medians of its sides, and a side without
	// the other has none.
	s = samples{Outside: [][]float64{{1, 2, 3}}, Inside: [][]float64{{4, 4, 9}, {1}}}
	if got := s.ratios(); !slices.Equal(got, []float64{2}) {
		t.Errorf("the ratios are %v", got)
	}
}
