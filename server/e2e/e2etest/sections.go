package e2etest

import (
	"os"
	"strings"
	"testing"
)

// A Section is a part of a text file that begins with a line like "-- run --", as in
// Go's txtar format.
type Section struct{ Name, Body string }

// ReadSections reads a file, and returns what stands before the first section too.
func ReadSections(tb testing.TB, path string) (comment string, sections []Section) {
	tb.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		name, marked := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "-- ")
		name, ended := strings.CutSuffix(name, " --")
		switch n := len(sections); {
		case marked && ended:
			sections = append(sections, Section{Name: name})
		case n == 0:
			comment += line
		default:
			sections[n-1].Body += line
		}
	}
	return comment, sections
}

// WriteSections writes what ReadSections reads.
func WriteSections(tb testing.TB, path, comment string, sections []Section) {
	tb.Helper()
	var b strings.Builder
	b.WriteString(comment)
	for _, s := range sections {
		b.WriteString("-- " + s.Name + " --\n" + s.Body)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		tb.Fatal(err)
	}
}
