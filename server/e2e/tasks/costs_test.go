//go:build tasks

package tasks

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

var (
	measure     = flag.Bool("measure", false, "write what the tasks cost now to testdata/tasks/costs.md")
	baseProgram = flag.String("base", "", "with -measure: the program before files came and went by themselves, to be measured too")
	jupyterEnv  = flag.String("jupyter", "", "with -measure: a virtual environment with jupyter-mcp-server, to be measured too")
)

// A cost is what a conversation costs: what the model reads, and what it writes.
type cost struct{ Calls, Read, Image, Written, Definitions int }

// tokens is the cost of what the model reads, with four characters to a token.
func (c cost) tokens() int { return (c.Read+c.Definitions)/4 + c.Image }

// add adds a part of the same conversation, whose definitions are read once.
func (c *cost) add(d cost) {
	c.Calls += d.Calls
	c.Read += d.Read
	c.Image += d.Image
	c.Written += d.Written
	c.Definitions = max(c.Definitions, d.Definitions)
}

// cost adds up the calls of a conversation.
func (c *conversation) cost(t *testing.T) cost {
	sum := cost{Definitions: c.agent.Definitions}
	for _, r := range c.replies {
		sum.add(cost{1, r.Characters(), r.ImageTokens(t), r.Sent, 0})
	}
	return sum
}

// shares are what all tasks together may cost, of what they cost elsewhere.
var shares = map[string]float64{"before": 0.6, "jupyter": 0.6}

// TestCosts compares what the tasks cost now with what they cost before files came and
// went by themselves, and with jupyter-mcp-server: see testdata/tasks/costs.md.
func TestCosts(t *testing.T) {
	path := e2etest.Testdata(t, "tasks", "costs.md")
	table := readCosts(t, path)
	columns := map[string]setting{"now": settings(e2etest.Program(t))[1]}
	if *baseProgram != "" {
		columns["before"] = setting{"before", func(t *testing.T, p person) *conversation { return earlier(t, *baseProgram, p) }}
	}
	if *jupyterEnv != "" {
		agent := startJupyter(t, *jupyterEnv)
		columns["jupyter"] = setting{"jupyter", func(t *testing.T, p person) *conversation { return jupyter(t, agent, p) }}
	}
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		for _, k := range readTasks(t) {
			if k.large || slices.Contains(k.not, name) || name != "now" && slices.Contains(k.not, "elsewhere") {
				continue
			}
			t.Run(name+"/"+k.name, func(t *testing.T) {
				if name != "now" {
					k = k.elsewhere()
				}
				table[entry{k.name, name}] = k.play(t, columns[name]).cost(t)
				writeCosts(t, path, table)
			})
		}
	}
	checkShares(t, table)
}

// TestShares holds that the table keeps what it promises. It runs no task.
func TestShares(t *testing.T) { checkShares(t, readCosts(t, e2etest.Testdata(t, "tasks", "costs.md"))) }

// checkShares compares what all tasks cost now with what they cost elsewhere.
func checkShares(t *testing.T, table map[entry]cost) {
	t.Helper()
	for other, share := range shares {
		now, then := totals(table, other)
		t.Logf("now %+v, %d tokens; %s %+v, %d tokens: %.0f %%", now, now.tokens(), other, then, then.tokens(), 100*float64(now.tokens())/float64(then.tokens()))
		if then.Calls == 0 || float64(now.tokens()) > share*float64(then.tokens()) {
			t.Errorf("the tasks cost %d tokens, more than %.0f %% of the %d of %s", now.tokens(), 100*share, then.tokens(), other)
		}
	}
}

// An entry names a cell of the table.
type entry struct{ task, column string }

// totals adds up the tasks that another server can do too, as one conversation.
func totals(table map[entry]cost, other string) (now, then cost) {
	for at, c := range table {
		if at.column == other {
			now.add(table[entry{at.task, "now"}])
			then.add(c)
		}
	}
	return now, then
}

const costsHead = `# What the tasks cost

Written by ` + "`go test -tags tasks ./server/e2e/tasks -run Costs -measure`" + `. Each cell: calls; characters that the model reads
in answers; tokens of pictures (Anthropic's rule); characters that it writes in arguments; characters of instructions and
tools, read once in a conversation.

| task | column | calls | read | pictures | written | definitions |
|---|---|---|---|---|---|---|
`

// writeCosts writes the table, if that is wanted.
func writeCosts(t *testing.T, path string, table map[entry]cost) {
	t.Helper()
	if !*measure {
		return
	}
	if err := os.WriteFile(path, []byte(costsTable(table)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// costsTable is the table as text.
func costsTable(table map[entry]cost) string {
	var b strings.Builder
	b.WriteString(costsHead)
	keys := slices.SortedFunc(maps.Keys(table), func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.task, b.task), cmp.Compare(b.column, a.column))
	})
	for _, k := range keys {
		c := table[k]
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %d | %d | %d |\n", k.task, k.column, c.Calls, c.Read, c.Image, c.Written, c.Definitions)
	}
	return b.String()
}

// readCosts reads the table.
func readCosts(t *testing.T, path string) map[entry]cost {
	t.Helper()
	table := map[entry]cost{}
	data, err := os.ReadFile(path)
	if err != nil && !*measure {
		t.Fatal(err)
	}
	_, rows, _ := strings.Cut(string(data), "|---|---|---|---|---|---|---|\n")
	for line := range strings.Lines(rows) {
		var c cost
		cells := strings.Split(line, " | ")
		if len(cells) != 7 {
			t.Fatalf("%s: %q", path, line)
		}
		_, err := fmt.Sscanf(strings.Join(cells[2:], " "), "%d %d %d %d %d", &c.Calls, &c.Read, &c.Image, &c.Written, &c.Definitions)
		if err != nil {
			t.Fatalf("%s: %q: %v", path, line, err)
		}
		table[entry{strings.TrimPrefix(cells[0], "| "), cells[1]}] = c
	}
	return table
}
