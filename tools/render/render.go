// Package render writes what a run came to as the content of an MCP result: notices
// of the server, what the program wrote, its figures, its files.
//
//	r := render.New(render.Options{Pool: pool, Dir: dir, History: history, Images: images})
//	result := r.Execution(ctx, id, run, limit, link)
//
// Sentences of the server and output of the program are never in one content block.
// Output is not trusted: it is stripped of escape sequences and control characters,
// images are decoded before they are passed on, and everything is bounded by
// [MaxText] and [MaxResult].
//
// The way of an answer: sortDisplays picks one form of each display (displays.go),
// fit shortens the texts (fit.go), fitImages shrinks the images to the room that is
// left (images.go), and fileBlocks names the files (files.go). langchain.go is the
// other form of the text.
package render

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/notices"
	"dynamic-sessions-mcp/tools/picture"
	"dynamic-sessions-mcp/tools/prose"
	"dynamic-sessions-mcp/tools/sessionpath"
)

const (
	// MaxText bounds the characters of output, result and traceback together in
	// one answer. Clients cut an answer, or put it aside, above 25,000 tokens; at
	// this length it always reaches the model.
	MaxText = 25_000
	// MaxResult bounds the bytes of one answer on the wire. Claude Desktop
	// refuses more than 1,048,576, base64 included.
	MaxResult = 900_000
)

// An answer is an Execution on its way to content blocks.
type answer struct {
	dir      sessionpath.Dir
	notices  notices.List
	sections []section
	pictures []picture.Picture
	images   *picture.Batch
}

// A section is one labelled part of the output.
type section struct {
	label, text string
	// total is how many bytes there were when the pool already had to cut it,
	// else 0; file is then the session's file that holds all of it, or "".
	total int64
	file  string
}

// Options configure a [Renderer]. All but AsJSON are required.
type Options struct {
	// Pool stores texts that are cut in an answer.
	Pool sessions.Pool
	// Dir names the files of the pool's sessions.
	Dir sessionpath.Dir
	// History remembers what happened to the sessions.
	History *notices.History
	// Images decodes what sessions say are images.
	Images *picture.Processor
	// AsJSON makes the text the string that LangChain's tool for Azure's sessions
	// returns.
	AsJSON bool
}

// A Renderer writes outcomes of runs for a model. Its methods may be called
// concurrently.
type Renderer struct{ opts Options }

// New returns a renderer, which needs no closing.
func New(opts Options) *Renderer { return &Renderer{opts} }

// Execution writes the outcome of a run of the session id. limit is the time that
// the run had. link makes the resource links to files; nil leaves links out. The
// result is an error, with isError, unless the run succeeded.
func (r *Renderer) Execution(ctx context.Context, id sessions.ID, run *sessions.Execution, limit time.Duration, link LinkFunc) *mcp.CallToolResult {
	a := answer{dir: r.opts.Dir, images: r.opts.Images.NewBatch()}
	restarted := r.opts.History.Tell(ctx, &a.notices, id, run)
	a.notices.Outcome(r.opts.Dir, run, limit)
	shown := a.sortDisplays(ctx, run)
	a.streams(run)
	a.sections = append(a.sections, shown...)
	a.conclusion(run)
	cut := r.fit(ctx, &a, id)

	var text []mcp.Content
	if r.opts.AsJSON {
		text = append(text, mcp.NewTextContent(a.langChain(run)))
		text = append(text, a.noticeBlock()...)
	} else {
		text = append(text, a.noticeBlock()...)
		text = append(text, a.outputBlock(run)...)
	}
	files := fileBlocks(r.opts.Dir, run, link)
	images := a.fitImages(ctx, MaxResult-encodedSize(text)-encodedSize(files))
	result := &mcp.CallToolResult{
		Content: append(append(text, images...), files...),
		IsError: run.Status != sessions.Succeeded,
	}
	facts := figures(run)
	facts["session_restarted"] = restarted
	facts["truncated"] = cut || len(run.Truncated) > 0
	result.Meta = mcp.NewMetaFromMap(facts)
	return result
}

// streams adds standard output and standard error.
func (a *answer) streams(run *sessions.Execution) {
	cuts := map[string]sessions.Truncation{}
	for _, cut := range run.Truncated {
		cuts[cut.Stream] = cut
	}
	for _, s := range []section{{label: "stdout", text: run.Stdout}, {label: "stderr", text: run.Stderr}} {
		if cut, ok := cuts[s.label]; ok {
			s.total, s.file = max(cut.Total, int64(len(s.text))), cut.File
		}
		a.add(s)
	}
}

// conclusion adds the value of the last expression and the traceback.
func (a *answer) conclusion(run *sessions.Execution) {
	a.add(section{label: "result", text: run.Text})
	if run.Error == nil {
		return
	}
	text := run.Error.Traceback
	if text == "" {
		text = run.Error.Name + ": " + run.Error.Message
	}
	a.add(section{label: "error", text: text})
}

func (a *answer) add(s section) {
	if s.text = prose.Clean(s.text); s.text != "" {
		a.sections = append(a.sections, s)
	}
}

// text is the section that has the label, or "".
func (a *answer) text(label string) string {
	for _, s := range a.sections {
		if s.label == label {
			return s.text
		}
	}
	return ""
}

// noticeBlock is what the server says, in a block of its own: output of the
// program cannot pass for it.
func (a *answer) noticeBlock() []mcp.Content {
	if a.notices.Empty() {
		return nil
	}
	return []mcp.Content{mcp.NewTextContent(a.notices.String())}
}

func (a *answer) outputBlock(run *sessions.Execution) []mcp.Content {
	var b strings.Builder
	for _, s := range a.sections {
		if strings.TrimSpace(s.text) == "" {
			continue
		}
		b.WriteString(s.label + ":\n" + s.text)
		if !strings.HasSuffix(s.text, "\n") {
			b.WriteByte('\n')
		}
		b.WriteByte('\n')
	}
	if b.Len() == 0 {
		switch {
		case run.Status == sessions.Failed:
			return []mcp.Content{mcp.NewTextContent("The code failed without a message.")}
		case len(a.pictures) > 0 || run.Status != sessions.Succeeded:
			return nil
		case !a.notices.Empty() && len(run.Displays)+run.DisplaysDropped+len(run.Truncated) > 0:
			return nil // there was output, and the notices say why it is not here
		}
		return []mcp.Content{mcp.NewTextContent("Done. No output; print() something or end with an expression to see it.")}
	}
	return []mcp.Content{mcp.NewTextContent(strings.TrimSuffix(b.String(), "\n\n"))}
}

// encodedSize is what blocks take on the wire.
func encodedSize(blocks []mcp.Content) int {
	data, err := json.Marshal(blocks)
	if err != nil {
		return MaxResult
	}
	return len(data)
}
