// Package render writes what a run came to as the content of an MCP result: notices
// of the server, what the program wrote and showed, its files.
//
//	r := render.New(render.Options{Pool: pool, Dir: dir, History: history, Images: images})
//	result := r.Execution(ctx, render.Report{Session: id, Run: run, Limit: limit})
//
// Sentences of the server and output of the program are never in one content block:
// the server's notices come first, what it says of files last. Between them are texts
// and pictures in the order in which the program made them. Each text has a label,
// such as "stdout:", so that output cannot pass for something else.
//
// Output is not trusted: texts are shown as a terminal would (package terminal),
// images are decoded before they are passed on, and everything is bounded by
// Options.MaxText and [MaxResult].
//
// The way of an answer: collect puts the parts in order (order.go) and picks one form
// of each display (displays.go), fit folds the texts and cuts them (fit.go, cut.go),
// fitImages shrinks the images to the room that is left (images.go), and fileBlocks
// names the files (files.go, changes.go). langchain.go is the other form of the text.
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
	"dynamic-sessions-mcp/tools/sessionpath"
)

const (
	// DefaultMaxText bounds the characters of output, result and traceback together
	// in one answer, unless Options say otherwise: what a model reads of a flood
	// costs it as much as what it needs.
	DefaultMaxText = 10_000
	// MaxResult bounds the bytes of one answer on the wire. Claude Desktop
	// refuses more than 1,048,576, base64 included.
	MaxResult = 900_000
)

// Options configure a [Renderer]. All but MaxText and AsJSON are required.
type Options struct {
	// Pool stores texts that are cut in an answer.
	Pool sessions.Pool
	// Dir names the files of the pool's sessions.
	Dir sessionpath.Dir
	// History remembers what happened to the sessions.
	History *notices.History
	// Images decodes what sessions say are images.
	Images *picture.Processor
	// MaxText bounds the characters of an answer's texts; 0 means DefaultMaxText.
	MaxText int
	// AsJSON makes the text the string that LangChain's tool for Azure's sessions
	// returns.
	AsJSON bool
}

// A Renderer writes outcomes of runs for a model. Its methods may be called
// concurrently.
type Renderer struct{ opts Options }

// New returns a renderer, which needs no closing.
func New(opts Options) *Renderer {
	if opts.MaxText == 0 {
		opts.MaxText = DefaultMaxText
	}
	return &Renderer{opts}
}

// A Report is a run that is to be written as an answer.
type Report struct {
	Session sessions.ID
	Run     *sessions.Execution
	Limit   time.Duration // the time that the run had
	MaxRun  time.Duration // the most that a run may have
	// NoCode says that there was nothing to run: the interpreter was only restarted.
	NoCode bool
	// First is what the server says before anything else, sentence by sentence.
	First []string
	// GoesOn says that the run has not ended, and what to do: Run is a part of it.
	GoesOn string
	// Link makes the resource links to files; nil leaves links out.
	Link LinkFunc
	// Delivered is what the server says of the files below sessions.OutDir, which
	// it has delivered, line by line. They are not named otherwise then. nil means
	// that nobody delivers them.
	Delivered []string
}

// An answer is an Execution on its way to content blocks.
type answer struct {
	dir      sessionpath.Dir
	notices  notices.List
	images   *picture.Batch
	run      *sessions.Execution
	parts    []part
	pictures int // among the parts
	// latePictures counts those of earlier runs, shown or not.
	latePictures int
	// resultShown says that the value of the last expression is among the parts, so
	// that its plain text need not be.
	resultShown bool
	asJSON      bool
	goesOn      bool
	noCode      bool
}

// A part is what stands at one place of an answer: a picture, or a text with its
// label.
type part struct {
	picture *picture.Picture
	label   string
	text    string
}

