package render

import (
	"fmt"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
	"dynamic-sessions-mcp/tools/sessionpath"
)

const (
	maxFilesShown = 50 // files that an answer names
	maxLinks      = 20 // links in one answer
)

// A LinkFunc returns the resource link to a file of the session.
type LinkFunc func(f sessions.File) mcp.ResourceLink

// filesUntold stands for names that could not be had in time.
const filesUntold = "More files may have been created or changed: the session has too many to check all of them in time; list_files lists them."

// fileBlocks names the files that the run made or changed.
func fileBlocks(dir sessionpath.Dir, run *sessions.Execution, link LinkFunc) []mcp.Content {
	switch {
	case len(run.Files) > 0:
	case run.FilesOmitted < 0:
		return []mcp.Content{mcp.NewTextContent(filesUntold)}
	case run.FilesOmitted > 0:
		return []mcp.Content{mcp.NewTextContent(fmt.Sprintf("%s created or changed whose names cannot be shown; list_files says more.",
			prose.Count(run.FilesOmitted, "file was", "files were")))}
	default:
		return nil
	}
	var b strings.Builder
	b.WriteString("Files created or changed in the session:")
	shown := run.Files[:min(len(run.Files), maxFilesShown)]
	for _, text := range fileLines(dir, shown) {
		b.WriteString("\n- " + text)
	}
	if more := len(run.Files) - len(shown) + max(run.FilesOmitted, 0); more > 0 {
		fmt.Fprintf(&b, "\nand %d more; list_files lists them.", more)
	}
	if run.FilesOmitted < 0 {
		b.WriteString("\n" + filesUntold)
	}
	blocks := []mcp.Content{mcp.NewTextContent(b.String())}
	if link == nil {
		return blocks
	}
	for _, f := range shown[:min(len(shown), maxLinks)] {
		if !f.Dir {
			blocks = append(blocks, link(f))
		}
	}
	return blocks
}

// FileLine describes a file in one line.
func FileLine(d sessionpath.Dir, f sessions.File) string {
	return fileLines(d, []sessions.File{f})[0]
}

// fileLines describes files in a line each. Names that look alike can be told
// apart.
func fileLines(d sessionpath.Dir, files []sessions.File) []string {
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = d.Path(f.Name)
		if f.Dir {
			names[i] += "/"
		}
	}
	texts := prose.Names(names)
	for i, f := range files {
		if f.Dir {
			texts[i] += ", a folder"
		} else {
			texts[i] += ", " + prose.Size(f.Size)
		}
	}
	return texts
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
