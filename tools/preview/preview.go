// Package preview looks at files that are neither text nor pictures of the usual
// kinds: documents, tables, archives, pictures of other kinds, pages of PDF.
//
//	kind := preview.KindOf(name, head)
//	p := preview.Python{Pool: pool}
//	v, run, err := p.Look(ctx, id, preview.Request{Path: path, Kind: kind}, events)
//
// Foreign bytes are not parsed in the server. Python does it, in the session's
// sandbox: [sessions.Pool.Execute] runs code of ours (python/launch.py), which starts
// a process of its own with less memory than the session and little time. So
// nothing is left in the interpreter: no names, no modules, no output, and a file
// that makes a parser crash or run out of memory ends that process alone.
//
// # The answer is not believed
//
// Code in the session may have replaced whatever the process is made of. Its answer
// is one line of JSON, bounded, and says what the file holds, never what the
// server says: text that is still to be cleaned, and pictures that are still to be
// decoded.
package preview

import (
	"cmp"
	"context"
	"crypto/rand"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/excerpt"
)

const (
	// patience is how long the process may take, and limit the execution with it.
	patience = 25 * time.Second
	limit    = 40 * time.Second
	// maxText bounds the characters of an answer, maxPictures its pictures, and
	// maxPicture the bytes of all of them: an answer has no room for more.
	maxText, maxPictures, maxPicture = 10_000, 8, 480_000
	// maxSide and maxPixels bound a picture. Models see no more of one.
	maxSide, maxPixels = 1568, 1_150_000
)

// A Request is a file to look at.
type Request struct {
	Path string // as code in the session names it
	Kind Kind
	// Lines are the pages, slides, rows or lines that are wanted.
	Lines excerpt.Range
	// MaxPixels bounds the pixels of a picture; 0 means 1.15 million.
	MaxPixels int
}

// A View is what a file holds, as the session says.
type View struct {
	// Text describes the file, or is a part of its text.
	Text string
	// Pictures are encoded pictures, at most eight.
	Pictures []Picture
	// Problem is why nothing, or not all, can be seen, within a sentence. It is
	// foreign text too.
	Problem string
}

// A Picture is a picture of the file or of a page of it.
type Picture struct {
	Data  []byte
	Label string // such as "page 3"
}

// ErrNoView means that the session did not say what the file holds: its code broke
// what that takes, or the process was stopped.
var ErrNoView = errors.New("the session did not say what the file holds")

// Python looks at files with the Python of sessions.
type Python struct{ Pool sessions.Pool }

// Look looks at a file. It waits for its turn if code runs in the session, and wakes
// one that sleeps; events, which may be nil, is told so. run is the execution, nil if
// there was none: what it says about the session has not been said to anyone. The
// error wraps [ErrNoView], or is that of the pool.
func (p Python) Look(ctx context.Context, id sessions.ID, req Request, events func(sessions.Event)) (v View, run *sessions.Execution, err error) {
	mark := rand.Text()
	run, err = p.Pool.Execute(ctx, id, sessions.Request{Code: code(req, mark), Timeout: limit, Events: waiting(events)})
	if err != nil {
		return View{}, nil, err
	}
	v, err = read(run.Stdout, mark)
	if err != nil && run.Status != sessions.Succeeded {
		err = fmt.Errorf("%w: the code that looks at it %s", ErrNoView, run.Status)
	}
	return v, run, err
}

// waiting passes on what is waited for, and not the answer.
func waiting(events func(sessions.Event)) func(sessions.Event) {
	if events == nil {
		return nil
	}
	return func(e sessions.Event) {
		if e.Kind == sessions.EventWaiting {
			events(e)
		}
	}
}

//go:embed python/*.py
var sources embed.FS

// launcher is the module that runs in the session's interpreter.
const launcher = "launch"

// code is what runs in the session: one expression that leaves nothing behind.
func code(req Request, mark string) string {
	modules := map[string]string{}
	entries, err := sources.ReadDir("python")
	if err != nil {
		panic("preview: " + err.Error()) // it is embedded
	}
	for _, e := range entries {
		data, err := sources.ReadFile("python/" + e.Name())
		if err != nil {
			panic("preview: " + err.Error())
		}
		modules[strings.TrimSuffix(e.Name(), ".py")] = string(data)
	}
	launch := modules[launcher]
	delete(modules, launcher)
	order := map[string]any{
		"mark": mark, "seconds": int(patience.Seconds()), "modules": modules,
		"request": map[string]any{
			"path": req.Path, "kind": string(req.Kind),
			"first": req.Lines.First, "last": req.Lines.Last, "end": req.Lines.End,
			"max_text": maxText, "max_pictures": maxPictures, "max_bytes": maxPicture, "max_side": maxSide, "max_pixels": cmp.Or(req.MaxPixels, maxPixels),
		},
	}
	return fmt.Sprintf("exec(%s, {\"__name__\": \"preview\", \"order\": %s});", pythonString(launch), pythonString(string(marshal(order))))
}

// pythonString writes a literal of Python. JSON's is one, except for what is not in
// the first plane and for characters that end lines, which are escaped.
func pythonString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r < ' ' || r > '~':
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func marshal(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic("preview: " + err.Error()) // strings and numbers
	}
	return data
}

// read finds the answer in what was printed, within its bounds.
func read(stdout, mark string) (View, error) {
	_, after, ok := strings.Cut(stdout, mark+" ")
	if !ok {
		return View{}, ErrNoView
	}
	answer, _, ended := strings.Cut(after, "\n")
	if !ended {
		return View{}, fmt.Errorf("%w: its answer was cut, which a greater --max-output may prevent", ErrNoView)
	}
	var given struct {
		Text     string
		Problem  string
		Pictures []struct {
			Data  []byte
			Label string
		}
	}
	if err := json.Unmarshal([]byte(answer), &given); err != nil {
		return View{}, ErrNoView
	}
	v := View{Text: first(given.Text, 2*maxText), Problem: first(given.Problem, 500)}
	for _, p := range given.Pictures[:min(len(given.Pictures), maxPictures)] {
		v.Pictures = append(v.Pictures, Picture{Data: p.Data, Label: first(p.Label, 100)})
	}
	return v, nil
}

// first are the first n characters of s.
func first(s string, n int) string {
	for at := range s {
		if n == 0 {
			return s[:at]
		}
		n--
	}
	return s
}
