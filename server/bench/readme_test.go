package bench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// firstCells returns the first cell of each row of the table below a heading.
func firstCells(text, heading string) (cells []string) {
	_, text, _ = strings.Cut(text, "\n"+heading+"\n")
	for line := range strings.Lines(text) {
		switch {
		case strings.HasPrefix(line, "| "):
			cells = append(cells, strings.TrimSpace(strings.Split(line, "|")[1]))
		case len(cells) > 0 && !strings.HasPrefix(line, "|"):
			return cells
		}
	}
	return cells
}

// TestREADMEHasTheShortTable: the table of the README is what bench --short prints,
// row by row, and that of the notebook what bench prints.
func TestREADMEHasTheShortTable(t *testing.T) {
	t.Parallel()
	short, full := []string{""}, []string{""}
	for _, m := range measurements() {
		full = append(full, m.title)
		if m.short {
			short = append(short, m.title)
		}
	}
	for _, tt := range []struct {
		file, heading string
		want          []string
	}{
		{"README.md", "## Numbers", short},
		{"docs/measurements.md", "## Everything, side by side", full},
	} {
		if got := firstCells(document(t, tt.file), tt.heading); strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
			t.Errorf("the table of %s has the rows\n%s\nbut bench prints\n%s", tt.file, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
		}
	}
}
