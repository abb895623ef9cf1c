package notebook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
)

const id sessions.ID = "0123456789abcdef0123456789abcdef"

// A decoded notebook, as far as tests look at it.
type decoded struct {
	Cells []struct {
		Type     string         `json:"cell_type"`
		ID       string         `json:"id"`
		Source   []string       `json:"source"`
		Count    *int           `json:"execution_count"`
		Metadata map[string]any `json:"metadata"`
		Outputs  []struct {
			Type      string                     `json:"output_type"`
			Name      string                     `json:"name"`
			Text      []string                   `json:"text"`
			Data      map[string]json.RawMessage `json:"data"`
			Error     string                     `json:"ename"`
			Traceback []string                   `json:"traceback"`
		} `json:"outputs"`
	} `json:"cells"`
	Format int `json:"nbformat"`
	Minor  int `json:"nbformat_minor"`
}

func decode(t *testing.T, data []byte) decoded {
	t.Helper()
	var d decoded
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatalf("%v in %.300s", err, data)
	}
	if d.Format != 4 || d.Minor != 5 || len(d.Cells) == 0 || d.Cells[0].ID != "setup" {
		t.Fatalf("not a notebook: %.300s", data)
	}
	seen := map[string]bool{}
	for _, c := range d.Cells {
		if seen[c.ID] || c.ID == "" || len(c.ID) > 64 {
			t.Errorf("the ID %q is there twice, or none", c.ID)
		}
		seen[c.ID] = true
	}
	return d
}

func ran(code string, x *sessions.Execution) Run {
	return Run{Code: code, Began: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Took: time.Second, Outcome: x}
}

func succeeded() *sessions.Execution { return &sessions.Execution{Status: sessions.Succeeded} }

