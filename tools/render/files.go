package render

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
	"dynamic-sessions-mcp/tools/sessionpath"
)

const (
	maxFilesTold = 50 // files that programs are told of
	maxLinks     = 3  // links in one answer
)

// A LinkFunc returns the resource link to a file of the session.
type LinkFunc func(f sessions.File) mcp.ResourceLink

// filesUntold stands for names that could not be had in time.
const filesUntold = "More files may have changed: the session has too many to check all of them in time; list_files lists them."

// fileBlocks says what the run did to files, and what the server delivered of them.
func (p Report) fileBlocks(dir sessionpath.Dir) []mcp.Content {
	files := p.ownFiles()
	var lines []string
	switch {
	case len(files) > 0:
		lines = append(lines, filesText(dir, files, p.Run.FilesOmitted))
	case len(p.Run.Files) > 0: // all that is known was delivered, and so may the rest be
	case p.Run.FilesOmitted > 0:
		lines = append(lines, fmt.Sprintf("%s changed whose names cannot be shown; list_files says more.",
			prose.Count(p.Run.FilesOmitted, "file was", "files were")))
	}
	if p.Run.FilesOmitted < 0 {
		lines = append(lines, filesUntold)
	}
	if lines = append(lines, p.Delivered...); len(lines) == 0 {
		return nil
	}
	return append([]mcp.Content{mcp.NewTextContent(strings.Join(lines, "\n"))}, p.links(files)...)
}

// ownFiles are the files that are not delivered.
func (p Report) ownFiles() []sessions.FileChange {
	if p.Delivered == nil {
		return p.Run.Files
	}
	return slices.DeleteFunc(slices.Clone(p.Run.Files), func(f sessions.FileChange) bool {
		return strings.HasPrefix(f.Name, sessions.OutDir+"/")
	})
}

// links are links to the first files that are there.
func (p Report) links(files []sessions.FileChange) (links []mcp.Content) {
	for _, e := range changeEntries(files) {
		if f := e.files[0]; p.Link != nil && len(links) < maxLinks && !e.group && !f.Dir && e.kind != sessions.FileDeleted {
			links = append(links, p.Link(f.File))
		}
	}
	return links
}

// filesText says what happened to files, by name. omitted is how many more there are.
func filesText(dir sessionpath.Dir, files []sessions.FileChange, omitted int) string {
	entries := changeEntries(files)
	shown := entries[:min(len(entries), maxChangeEntries)]
	more := max(omitted, 0)
	for _, e := range entries[len(shown):] {
		more += len(e.files)
	}
	texts := entryTexts(dir, shown)
	if len(texts) == 1 && more == 0 {
		if shown[0].group {
			return texts[0] + "."
		}
		return prose.Sentence(verb(shown[0].kind) + " file: " + texts[0] + ".")
	}
	for i, e := range shown {
		if !e.group {
			texts[i] = verb(e.kind) + ": " + texts[i]
		}
	}
	head := "Files"
	if !dir.IsWorkingDir() {
		head += " in " + dir.Where()
	}
	text := head + ":\n- " + strings.Join(texts, "\n- ")
	if more > 0 {
		text += fmt.Sprintf("\nand %d more; list_files lists them.", more)
	}
	return text
}

// entryTexts describes entries, such as "a.csv, 19 bytes". The path of a single file
// or folder is whole, others are relative. Names that look alike can be told apart.
func entryTexts(dir sessionpath.Dir, entries []changeEntry) []string {
	show := dir.Relative
	if len(entries) == 1 {
		show = dir.Path
	}
	var names []string
	for _, e := range entries {
		if f := e.files[0]; !e.group {
			names = append(names, show(f.Name)+slash(f.File))
			if f.Kind == sessions.FileRenamed {
				names = append(names, show(f.From))
			}
		}
	}
	names = prose.Names(names)
	texts := make([]string, len(entries))
	for i, e := range entries {
		if e.group {
			texts[i] = e.groupText(show)
			continue
		}
		texts[i], names = e.fileText(names)
	}
	return texts
}

// fileText describes a single file. It takes the names of it from the list.
func (e changeEntry) fileText(names []string) (text string, rest []string) {
	f, name := e.files[0], names[0]
	switch {
	case e.kind == sessions.FileRenamed:
		return names[1] + " → " + name, names[2:]
	case e.kind == sessions.FileDeleted:
		return name, names[1:]
	case f.Dir:
		return name + ", a folder", names[1:]
	}
	return name + ", " + prose.Rounded(f.Size), names[1:]
}

// slash ends the name of a folder.
func slash(f sessions.File) string {
	if f.Dir {
		return "/"
	}
	return ""
}

// figures are the facts of a run for programs, which clients do not show to
// models.
func figures(run *sessions.Execution) map[string]any {
	files, deleted := []map[string]any{}, []string{}
	told := run.Files[:min(len(run.Files), maxFilesTold)]
	for _, f := range told {
		if f.Kind == sessions.FileDeleted {
			deleted = append(deleted, f.Name)
			continue
		}
		files = append(files, fileFigures(f))
	}
	omitted := -1
	if run.FilesOmitted >= 0 {
		omitted = len(run.Files) - len(told) + run.FilesOmitted
	}
	return map[string]any{
		"status":         string(run.Status),
		"duration_ms":    float64(run.Duration.Microseconds()) / 1000,
		"files":          files,
		"files_deleted":  deleted,
		"files_omitted":  omitted,
		"variables_lost": run.VariablesLost,
	}
}

func fileFigures(f sessions.FileChange) map[string]any {
	facts := map[string]any{"name": f.Name, "size": f.Size, "modified": f.Modified.UTC().Format(time.RFC3339)}
	if f.Kind != "" {
		facts["change"] = string(f.Kind)
	}
	if f.From != "" {
		facts["renamed_from"] = f.From
	}
	return facts
}
