package tools

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
)

// maxFilesShown bounds how many files an answer names.
const maxFilesShown = 50

// An answer is an Execution on its way to content blocks.
type answer struct {
	dir      dataDir
	notices  remarks
	sections []section
	pictures []picture
	images   *answerImaging
}

// A section is one labelled part of the output.
type section struct {
	label, text string
	// total is how many bytes there were when the pool already had to cut it,
	// else 0; file is then the session's file that holds all of it, or "".
	total int64
	file  string
}

// render writes the outcome of a run for a model: what the server has to say,
// what the program wrote, its figures, its files.
func (t *Tools) render(ctx context.Context, c call, run *sessions.Execution, limit time.Duration) *mcp.CallToolResult {
	a := answer{dir: t.dir, images: t.images.forAnswer()}
	restarted := t.sessionNotices(ctx, &a, c.session, run)
	a.outcomeNotices(run, limit)
	shown := a.sortDisplays(ctx, run)
	a.streams(run)
	a.sections = append(a.sections, shown...)
	a.conclusion(run)
	cut := t.fit(ctx, &a, c.session)

	var text []mcp.Content
	if t.format == FormatJSON {
		text = append(text, mcp.NewTextContent(a.langChain(run)))
		text = append(text, a.noticeBlock()...)
	} else {
		text = append(text, a.noticeBlock()...)
		text = append(text, a.outputBlock(run)...)
	}
	files := c.fileBlocks(t.dir, run)
	images := a.fitImages(ctx, maxResult-encodedSize(text)-encodedSize(files))
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
	if s.text = clean(s.text); s.text != "" {
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
	if a.notices.empty() {
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
		case !a.notices.empty() && len(run.Displays)+run.DisplaysDropped+len(run.Truncated) > 0:
			return nil // there was output, and the notices say why it is not here
		}
		return []mcp.Content{mcp.NewTextContent("Done. No output; print() something or end with an expression to see it.")}
	}
	return []mcp.Content{mcp.NewTextContent(strings.TrimSuffix(b.String(), "\n\n"))}
}

// filesUntold is said in place of names that could not be had in time.
const filesUntold = "There may be more files made or changed, as the session has too many to look at all in time; list_files lists them."

// fileBlocks names the files that the run made or changed.
func (c call) fileBlocks(dir dataDir, run *sessions.Execution) []mcp.Content {
	switch {
	case len(run.Files) > 0:
	case run.FilesOmitted < 0:
		return []mcp.Content{mcp.NewTextContent(filesUntold)}
	case run.FilesOmitted > 0:
		return []mcp.Content{mcp.NewTextContent(fmt.Sprintf("%s made or changed that cannot be named here; list_files tells more.",
			count(run.FilesOmitted, "file was", "files were")))}
	default:
		return nil
	}
	var b strings.Builder
	b.WriteString("Files made or changed, in the session:")
	shown := run.Files[:min(len(run.Files), maxFilesShown)]
	for _, text := range dir.entryTexts(shown) {
		b.WriteString("\n- " + text)
	}
	if more := len(run.Files) - len(shown) + max(run.FilesOmitted, 0); more > 0 {
		fmt.Fprintf(&b, "\nand %d more; list_files lists them.", more)
	}
	if run.FilesOmitted < 0 {
		b.WriteString("\n" + filesUntold)
	}
	blocks := []mcp.Content{mcp.NewTextContent(b.String())}
	if !c.links {
		return blocks
	}
	for _, f := range shown[:min(len(shown), maxLinks)] {
		if !f.Dir {
			blocks = append(blocks, c.link(dir, f))
		}
	}
	return blocks
}

// entry describes a file in one line.
func (d dataDir) entry(f sessions.File) string {
	return d.entryTexts([]sessions.File{f})[0]
}

// entryTexts describes files in a line each. Names that look alike can be told
// apart.
func (d dataDir) entryTexts(files []sessions.File) []string {
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = d.path(f.Name)
		if f.Dir {
			names[i] += "/"
		}
	}
	texts := showNames(names)
	for i, f := range files {
		if f.Dir {
			texts[i] += ", a folder"
		} else {
			texts[i] += ", " + size(f.Size)
		}
	}
	return texts
}

// fitImages encodes as many pictures as have room in limit bytes, smaller ones
// where need be, and says in a last block what was changed or left out.
func (a *answer) fitImages(ctx context.Context, limit int) []mcp.Content {
	const overhead = 200 // of an image or its note, besides the data
	if len(a.pictures) == 0 {
		return nil
	}
	wants := make([]int, len(a.pictures))
	for i, p := range a.pictures {
		wants[i] = base64.StdEncoding.EncodedLen(len(p.data)) + overhead
	}
	var blocks []mcp.Content
	var notes remarks
	for i, room := range shares(limit-len(a.pictures)*overhead, wants) {
		p, ok := a.images.shrink(ctx, a.pictures[i], max(0, room-overhead)/4*3)
		if !ok {
			notes.about("image", i+1, "too large to be shown; save it to a file in %s and use download_file", a.dir.where())
			continue
		}
		if p.note != "" {
			notes.about("image", i+1, "%s", p.note)
		}
		blocks = append(blocks, mcp.NewImageContent(base64.StdEncoding.EncodeToString(p.data), p.mediaType))
	}
	if !notes.empty() {
		blocks = append(blocks, mcp.NewTextContent(notes.String()))
	}
	return blocks
}

// encodedSize is what blocks take on the wire.
func encodedSize(blocks []mcp.Content) int {
	data, err := json.Marshal(blocks)
	if err != nil {
		return maxResult
	}
	return len(data)
}

// omitted is how many files are not shown, -1 if that is not known.
func omitted(run *sessions.Execution, shown int) int {
	if run.FilesOmitted < 0 {
		return -1
	}
	return len(run.Files) - shown + run.FilesOmitted
}

// figures are the facts of a run for programs, which clients do not show to
// models.
func figures(run *sessions.Execution) map[string]any {
	files := make([]map[string]any, 0, len(run.Files))
	for _, f := range run.Files[:min(len(run.Files), maxFilesShown)] {
		files = append(files, map[string]any{"name": f.Name, "size": f.Size, "modified": f.Modified.UTC().Format(time.RFC3339)})
	}
	return map[string]any{
		"status":         string(run.Status),
		"duration_ms":    float64(run.Duration.Microseconds()) / 1000,
		"files":          files,
		"files_omitted":  omitted(run, len(files)),
		"variables_lost": run.VariablesLost,
	}
}
