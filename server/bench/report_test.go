package bench

import (
	stdbytes "bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// someReport has a row of each kind.
func someReport() report {
	rows := map[string]measurement{}
	for _, m := range measurements() {
		rows[m.name] = m
	}
	of := func(name string, quiet, loaded samples) result {
		m := rows[name]
		return result{measurement: m, Name: m.name, Title: m.title, Bytes: m.bytes, Quiet: quiet, Loaded: loaded}
	}
	return report{
		Machine: machine{CPU: "A CPU", Cores: 2, Memory: 8e9, Kernel: "Linux 6.1 amd64", Load: "0.10", Program: "dynamic-sessions-mcp v1", Date: time.Date(2026, 11, 27, 2, 3, 0, 0, time.UTC)},
		Pairs:   3, Load: 4, Sandbox: true,
		Results: []result{
			of("imports", samples{Labels: []string{"docx", "sympy", "docx"}, Outside: [][]float64{{0.02}, {0.2}, {0.04}}, Inside: [][]float64{{0.03}, {0.2}, {0.03}}}, samples{}),
			of("warm", samples{Inside: [][]float64{{0.001, 0.002}, {0.003}}}, samples{Inside: [][]float64{{0.002}}, Problem: "ended | early"}),
			of("memory", samples{Inside: [][]float64{{90e6}, {100e6}, {110e6}}}, samples{}),
			of("wake", samples{Problem: "without isolation\nsessions do not hibernate"}, samples{}),
			of("rest-up", samples{Outside: [][]float64{{0.1}}, Inside: [][]float64{{0.2}}}, samples{}),
		},
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	const want = `A CPU; 2 cores; 8 GB of memory; Linux 6.1 amd64; load 0.10 at the start; dynamic-sessions-mcp v1; 27 November 2026, 02:03 UTC

| | outside | inside | ratio | outside, load 4 | inside, load 4 | ratio, load 4 |
|---|---|---|---|---|---|---|
| first imports of nine libraries, together | 230 ms | 230 ms | 1.00 (0.88–1.25) | — | — | — |
| warm call, ` + "`6 * 7`" + ` through MCP over stdio, p50 / p99 | — | 2.0 ms / 3.0 ms | — | — | 2.0 ms / 2.0 ms | — |
| one more idle session | — | 100 MB (95–105 MB) | — | — | — | — |
| waking a hibernated session | | not measured: without isolation sessions do not hibernate | | — | — | — |
| 100 MB up through REST | 1 GB/s | 500 MB/s | 2.00 | — | — | — |

Medians of 3 pairs, inside and outside in turn; a ratio is that of the times of a pair, inside / outside, as
median with quartiles. Where there is no outside, the brackets have the quartiles of inside. Outside is a plain process of
the same interpreter with the same packages, in a session of its own. Beside load there are a
third as many pairs, but for imports, prints and warm calls; load is 4 processes that compute, in one session of their own.

- warm call, ` + "`6 * 7`" + ` through MCP over stdio, p50 / p99: ended after 1 pair beside load: ended | early

| imports | outside | inside | ratio | outside, load 4 | inside, load 4 | ratio, load 4 |
|---|---|---|---|---|---|---|
| docx | 30 ms | 30 ms | 1.12 (0.94–1.31) | — | — | — |
| sympy | 200 ms | 200 ms | 1.00 | — | — | — |
`
	if got := someReport().markdown(false); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestShortReport(t *testing.T) {
	t.Parallel()
	const want = `
| | here | beside 4 busy processes |
|---|---|---|
| first imports of nine libraries, together | 230 ms, 1.00 × outside | — |
| warm call, ` + "`6 * 7`" + ` through MCP over stdio, p50 / p99 | 2.0 ms / 3.0 ms | 2.0 ms / 2.0 ms |
| one more idle session | 100 MB | — |
| waking a hibernated session | not measured: without isolation sessions do not hibernate | — |
| 100 MB up through REST | 500 MB/s, 2.00 × outside | — |

The run was interrupted: this is what was measured until then.
`
	r := someReport()
	r.Interrupted = true
	if got := r.markdown(true); !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s\nwant at its end\n%s", got, want)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	var out stdbytes.Buffer
	r := someReport()
	r.Curves = []curveResult{{Name: "curve-output", Points: []point{{At: 1e3, Values: map[string][]float64{"time": {0.1, 0.2}}}}}}
	if err := r.writeJSON(&out); err != nil {
		t.Fatal(err)
	}
	var got report
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Results) != 5 || got.Results[0].Quiet.Outside[2][0] != 0.04 || got.Results[4].Bytes != 100e6 ||
		got.Curves[0].Points[0].median("time") != 0.15000000000000002 || got.Machine.CPU != "A CPU" {
		t.Errorf("got %s", out.String())
	}
}

func TestTableCells(t *testing.T) {
	t.Parallel()
	got := table{head: []string{"", "a"}, rows: [][]string{{"x|y", "one\ntwo\x1b[0m"}, {strings.Repeat("ä", 400), ""}}}.String()
	want := "| | a |\n|---|---|\n| x\\|y | one two [0m |\n| " + strings.Repeat("ä", 300) + " … | |\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
