package notebook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
)

const stepCount = 2

// A book is the notebook of one session. The caller holds its lock.
type book struct {
	entries  []entry
	size     int            // bytes of the entries
	smaller  [stepCount]int // the entries before are those of which each step has left out what it can
	runs     int
	uploads  int
	left     leftOut
	modified time.Time
	chance   chance
	// current and retired are the last incarnations of the session.
	current, retired string
	life             int // sessions that there were, from 1
}

// An entry is what belongs together: the cells of a run, of an upload, of a restart.
type entry struct {
	cells [][]byte
	bare  bool // it has neither outputs nor contents
}

func (e entry) size() (n int) {
	for _, c := range e.cells {
		n += len(c) + len(",\n")
	}
	return n
}

// leftOut is what a notebook has no room for.
type leftOut struct {
	Runs    int `json:"runs"`    // without outputs
	Uploads int `json:"uploads"` // without contents
	Cells   int `json:"cells"`   // not there at all
}

// ran adds a run, and returns what others are to know of it.
func (b *book) ran(r Run) Told {
	rollback := rollbackOf(r.Outcome)
	if rollback != nil && rollback.Why != "" { // before this run
		b.rollBack(rollback)
		rollback = nil
	}
	b.runs++
	replaced := b.observe(r.Outcome)
	if cells := restartCells(r.Outcome, replaced, b.runs); cells != nil {
		b.chance.forget()
		b.add(cells...)
	}
	told := Told{Number: b.runs, Life: b.life, Varies: b.chance.varies(r.Code, r.Outcome)}
	b.add(runCell(r, b.runs, told.Varies))
	b.rollBack(rollback)
	b.modified = r.Began.Add(r.Took)
	return told
}

func rollbackOf(x *sessions.Execution) *sessions.Rollback {
	if x == nil {
		return nil
	}
	return x.Rollback
}

// observe notes the session's incarnation, and reports whether it is another than
// before.
func (b *book) observe(x *sessions.Execution) (replaced bool) {
	b.life = max(b.life, 1)
	if x == nil || x.Incarnation == "" || x.Incarnation == b.current || x.Incarnation == b.retired {
		return false
	}
	replaced = b.current != "" || b.runs > 1 && x.NewSession
	b.retired, b.current = b.current, x.Incarnation
	if replaced {
		b.life++
	}
	return replaced
}

func (b *book) uploaded(u Upload) Told {
	b.uploads++
	b.life = max(b.life, 1)
	b.add(uploadCells(u, b.uploads)...)
	b.modified = u.Stored
	return Told{Number: b.uploads, Life: b.life}
}

func (b *book) add(cells ...cell) {
	e := entry{bare: true}
	for _, c := range cells {
		e.cells = append(e.cells, marshal(c))
		e.bare = e.bare && (c.execution == nil || len(c.Outputs) == 0 && c.Metadata["jupyter"] == nil)
	}
	b.entries = append(b.entries, e)
	b.size += e.size()
}

// steps are the ways to make an entry smaller, in the order in which they are tried.
var steps = [stepCount]func(*book, *entry){(*book).dropOutputs, (*book).dropContent}

// shrink leaves out the oldest things until the notebook has at most limit bytes.
func (b *book) shrink(limit int) {
	for step, drop := range steps {
		for at := &b.smaller[step]; *at < len(b.entries); *at++ {
			if b.size <= limit {
				return
			}
			if e := &b.entries[*at]; !e.bare {
				before := e.size()
				drop(b, e)
				b.size += e.size() - before
			}
		}
	}
	gone := 0
	for ; gone < len(b.entries) && b.size > limit; gone++ {
		b.size -= b.entries[gone].size()
		b.left.Cells += len(b.entries[gone].cells)
	}
	clear(b.entries[:gone])
	b.entries = b.entries[gone:]
	for step := range b.smaller {
		b.smaller[step] = max(0, b.smaller[step]-gone)
	}
}

// dropOutputs leaves out the outputs of a run, and says so.
func (b *book) dropOutputs(e *entry) {
	for i, data := range e.cells {
		if c, ok := readCell(data); ok && c.execution != nil && len(c.Outputs) > 0 {
			c.Outputs = []json.RawMessage{note("the outputs of this run were left out: the notebook keeps at most " + prose.Size(maxBook))}
			c.Metadata["tags"] = append(tagsOf(c), "nbval-ignore-output")
			e.cells[i] = marshal(c)
			b.left.Runs++
		}
	}
}

// dropContent leaves out the code that makes an uploaded file.
func (b *book) dropContent(e *entry) {
	if len(e.cells) != 2 {
		return
	}
	if c, ok := readCell(e.cells[1]); ok && strings.HasPrefix(c.ID, "upload-") {
		about, _ := readCell(e.cells[0])
		about.Source = append(about.Source, " It was left out: put it into the folder of the files yourself.")
		e.cells = [][]byte{marshal(about)}
		b.left.Uploads++
	}
}

func readCell(data []byte) (c cell, ok bool) {
	c.execution = &execution{}
	err := json.Unmarshal(data, &c)
	if c.Type == "markdown" {
		c.execution = nil
	}
	return c, err == nil && c.Metadata != nil
}

func tagsOf(c cell) []any {
	tags, _ := c.Metadata["tags"].([]any)
	return tags
}

// cells are all cells, with those that every notebook begins with.
func (b *book) cells() [][]byte {
	all := [][]byte{marshal(setupCell())}
	if b.left.Cells > 0 {
		text := fmt.Sprintf("**%s left out here**: the notebook keeps at most %s.", prose.Count(b.left.Cells, "cell was", "cells were"), prose.Size(maxBook))
		all = append(all, marshal(markdownCell("left-out", text)))
	}
	for _, e := range b.entries {
		all = append(all, e.cells...)
	}
	return all
}

// state is what the metadata of a notebook say of it beside what Jupyter reads.
type state struct {
	Runs    int     `json:"runs"`
	Uploads int     `json:"uploads"`
	Life    int     `json:"sessions"`
	LeftOut leftOut `json:"left_out"`
}

// metadata are those of the notebook, for a version of Python.
func (b *book) metadata(python string) json.RawMessage {
	language := map[string]any{"name": "python", "file_extension": ".py", "mimetype": "text/x-python", "pygments_lexer": "ipython3"}
	if python != "" {
		language["version"] = python
	}
	return marshal(map[string]any{
		"kernelspec":       map[string]any{"display_name": "Python 3", "language": "python", "name": "python3"},
		"language_info":    language,
		"dynamic_sessions": state{b.runs, b.uploads, b.life, b.left},
	})
}

// encode writes cells and metadata as a notebook, with a line for each cell.
func encode(cells [][]byte, metadata []byte) []byte {
	var out bytes.Buffer
	out.WriteString("{\"cells\":[\n")
	out.Write(bytes.Join(cells, []byte(",\n")))
	out.WriteString("\n],\"metadata\":")
	out.Write(metadata)
	out.WriteString(",\"nbformat\":4,\"nbformat_minor\":5}\n")
	return out.Bytes()
}