// Execution writes the outcome of a run, or a part of it. The result is an error, with
// isError, unless the run succeeded, goes on, or was stopped as it was to be.
func (r *Renderer) Execution(ctx context.Context, p Report) *mcp.CallToolResult {
	run := p.Run
	a := answer{dir: r.opts.Dir, images: r.opts.Images.NewBatch(), run: run, asJSON: r.opts.AsJSON, goesOn: p.GoesOn != "", noCode: p.NoCode}
	restarted := r.tell(ctx, &a, p)
	a.collect(ctx)
	cut := r.fit(ctx, &a, p.Session)
	files := p.fileBlocks(r.opts.Dir)

	result := &mcp.CallToolResult{IsError: run.Status != sessions.Succeeded && run.Status != sessions.Stopped}
	room := MaxResult - encodedSize(a.blocks(nil, len(files) > 0)) - encodedSize(files) - len(a.notices.String())
	output := a.blocks(a.fitImages(ctx, room), len(files) > 0)
	if a.asJSON {
		result.Content = append([]mcp.Content{mcp.NewTextContent(a.langChain(r.opts.MaxText))}, a.noticeBlock()...)
	} else {
		result.Content = a.noticeBlock()
	}
	result.Content = append(append(result.Content, output...), files...)
	facts := figures(run)
	facts["session_restarted"] = restarted
	if a.goesOn {
		facts["status"] = "running"
	}
	facts["truncated"] = cut || len(run.Truncated) > 0
	result.Meta = mcp.NewMetaFromMap(facts)
	return result
}

// tell has the server say what there is to say about a run, and reports whether the
// session was replaced before it.
func (r *Renderer) tell(ctx context.Context, a *answer, p Report) (restarted bool) {
	for _, sentence := range p.First {
		a.notices.About("", 0, "%s", sentence)
	}
	if p.GoesOn != "" {
		a.notices.About("", 0, "%s", p.GoesOn)
		return false
	}
	restarted = r.opts.History.Tell(ctx, &a.notices, p.Session, p.Run)
	a.notices.Outcome(r.opts.Dir, p.Run, p.Limit, p.MaxRun)
	return restarted
}

// noticeBlock is what the server says, in a block of its own: output of the
// program cannot pass for it.
func (a *answer) noticeBlock() []mcp.Content {
	if a.notices.Empty() {
		return nil
	}
	return []mcp.Content{mcp.NewTextContent(a.notices.String())}
}

// blocks are the parts as content: a block for the texts between two pictures. images
// are those of the pictures, nil for one that is not shown. otherwise says that the
// answer says something besides.
func (a *answer) blocks(images []mcp.Content, otherwise bool) (blocks []mcp.Content) {
	var texts []string
	flush := func() {
		if len(texts) > 0 && !a.asJSON {
			blocks = append(blocks, mcp.NewTextContent(strings.Join(texts, "\n\n")))
		}
		texts = nil
	}
	for _, p := range a.parts {
		if p.picture == nil {
			texts = append(texts, p.label+":\n"+strings.Trim(p.text, "\n"))
			continue
		}
		if len(images) == 0 {
			continue
		}
		if images[0] != nil {
			flush()
			blocks = append(blocks, images[0])
		}
		images = images[1:]
	}
	if flush(); len(a.parts) == 0 && !otherwise && !a.asJSON && !a.goesOn {
		return a.nothing()
	}
	return blocks
}

// nothing says that there is no output, unless something else was said.
func (a *answer) nothing() []mcp.Content {
	run := a.run
	switch {
	case run.Status == sessions.Failed:
		return []mcp.Content{mcp.NewTextContent("The code failed without a message.")}
	case run.Status != sessions.Succeeded, a.noCode && !a.notices.Empty():
		return nil
	case !a.notices.Empty() && len(run.Displays)+run.DisplaysDropped+len(run.Truncated) > 0:
		return nil // there was output, and the notices say why it is not here
	}
	return []mcp.Content{mcp.NewTextContent("Done. No output; print() something or end with an expression to see it.")}
}

// encodedSize is what blocks take on the wire.
func encodedSize(blocks []mcp.Content) int {
	data, err := json.Marshal(blocks)
	if err != nil {
		return MaxResult
	}
	return len(data)
}
