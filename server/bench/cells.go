package bench

import (
	"fmt"
	"strings"
)

// cell writes what stands for the values of one side.
func (m measurement) cell(s samples, side [][]float64) string {
	values := pooled(side)
	switch {
	case len(values) == 0:
		return "—"
	case m.show == showSum:
		return m.write(s.sumOfMedians(side))
	case m.show == showPercentile:
		return m.write(median(values)) + " / " + m.write(quantile(values, 0.99))
	}
	return m.write(median(values))
}

// cells are the three cells of a phase. Where there is nothing to compare with, the
// spread is that of the values inside.
func (m measurement) cells(s samples) []string {
	switch {
	case len(s.Inside) == 0 && s.Problem != "":
		return []string{"", "not measured: " + s.Problem, ""}
	case len(s.Outside) > 0:
		return []string{m.cell(s, s.Outside), m.cell(s, s.Inside), withSpread(s.ratios(), times)}
	case len(s.Inside) > 0 && m.show == showMedian:
		return []string{"—", withSpread(pooled(s.Inside), m.write), "—"}
	}
	return []string{"—", m.cell(s, s.Inside), "—"}
}

// shortCell is the time inside and how many times that is of the one outside.
func (m measurement) shortCell(s samples) string {
	switch {
	case len(s.Inside) == 0 && s.Problem != "":
		return "not measured: " + s.Problem
	case len(s.Outside) == 0:
		return m.cell(s, s.Inside)
	}
	return m.cell(s, s.Inside) + ", " + times(median(s.ratios())) + " × outside"
}

// details are tables of the rows that add things up.
func (r report) details() string {
	var b strings.Builder
	for _, each := range r.Results {
		if each.measurement.show == showSum && len(each.Quiet.Inside) > 0 {
			fmt.Fprintf(&b, "\n%s", r.partsTable(each))
		}
	}
	return b.String()
}

// partsTable has a row for each label of a measurement.
func (r report) partsTable(each result) table {
	full := r.fullTable()
	t := table{head: append([]string{each.Name}, full.head[1:]...)}
	labels, _ := each.Quiet.byLabel(each.Quiet.Inside)
	part := each.measurement
	part.show = showMedian
	for _, label := range labels {
		row := append([]string{label}, part.cells(each.Quiet.only(label))...)
		if r.Load > 0 {
			row = append(row, part.cells(each.Loaded.only(label))...)
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// only returns the samples of one label.
func (s samples) only(label string) (part samples) {
	for i, each := range s.Labels {
		if each != label {
			continue
		}
		if i < len(s.Outside) {
			part.Outside = append(part.Outside, s.Outside[i])
		}
		part.Inside = append(part.Inside, s.Inside[i])
	}
	return part
}
