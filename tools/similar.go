package tools

import (
	"slices"
	"strings"
)

// closest returns at most n of names, those most like name first.
func closest(name string, names []string, n int) []string {
	type scored struct {
		name  string
		score int
	}
	list := make([]scored, len(names))
	for i, other := range names {
		list[i] = scored{other, distance(fold(name), fold(other))}
		if contains(name, other) {
			list[i].score = 0
		}
	}
	slices.SortStableFunc(list, func(a, b scored) int { return a.score - b.score })
	out := make([]string, 0, n)
	for _, s := range list[:min(n, len(list))] {
		out = append(out, s.name)
	}
	return out
}

// similar reports whether one name is a likely slip for the other.
func similar(a, b string) bool {
	return contains(a, b) || distance(fold(a), fold(b)) <= 2
}

func contains(a, b string) bool {
	a, b = fold(a), fold(b)
	return min(len(a), len(b)) >= 4 && (strings.Contains(a, b) || strings.Contains(b, a))
}

// fold removes what people do not remember of a name. The bound keeps the comparison
// of names that a stranger chose cheap.
func fold(s string) string {
	return strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(s[:min(len(s), 64)]))
}

// distance is the number of bytes to insert, delete or replace to get from a to
// b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