// TestOutputs: all outputs are there, in the order of the program, in all their forms.
func TestOutputs(t *testing.T) {
	t.Parallel()
	s := NewStore(Options{Python: "3.14.6"})
	x := succeeded()
	x.Stdout, x.Stderr, x.Text = "a\nb\n", "oh", "Frame"
	x.Displays = []sessions.Display{
		{Data: map[string][]byte{"image/png": {0x89, 'P'}, "text/plain": []byte("<Figure>"), sessions.MIMESummary: []byte("a figure")}},
		{Data: map[string][]byte{"text/html": []byte("<b>1</b>\n<i>2</i>"), "text/plain": []byte("Frame"), "application/json": []byte(`{"a":[1]}`)}},
	}
	x.Outputs = []sessions.Output{
		{Source: sessions.SourceStdout, End: 2}, {Source: sessions.SourceDisplay}, {Source: sessions.SourceStderr, End: 2},
		{Source: sessions.SourceStdout, Start: 2, End: 4}, {Source: sessions.SourceDisplay, Display: 1},
	}
	s.Ran(id, ran("code\nframe", x))
	d := decode(t, s.Encode(id))
	c := d.Cells[1]
	var got []string
	for _, o := range c.Outputs {
		forms := []string{}
		for kind, value := range o.Data {
			forms = append(forms, kind+"="+string(value))
		}
		slices.Sort(forms)
		got = append(got, o.Type+" "+o.Name+" "+strings.Join(o.Text, "|")+strings.Join(forms, " "))
	}
	want := []string{
		"stream stdout a\n",
		`display_data  image/png="iVA=" text/plain=["<Figure>"]`,
		"stream stderr oh",
		"stream stdout b\n",
		`execute_result  application/json={"a":[1]} text/html=["<b>1</b>\n","<i>2</i>"] text/plain=["Frame"]`,
	}
	for i := range want {
		want[i] = strings.ReplaceAll(want[i], "</b>\n", `</b>\n`)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
	if c.Type != "code" || c.Count == nil || *c.Count != 1 || strings.Join(c.Source, "") != "code\nframe" {
		t.Errorf("the cell: %+v", c)
	}
	times := fmt.Sprint(c.Metadata["execution"])
	if !strings.Contains(times, "2026-01-02T03:04:05.000000Z") || !strings.Contains(times, "2026-01-02T03:04:06.000000Z") {
		t.Errorf("times: %s", times)
	}
	if _, ok := c.Metadata["tags"]; ok {
		t.Errorf("tags: %v", c.Metadata)
	}
}

// TestLate: what earlier runs left behind stands before the outputs of the run that was told.
func TestLate(t *testing.T) {
	t.Parallel()
	s := NewStore(Options{Python: "3.14.6"})
	x := succeeded()
	x.Stdout, x.Displays = "own\n", []sessions.Display{{Data: map[string][]byte{"text/plain": []byte("own")}}}
	x.Late = []sessions.LateOutput{
		{Number: 3, Text: "tick\n", Total: 5005, Displays: []sessions.Display{{Data: map[string][]byte{"image/png": {0x89, 'P'}}}}, DisplaysDropped: 2},
		{Text: "bytes", Total: 5},
	}
	s.Ran(id, ran("1", x))
	c := decode(t, s.Encode(id)).Cells[1]
	var got []string
	for _, o := range c.Outputs {
		got = append(got, o.Type+" "+strings.Join(o.Text, "|")+string(o.Data["text/plain"])+string(o.Data["image/png"]))
	}
	want := []string{
		`display_data "[Output of run 3 of the session, after its end, without the first 5000 bytes, without 2 pictures]"`,
		"stream tick\n", `display_data "iVA="`, `display_data "[Output of earlier code, after its end]"`, "stream bytes", "stream own\n", `display_data ["own"]`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
	if tags := fmt.Sprint(c.Metadata["tags"]); !strings.Contains(tags, "nbval-ignore-output") {
		t.Errorf("tags: %s", tags)
	}
}

// TestEndings: how a run ended is an output, and a tag says what nbconvert is to do.
func TestEndings(t *testing.T) {
	t.Parallel()
	raised := &sessions.Execution{Status: sessions.Failed, Error: &sessions.PythonError{Name: "ValueError", Message: "no", Traceback: "Traceback\nValueError: no\n"}}
	for name, tt := range map[string]struct {
		x             *sessions.Execution
		tag, ename    string
		lastTraceback string
	}{
		"raised":  {raised, "raises-exception", "ValueError", "ValueError: no"},
		"died":    {&sessions.Execution{Status: sessions.Died}, "skip-execution", "Ended", "The run ended: died."},
		"unknown": {nil, "skip-execution", "Ended", "The outcome of this run is not known."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := NewStore(Options{})
			s.Ran(id, ran("x", tt.x))
			c := decode(t, s.Encode(id)).Cells[1]
			if len(c.Outputs) != 1 || c.Outputs[0].Error != tt.ename || c.Outputs[0].Traceback[len(c.Outputs[0].Traceback)-1] != tt.lastTraceback {
				t.Errorf("outputs: %+v", c.Outputs)
			}
			if fmt.Sprint(c.Metadata["tags"]) != "["+tt.tag+"]" {
				t.Errorf("tags: %v", c.Metadata["tags"])
			}
		})
	}
}

// TestRestarts: a new interpreter and a new session are said before the run, and its
// number goes on.
func TestRestarts(t *testing.T) {
	t.Parallel()
	s := NewStore(Options{})
	for _, x := range []*sessions.Execution{
		{Status: sessions.Succeeded, Incarnation: "a"},
		{Status: sessions.Succeeded, Incarnation: "a", Restart: sessions.RestartMemory},
		{Status: sessions.Succeeded, Incarnation: "b"},
		{Status: sessions.Succeeded, Incarnation: "a"}, // it comes late
	} {
		s.Ran(id, ran("x", x))
	}
	var got []string
	for _, c := range decode(t, s.Encode(id)).Cells[1:] {
		got = append(got, c.ID)
	}
	want := []string{"run-1", "restart-2", "restart-2-reset", "run-2", "restart-3", "restart-3-reset", "run-3", "run-4"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestUploads: a small file is in the notebook, of a large one its hash is, and no name
// means anything in Markdown or Python.
func TestUploads(t *testing.T) {
	t.Parallel()
	s := NewStore(Options{})
	hostile := "a`b'\"\\<script>/é😀.csv"
	for name, size := range map[string]int{hostile: 3, "large.bin": maxEmbedded + 1} {
		r := Read(bytes.NewReader(bytes.Repeat([]byte("x"), size)))
		if _, err := io.CopyN(io.Discard, r, 2); err != nil { // a pool that tries again
			t.Fatal(err)
		}
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			t.Fatal(err)
		}
		u := r.Upload(name)
		if u.Size != int64(size) || (u.Content == nil) != (size > maxEmbedded) {
			t.Errorf("%d bytes: %+v", size, u.Size)
		}
		s.Uploaded(id, u)
	}
	all := string(s.Encode(id))
	d := decode(t, []byte(all))
	if len(d.Cells) != 4 {
		t.Fatalf("%d cells", len(d.Cells))
	}
	for _, c := range d.Cells[1:] {
		text := strings.Join(c.Source, "")
		switch {
		case c.Type == "code":
			if !strings.Contains(text, `_store("a`+"`"+`b'\"\\<script>/\u00e9\U0001f600.csv",`) || !strings.Contains(text, "'eHh4'") {
				t.Errorf("code: %s", text)
			}
		case strings.Contains(text, "large.bin"):
			if !strings.Contains(text, "too large") {
				t.Errorf("of the large file: %s", text)
			}
		case !strings.Contains(text, "`` a`b"):
			t.Errorf("the name in Markdown: %s", text)
		}
	}
}

// TestBounds: what a notebook has no room for is left out from the oldest on, and said.
func TestBounds(t *testing.T) {
	t.Parallel()
	s := NewStore(Options{})
	for i := range 40 {
		x := succeeded()
		x.Stdout = strings.Repeat("y", 300<<10)
		x.Displays = []sessions.Display{{Data: map[string][]byte{"image/png": bytes.Repeat([]byte{byte(i)}, 700<<10), "text/plain": []byte("<Figure>")}}}
		s.Ran(id, ran(fmt.Sprintf("n = %d", i), x))
	}
	data := s.Encode(id)
	if len(data) > maxBook+8192 {
		t.Errorf("%d bytes", len(data))
	}
	d := decode(t, data)
	first, last := d.Cells[1], d.Cells[len(d.Cells)-1]
	if len(d.Cells) != 41 || len(first.Outputs) != 1 || !strings.Contains(string(first.Outputs[0].Data["text/plain"]), "were left out") {
		t.Errorf("%d cells, the first: %.300v", len(d.Cells), first)
	}
	if len(last.Outputs) != 2 || len(last.Outputs[1].Data["image/png"]) < 900<<10 || !strings.Contains(strings.Join(last.Outputs[0].Text, ""), "left out of the notebook") {
		t.Errorf("the last has %d outputs", len(last.Outputs))
	}
	x := succeeded()
	x.Displays = []sessions.Display{{Data: map[string][]byte{"text/html": bytes.Repeat([]byte("z"), 2<<20), "text/plain": []byte("Chart")}}}
	s.Ran(id, ran("chart", x))
	d = decode(t, s.Encode(id))
	if out := d.Cells[len(d.Cells)-1].Outputs[0]; len(out.Data) != 1 || !strings.Contains(string(out.Data["text/plain"]), "text/html, 2097152 bytes") {
		t.Errorf("a display that is too large: %.300s", out.Data)
	}
}

// TestManyCells: when code alone is too much, the oldest cells go.
func TestManyCells(t *testing.T) {
	t.Parallel()
	s := NewStore(Options{})
	for range 30 {
		s.Ran(id, ran("#"+strings.Repeat("x", 1<<20), succeeded()))
	}
	d := decode(t, s.Encode(id))
	if d.Cells[1].ID != "left-out" || !strings.Contains(d.Cells[1].Source[0], "15 cells were left out") || d.Cells[len(d.Cells)-1].ID != "run-30" {
		t.Errorf("%d cells: %.200v", len(d.Cells), d.Cells[1])
	}
}

// TestAllBooks: the notebook that was unused for the longest gives way.
func TestAllBooks(t *testing.T) {
	t.Parallel()
	s := NewStore(Options{})
	for i := range 10 {
		for range 14 {
			s.Ran(sessions.ID(fmt.Sprint("session", i)), ran("#"+strings.Repeat("x", 1<<20), succeeded()))
		}
	}
	if s.total > maxBooks {
		t.Errorf("%d bytes", s.total)
	}
	if d := decode(t, s.Encode("session0")); len(d.Cells) != 2 || d.Cells[1].ID != "left-out" {
		t.Errorf("the first has %d cells", len(d.Cells))
	}
	if d := decode(t, s.Encode("session9")); len(d.Cells) != 15 {
		t.Errorf("the last has %d cells", len(d.Cells))
	}
	s.Forget("session9")
	if d := decode(t, s.Encode("session9")); len(d.Cells) != 1 {
		t.Errorf("a forgotten one has %d cells", len(d.Cells))
	}
}

// TestRestored: a store goes on with the notebook of an earlier one, to the byte, and
// knows what it may leave out of it.
func TestRestored(t *testing.T) {
	t.Parallel()
	before := NewStore(Options{Python: "3.14.6"})
	before.Uploaded(id, Upload{Name: "a.csv", Size: 1, Content: []byte("x"), Stored: time.Now()})
	before.Ran(id, ran("<a> & b", &sessions.Execution{Status: sessions.Succeeded, Text: "<b>", Incarnation: "a"}))
	before.Ran(id, ran("c", &sessions.Execution{Status: sessions.Succeeded, Restart: sessions.RestartDied, Incarnation: "a"}))
	data := before.Encode(id)
	after := NewStore(Options{Python: "3.14.6", Earlier: func(sessions.ID) []byte { return data }})
	if got := after.Encode(id); !bytes.Equal(got, data) {
		t.Errorf("got\n%s, want\n%s", got, data)
	}
	if got, want := len(after.open(id).book.entries), len(before.open(id).book.entries); got != want {
		t.Errorf("%d entries, want %d", got, want)
	}
	after.Ran(id, ran("d", &sessions.Execution{Status: sessions.Succeeded, Incarnation: "b", NewSession: true}))
	d := decode(t, after.Encode(id))
	if n := len(d.Cells); d.Cells[n-1].ID != "run-3" || d.Cells[n-3].ID != "restart-3" {
		t.Errorf("the last cells: %+v", d.Cells[n-3:])
	}
	broken := NewStore(Options{Earlier: func(sessions.ID) []byte { return data[:len(data)/2] }})
	if d := decode(t, broken.Encode(id)); len(d.Cells) != 1 {
		t.Errorf("a broken one has %d cells", len(d.Cells))
	}
}

// TestVaries: what depends on time or chance is found, and what is computed from it.
func TestVaries(t *testing.T) {
	t.Parallel()
	var c chance
	for _, tt := range []struct {
		code   string
		varies bool
	}{
		{"1 + 1", false},
		{"df['id'].sum()", false},
		{"import time\nstart = time.time()", true},
		{"x = 5", false},
		{"x + 1", false},
		{"print(start)", true},
		{"y = start * 2", true},
		{"y", true},
		{"import random\nr = random.random()", true},
		{"import numpy as np\nnp.random.seed(0)\nz = np.random.rand()", false},
		{"z", false},
		{"def f():\n    return datetime.now()", true},
		{"f()", true},
		{"!ls -l", true},
		{"open('conversation.ipynb')", true},
	} {
		if got := c.varies(tt.code, nil); got != tt.varies {
			t.Errorf("%q: %t", tt.code, got)
		}
	}
	if !c.varies("o", &sessions.Execution{Text: "<object object at 0x7f2a1b3c4d50>"}) {
		t.Error("an address")
	}
}

// FuzzNotebook: whatever a session says, the notebook is one.
func FuzzNotebook(f *testing.F) {
	f.Add("code", "out\xff", "err", "text", "text/plain", []byte("data"), 0, 3, 5)
	f.Add("", "", "", "", "application/json", []byte("{\"a\":"), -1, 900, 0)
	f.Add("x", "\u2028", "\x00", "t", "image/png", []byte{0xff}, 1, 0, 1)
	f.Fuzz(func(t *testing.T, code, stdout, stderr, text, kind string, data []byte, a, b, n int) {
		s := NewStore(Options{})
		x := &sessions.Execution{Status: sessions.Status(text), Stdout: stdout, Stderr: stderr, Text: text, Displays: []sessions.Display{{Data: map[string][]byte{kind: data}}}}
		x.Outputs = []sessions.Output{{Source: sessions.SourceStdout, Start: a, End: b}, {Source: sessions.SourceStderr, Start: b, End: a}, {Source: sessions.SourceDisplay, Display: n}}
		s.Ran(id, ran(code, x))
		s.Uploaded(id, Upload{Name: text, Content: data})
		encoded := s.Encode(id)
		decode(t, encoded)
		again := NewStore(Options{Earlier: func(sessions.ID) []byte { return encoded }})
		if got := again.Encode(id); !bytes.Equal(got, encoded) {
			t.Errorf("got %q, want %q", got, encoded)
		}
		_ = s.Outline(id)
	})
}
