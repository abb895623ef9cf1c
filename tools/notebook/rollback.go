package notebook

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
)

// rollBack records that the interpreter went back to what it was before the last runs:
// their cells are not to be run again, and one after them says so. One whose outcome is not
// known yet is recorded with the next run.
func (b *book) rollBack(r *sessions.Rollback) {
	if r == nil || r.Pending {
		return
	}
	b.skip(r.Runs)
	b.chance.reseed()
	id := fmt.Sprintf("rollback-%d", b.runs)
	if r.Why != "" {
		id = fmt.Sprintf("rollback-before-%d", b.runs+1)
	}
	b.add(markdownCell(id, rolledBack(r)))
}

func rolledBack(r *sessions.Rollback) string {
	why := ""
	if r.Why != "" {
		why = ", because " + prose.Line(string(r.Why), 200)
	}
	return "**Rolled back** to " + r.Point() + why + ": variables and imports are as they were then, files were kept."
}

// skip marks the cells of the last runs as ones that are not run again.
func (b *book) skip(runs int) {
	for i := range slices.Backward(b.entries) {
		e := &b.entries[i]
		before := e.size()
		for j, data := range e.cells {
			switch n := runNumber(data); {
			case n > b.runs-runs:
				e.cells[j] = skipped(data)
			case n > 0:
				return // those before are of earlier runs
			}
		}
		b.size += e.size() - before
	}
}

// runNumber is the number of the run that a cell is of, 0 if it is of none.
func runNumber(data []byte) int {
	c, ok := readCell(data)
	number, isRun := strings.CutPrefix(c.ID, "run-")
	n, err := strconv.Atoi(number)
	if !ok || !isRun || err != nil {
		return 0
	}
	return n
}

func skipped(data []byte) []byte {
	c, _ := readCell(data)
	tags := tagsOf(c)
	if slices.Contains(tags, any("skip-execution")) {
		return data
	}
	c.Metadata["tags"] = append(tags, "skip-execution")
	return marshal(c)
}
