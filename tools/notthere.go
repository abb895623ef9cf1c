package tools

import (
	"context"
	"path"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/prose"
)

// maxSuggestions is how many names an answer offers for one that is not there.
const maxSuggestions = 20

// notThere is the mistake for a file that does not exist. It names those that do, the
// most similar first.
func (t *Tools) notThere(ctx context.Context, id sessions.ID, name string) error {
	missing := prose.Name(t.dir.Path(name))
	found, err := t.pool.List(ctx, id, "", true)
	if err != nil {
		return mistake.Errorf("There is no %s in the session. Call list_files to see which files exist.", missing)
	}
	var names []string
	for _, f := range found.Files {
		if !f.Dir {
			names = append(names, t.dir.Relative(f.Name))
		}
	}
	note := t.history.ReplacedNote(ctx, id)
	if len(names) == 0 {
		return mistake.Errorf("There is no %s: the session has no files.%s Save one in %s with run_python, or upload one with upload_file.", missing, note, t.dir.Where())
	}
	if alike := lookalikes(name, names); len(alike) > 0 {
		texts := prose.Names(append(alike, t.dir.Relative(name)))
		return mistake.Errorf("There is no %s in the session.%s These names only look the same: %s.",
			texts[len(alike)], note, strings.Join(texts[:len(alike)], ", "))
	}
	near := nearest(name, names)
	more := ""
	if len(near) < len(names) {
		more = "; list_files lists more"
	}
	return mistake.Errorf("There is no %s in the session.%s Its files: %s%s.", missing, note, strings.Join(near, ", "), more)
}

// lookalikes are the names that a reader would take for name.
func lookalikes(name string, names []string) []string {
	var alike []string
	want := prose.Skeleton(name)
	for _, n := range names {
		if prose.Skeleton(n) == want && len(alike) < maxSuggestions {
			alike = append(alike, n)
		}
	}
	return alike
}

// nearest puts names that end alike before those that are merely similar.
func nearest(name string, names []string) []string {
	bases := make([]string, len(names))
	byBase := map[string][]string{}
	texts := prose.Names(names)
	for i, n := range names {
		bases[i] = path.Base(n)
		byBase[bases[i]] = append(byBase[bases[i]], texts[i])
	}
	var out []string
	for _, base := range closest(path.Base(name), bases, len(bases)) {
		out = append(out, byBase[base]...)
		delete(byBase, base)
		if len(out) >= maxSuggestions {
			return out[:maxSuggestions]
		}
	}
	return out
}
