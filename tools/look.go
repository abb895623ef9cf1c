package tools

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/charset"
	"dynamic-sessions-mcp/tools/excerpt"
	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/notices"
	"dynamic-sessions-mcp/tools/picture"
	"dynamic-sessions-mcp/tools/preview"
	"dynamic-sessions-mcp/tools/prose"
	"dynamic-sessions-mcp/tools/render"
)

const (
	// sampleSize is how much of a file tells what it is, in bytes.
	sampleSize = 64 << 10
	// wholeText bounds the characters of a text that is shown without being asked
	// for in parts, linesText those of the lines that are asked for, and longLine
	// those of one line.
	wholeText, linesText, longLine = 5_000, 10_000, 2_000
	// readingTime is how long a text is read to count its lines.
	readingTime = 20 * time.Second
	// longFile is the size above which a picture is read only when it is the user's
	// turn.
	longFile = 1 << 20
)

// A seenFile is a file that is looked at: of the session, or of the user's folders.
type seenFile struct {
	sessions.File
	path   string // as code names it
	users  bool   // it is in the user's folders
	sample []byte // its beginning
	whole  bool   // the sample is all of it
	rest   io.Reader
	again  func(context.Context) (io.ReadCloser, error) // opens it once more
}

// all reads the file from its beginning.
func (f seenFile) all() io.Reader { return io.MultiReader(bytes.NewReader(f.sample), f.rest) }

// about is name, size and type of the file.
func (f seenFile) about() string {
	return prose.Name(f.path) + ", " + prose.Size(f.Size) + ", " + mediaType(f.Name)
}

// meta describes the file for programs.
func (f seenFile) meta() *mcp.Meta {
	return mcp.NewMetaFromMap(map[string]any{"name": f.Name, "path": f.path, "size": f.Size, "media_type": mediaType(f.Name)})
}

// look answers with what a model can see of a file of the session.
func (t *Tools) look(ctx context.Context, c call, name string, lines excerpt.Range) (*mcp.CallToolResult, error) {
	found, body, err := t.open(ctx, c.session, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, t.notThere(ctx, c.session, name)
	}
	if err != nil {
		return nil, err
	}
	defer body.Close()
	again := func(ctx context.Context) (io.ReadCloser, error) {
		_, body, err := t.pool.Download(ctx, c.session, found.Name)
		return body, err
	}
	return t.lookAt(ctx, c, seenFile{File: found, path: t.dir.Path(found.Name), rest: body, again: again}, lines)
}

// lookAt answers with what a model can see of an open file.
func (t *Tools) lookAt(ctx context.Context, c call, f seenFile, lines excerpt.Range) (_ *mcp.CallToolResult, err error) {
	f.sample, err = io.ReadAll(io.LimitReader(f.rest, sampleSize))
	if err != nil {
		return nil, err
	}
	f.whole = len(f.sample) < sampleSize
	if len(f.sample) == 0 {
		return t.mention(c, f, "It is empty; if code has it open, it must close or flush it first."), nil
	}
	kind := preview.KindOf(f.Name, f.sample)
	if picture.Format(f.sample) != "" && lines.All() {
		return t.lookAtPicture(ctx, c, f)
	}
	if kind != "" && (lines.All() || !kind.Text()) {
		return t.lookByPython(ctx, c, f, kind, lines, "")
	}
	set, ok := charset.Detect(f.sample, f.whole)
	if !ok {
		return t.mention(c, f, "It is not text."), nil
	}
	return t.lookAtText(ctx, c, f, set, lines)
}

// mention answers for a file whose contents are not shown.
func (t *Tools) mention(c call, f seenFile, why string) *mcp.CallToolResult {
	next := " Read it with run_python"
	if t.host.Any() && !f.users {
		next += ", or pass save_to to save it on the user's computer"
	}
	return t.linked(c, f, mcp.NewToolResultText(f.about()+". "+why+next+"."))
}

// linked adds to an answer about a file the link to it, if the client takes links, and
// what programs want to know.
func (t *Tools) linked(c call, f seenFile, result *mcp.CallToolResult) *mcp.CallToolResult {
	if c.link != nil && !f.users {
		result.Content = append(result.Content, c.link(f.File))
	}
	result.Meta = f.meta()
	return result
}

// lookAtPicture answers with a picture that the server itself can decode. What is too
// much work for it is made smaller in the session.
func (t *Tools) lookAtPicture(ctx context.Context, c call, f seenFile) (*mcp.CallToolResult, error) {
	if f.Size > picture.MaxBytes {
		return t.lookByPython(ctx, c, f, preview.Image, excerpt.Range{}, "It is too large to be shown.")
	}
	if f.Size > longFile {
		release, err := t.images.HoldFile(ctx)
		if err != nil {
			return nil, err
		}
		defer release()
	}
	data, err := io.ReadAll(io.LimitReader(f.all(), picture.MaxBytes))
	if err != nil {
		return nil, err
	}
	images := t.images.NewBatch()
	p, err := images.Check(ctx, data)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return t.lookByPython(ctx, c, f, preview.Image, excerpt.Range{}, "It cannot be shown: "+err.Error()+".")
	}
	small, ok := images.Shrink(ctx, p, base64.StdEncoding.DecodedLen(render.MaxResult-4096))
	if !ok {
		return t.mention(c, f, "It is too large to be shown."), nil
	}
	line := prose.Name(f.path) + ", " + prose.Size(f.Size)
	if small.Note != "" {
		line += "; " + small.Note
	}
	result := mcp.NewToolResultText(line)
	result.Content = append(result.Content, mcp.NewImageContent(base64.StdEncoding.EncodeToString(small.Data), small.MediaType))
	result.Meta = f.meta()
	return result, nil
}

