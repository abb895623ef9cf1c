package answers

import (
	"flag"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

var update = flag.Bool("update", false, "write what was answered to the table")

// compare compares answers with those of the table, or writes them. A column that
// has no answers of its own has those of the first one.
func (in *input) compare(t *testing.T, c column, got []e2etest.Section) {
	t.Helper()
	want := in.answers(c.section)
	own := len(want) > 0
	if !own {
		want = in.answers("answer")
	}
	same := len(got) == len(want)
	for i := 0; same && i < len(got); i++ {
		same = equal(got[i].Body, want[i].Body)
	}
	switch {
	case same:
	case *update && (own || c.section == "answer"):
		in.replace(t, c.section, got)
	default:
		var texts []string
		for _, s := range got {
			texts = append(texts, s.Body)
		}
		t.Errorf("%s (%s): another answer than in %s; if it is meant, run the test with -update.\n%s",
			in.name, c.section, in.path, strings.Join(texts, "-- next --\n"))
	}
}

// answers are those of a column, whose sections may name reasons behind a colon.
func (in *input) answers(column string) []e2etest.Section {
	var found []e2etest.Section
	for _, s := range in.sections {
		if name, _, _ := strings.Cut(s.Name, ":"); name == column {
			found = append(found, s)
		}
	}
	return found
}

// replace writes answers to the table, and leaves pictures that are alike as they are.
func (in *input) replace(t *testing.T, column string, got []e2etest.Section) {
	t.Helper()
	n := 0
	for i, s := range in.sections {
		name, _, _ := strings.Cut(s.Name, ":")
		if name != column {
			continue
		}
		in.sections[i].Body = keepPictures(s.Body, got[n].Body)
		n++
	}
	e2etest.WriteSections(t, in.path, in.comment, in.sections)
}

// blocks are the blocks of an answer as the table has it.
func blocks(body string) []string {
	var all []string
	for line := range strings.Lines(body) {
		if strings.HasPrefix(line, mark) {
			all = append(all, strings.TrimPrefix(line, mark))
		} else if len(all) > 0 {
			all[len(all)-1] += line
		}
	}
	return all
}

// equal compares two answers: texts to the letter, pictures as pictures.
func equal(got, want string) bool {
	g, w := blocks(got), blocks(want)
	if len(g) != len(w) {
		return false
	}
	for i := range g {
		if g[i] != w[i] && !alike(g[i], w[i]) {
			return false
		}
	}
	return true
}

// keepPictures is an answer with the old pictures where the new ones are alike.
func keepPictures(old, new string) string {
	before, after := blocks(old), blocks(new)
	for i := range after {
		if i < len(before) && alike(before[i], after[i]) {
			after[i] = before[i]
		}
	}
	if len(after) == 0 {
		return new
	}
	return mark + strings.Join(after, mark)
}
