package prose

import (
	"slices"
	"testing"
)

func TestCompareNatural(t *testing.T) {
	t.Parallel()
	want := []string{"a", "a1", "a2.csv", "a02b", "a10.csv", "B", "b2/x", "b10/a", "plot 9", "plot 10", "plot 10 b", "ü"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, CompareNatural)
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// FuzzCompareNatural asserts that the order is one.
func FuzzCompareNatural(f *testing.F) {
	f.Add("a1", "a01", "a2")
	f.Add("A", "a", "1")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if CompareNatural(a, b) != -CompareNatural(b, a) || (CompareNatural(a, b) == 0) != (a == b) {
			t.Errorf("%q and %q", a, b)
		}
		if CompareNatural(a, b) < 0 && CompareNatural(b, c) < 0 && CompareNatural(a, c) >= 0 {
			t.Errorf("%q, %q, %q", a, b, c)
		}
	})
}