// lookAtText answers with a text, or the lines of it that are asked for.
func (t *Tools) lookAtText(ctx context.Context, c call, f seenFile, set charset.Charset, lines excerpt.Range) (*mcp.CallToolResult, error) {
	limits := excerpt.Limits{Whole: wholeText, Chars: linesText, Line: longLine, Time: readingTime}
	e, err := excerpt.Read(ctx, set.Decode(f.all()), lines, limits)
	if err == nil && e.Damaged && set.Usual() && !f.whole {
		set, e, err = readAgain(ctx, f, e, lines, limits)
	}
	if err != nil {
		return nil, err
	}
	if len(e.Parts) == 0 {
		return nil, mistake.Errorf("%s has %s, and none in \"%s\".", prose.Name(f.path), prose.Count(e.Lines, "line", "lines"), lines)
	}
	var said notices.List
	sayLines(&said, f, e, lines)
	sayEncoding(&said, set, e)
	var texts []mcp.Content
	cleaned := false
	for _, part := range e.Parts {
		shown := prose.CleanFile(part.Text)
		cleaned = cleaned || shown != part.Text
		texts = append(texts, mcp.NewTextContent(shown))
	}
	if cleaned {
		said.About("", 0, "Control characters and escape sequences of the file were removed.")
	}
	result := &mcp.CallToolResult{Content: texts}
	result.Meta = f.meta()
	return withNotices(result, said), nil
}

// readAgain reads a text whose beginning was in ASCII, by the encoding of what
// follows. If that cannot be told, it returns e.
func readAgain(ctx context.Context, f seenFile, e excerpt.Excerpt, lines excerpt.Range, limits excerpt.Limits) (charset.Charset, excerpt.Excerpt, error) {
	usual, _ := charset.Detect(nil, true)
	body, err := f.again(ctx)
	if err != nil {
		return usual, e, err
	}
	sample, err := beyondASCII(ctx, body)
	body.Close()
	set, ok := charset.Detect(sample, false)
	if err != nil || !ok || set.Usual() {
		return usual, e, err
	}
	if body, err = f.again(ctx); err != nil {
		return usual, e, err
	}
	defer body.Close()
	e, err = excerpt.Read(ctx, set.Decode(body), lines, limits)
	return set, e, err
}

// beyondASCII returns a piece of a text that has more than ASCII.
func beyondASCII(ctx context.Context, text io.Reader) ([]byte, error) {
	sample := make([]byte, sampleSize)
	for end := time.Now().Add(readingTime); time.Now().Before(end); {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, err := io.ReadFull(text, sample)
		if bytes.ContainsFunc(sample[:n], func(r rune) bool { return r > '~' }) {
			return sample[:n], nil
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// sayLines says which lines of how many are shown, unless that is all of them.
func sayLines(said *notices.List, f seenFile, e excerpt.Excerpt, lines excerpt.Range) {
	if e.Whole {
		return
	}
	count := prose.Count(e.Lines, "line", "lines")
	if e.Uncounted {
		count = "more than " + count
	}
	head := e.Parts[0]
	text := fmt.Sprintf("%s, %s, has %s. Shown: %s", prose.Name(f.path), prose.Size(f.Size), count, excerpt.Lines(head.First, head.Last))
	last := head.Last
	if len(e.Parts) > 1 {
		text += " and " + excerpt.Lines(e.Parts[1].First, e.Parts[1].Last)
	} else if _, wanted, ok := lines.Of(e.Lines); ok {
		last = min(last, wanted)
	}
	if last < e.Lines && (len(e.Parts) == 1 || e.Parts[1].First > last+1) {
		text += fmt.Sprintf("; pass lines for more, such as \"%s\"", excerpt.Lines(last+1, min(last+max(last-head.First+1, 20), e.Lines)))
	}
	said.About("", 0, "%s.", text)
	if e.Cut > 0 {
		said.About("", 0, "%s longer than %d characters cut; read them with run_python.", prose.Count(e.Cut, "line is", "lines are"), longLine)
	}
}

// sayEncoding says how a text is encoded, unless it is as texts are.
func sayEncoding(said *notices.List, set charset.Charset, e excerpt.Excerpt) {
	switch {
	case set.Guessed:
		said.About("", 0, "The file does not say how it is encoded; it is shown as %s, which its letters suggest (in Python: encoding=%q).", set.Name, set.Python)
	case !set.Usual():
		said.About("", 0, "The file is encoded in %s (in Python: encoding=%q).", set.Name, set.Python)
	}
	if e.Damaged {
		said.About("", 0, "It has bytes that are no characters in %s, shown as \uFFFD.", set.Name)
	}
}
