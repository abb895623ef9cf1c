package notebook

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// restore makes the notebook continue one that encode wrote. What is none of that form
// changes nothing.
func (b *book) restore(data []byte) {
	var earlier struct {
		Cells    []json.RawMessage `json:"cells"`
		Metadata struct {
			State *state `json:"dynamic_sessions"`
		} `json:"metadata"`
	}
	if json.Unmarshal(data, &earlier) != nil || earlier.Metadata.State == nil {
		return
	}
	s := earlier.Metadata.State
	b.runs, b.uploads, b.life, b.left = s.Runs, s.Uploads, s.Life, s.LeftOut
	last := ""
	for _, raw := range earlier.Cells {
		c, ok := readCell(raw)
		if !ok || c.ID == "setup" || c.ID == "left-out" {
			continue
		}
		var one bytes.Buffer
		_ = json.Compact(&one, raw) // it is valid
		if of := belongsTo(c.ID); of != "" && of == last {
			e := &b.entries[len(b.entries)-1]
			e.cells = append(e.cells, one.Bytes())
		} else {
			b.entries = append(b.entries, entry{cells: [][]byte{one.Bytes()}})
		}
		last = c.ID
		b.size += one.Len() + len(",\n")
		b.modified = later(b.modified, c)
	}
}

// belongsTo is the ID of the cell that a cell follows; "" if it stands for itself.
func belongsTo(id string) string {
	for _, end := range []string{"-file", "-reset"} {
		if of, ok := strings.CutSuffix(id, end); ok {
			return of
		}
	}
	return ""
}

// later is the time at which a cell ended, if that is after t.
func later(t time.Time, c cell) time.Time {
	times, _ := c.Metadata["execution"].(map[string]any)
	text, _ := times["shell.execute_reply"].(string)
	if ended, err := time.Parse(time.RFC3339Nano, text); err == nil && ended.After(t) {
		return ended
	}
	return t
}
