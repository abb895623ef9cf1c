package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// A report is all that a run has found.
type report struct {
	Machine machine       `json:"machine"`
	Pairs   int           `json:"pairs"`
	Load    int           `json:"load"` // busy processes; 0 for none
	Sandbox bool          `json:"sandbox"`
	Results []result      `json:"results,omitempty"`
	Curves  []curveResult `json:"curves,omitempty"`
	Peers   string        `json:"peers,omitempty"` // a table of testdata/peers
	// Interrupted says that the run ended before its time.
	Interrupted bool `json:"interrupted,omitempty"`
}

// writeJSON writes everything, with each single value: times in seconds, amounts in
// bytes.
func (r report) writeJSON(to io.Writer) error {
	encoder := json.NewEncoder(to)
	encoder.SetIndent("", " ")
	return encoder.Encode(r)
}

// markdown writes the report for people, in its short form if asked to.
func (r report) markdown(short bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", r.Machine)
	if len(r.Results) > 0 {
		b.WriteString("\n")
		if short {
			b.WriteString(r.shortTable().String())
		} else {
			b.WriteString(r.fullTable().String())
			b.WriteString("\n" + r.legend())
			b.WriteString(r.details())
		}
	}
	for _, c := range r.Curves {
		fmt.Fprintf(&b, "\n%s", c)
	}
	if r.Peers != "" {
		fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(r.Peers))
	}
	if r.Interrupted {
		b.WriteString("\nThe run was interrupted: this is what was measured until then.\n")
	}
	return b.String()
}

// fullTable has a row for each measurement.
func (r report) fullTable() table {
	t := table{head: []string{"", "outside", "inside", "ratio"}}
	if r.Load > 0 {
		with := fmt.Sprintf(", load %d", r.Load)
		t.head = append(t.head, "outside"+with, "inside"+with, "ratio"+with)
	}
	for _, each := range r.Results {
		row := append([]string{each.Title}, each.measurement.cells(each.Quiet)...)
		if r.Load > 0 {
			row = append(row, each.measurement.cells(each.Loaded)...)
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// shortTable has a column for each phase.
func (r report) shortTable() table {
	t := table{head: []string{"", "here"}}
	if r.Load > 0 {
		t.head = append(t.head, "beside "+plural(r.Load, "busy process"))
	}
	for _, each := range r.Results {
		row := []string{each.Title, each.measurement.shortCell(each.Quiet)}
		if r.Load > 0 {
			row = append(row, each.measurement.shortCell(each.Loaded))
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// legend says how to read the table.
func (r report) legend() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Medians of %s, inside and outside in turn; a ratio is that of the times of a pair, inside / outside, as\n"+
		"median with quartiles. Where there is no outside, the brackets have the quartiles of inside. Outside is a plain process of\n"+
		"the same interpreter with the same packages, in a session of its own.", plural(r.Pairs, "pair"))
	if r.Load > 0 {
		fmt.Fprintf(&b, " Beside load there are a\nthird as many pairs, but for imports, prints and warm calls; load is %s that compute, in one session of their own.", plural(r.Load, "process"))
	}
	if !r.Sandbox {
		b.WriteString(" Inside is not isolated (--isolation=none).")
	}
	b.WriteString("\n")
	for _, each := range r.Results {
		if each.Note != "" {
			fmt.Fprintf(&b, "\n- %s: %s", each.Title, each.Note)
		}
		if each.Quiet.Problem != "" && len(each.Quiet.Inside) > 0 {
			fmt.Fprintf(&b, "\n- %s: ended after %s: %s", each.Title, plural(len(each.Quiet.Inside), "pair"), oneLine(each.Quiet.Problem))
		}
		if each.Loaded.Problem != "" && len(each.Loaded.Inside) > 0 {
			fmt.Fprintf(&b, "\n- %s: ended after %s beside load: %s", each.Title, plural(len(each.Loaded.Inside), "pair"), oneLine(each.Loaded.Problem))
		}
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}
