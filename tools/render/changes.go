package render

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
)

const (
	// minGroup is how many files of a folder, of which the same is to be said, are
	// one entry.
	minGroup = 6
	// maxChangeEntries bounds the entries that are shown.
	maxChangeEntries = 12
)

// A changeEntry is what is said of one file, or of several in one folder.
type changeEntry struct {
	kind   sessions.ChangeKind
	folder string // of a group, "" for the data folder itself
	former string // of a group of renamed files, the folder that they were in
	files  []sessions.FileChange
	group  bool
}

// changeEntries returns what is to be said of the files: one by one or, where there
// are many, by folder. What is new comes first.
func changeEntries(files []sessions.FileChange) []changeEntry {
	entries := grouped(files, path.Dir, minGroup)
	if len(entries) > maxChangeEntries {
		entries = grouped(files, topFolder, 2)
	}
	slices.SortStableFunc(entries, func(a, b changeEntry) int {
		return cmp.Or(cmp.Compare(rank(a.kind), rank(b.kind)), natural(a.name(), b.name()))
	})
	return entries
}

// topFolder is the first folder of a path, "." if it has none.
func topFolder(name string) string {
	top, _, ok := strings.Cut(name, "/")
	if !ok {
		return "."
	}
	return top
}

// rank orders kinds by what a reader wants to know first.
func rank(kind sessions.ChangeKind) int {
	return slices.Index([]sessions.ChangeKind{sessions.FileCreated, "", sessions.FileModified, sessions.FileRenamed, sessions.FileDeleted}, kind)
}

// grouped makes one entry of the files of a folder if there are at least least.
func grouped(files []sessions.FileChange, folder func(string) string, least int) []changeEntry {
	type key struct {
		kind           sessions.ChangeKind
		folder, former string
	}
	keyOf := func(f sessions.FileChange) key {
		k := key{kind: f.Kind, folder: folder(f.Name)}
		if f.Kind == sessions.FileRenamed {
			k.former = folder(f.From)
		}
		return k
	}
	groups := map[key][]sessions.FileChange{}
	for _, f := range files {
		groups[keyOf(f)] = append(groups[keyOf(f)], f)
	}
	var entries []changeEntry
	for k, files := range groups {
		if len(files) >= least && !(k.kind == sessions.FileRenamed && k.folder == k.former && len(files) < minGroup) {
			entries = append(entries, changeEntry{kind: k.kind, folder: k.folder, former: k.former, files: files, group: true})
			continue
		}
		for _, f := range files {
			entries = append(entries, changeEntry{kind: k.kind, files: []sessions.FileChange{f}})
		}
	}
	slices.SortFunc(entries, func(a, b changeEntry) int {
		return cmp.Or(cmp.Compare(a.files[0].Name, b.files[0].Name), cmp.Compare(a.kind, b.kind))
	})
	return entries
}

// name is what an entry is ordered by.
func (e changeEntry) name() string {
	if e.group {
		return e.folder + "/"
	}
	return e.files[0].Name
}

// verb says what happened to a file.
func verb(kind sessions.ChangeKind) string {
	switch kind {
	case sessions.FileCreated:
		return "new"
	case sessions.FileModified:
		return "changed"
	case sessions.FileRenamed:
		return "renamed"
	case sessions.FileDeleted:
		return "deleted"
	}
	return "new or changed"
}

// groupText describes a group, such as "plots/: 100 new files, 3.2 MB". show writes
// the path of a folder.
func (e changeEntry) groupText(show func(string) string) string {
	folder := func(name string) string {
		if name == "." {
			name = ""
		}
		return prose.Name(strings.TrimSuffix(show(name), "/") + "/")
	}
	count := fmt.Sprintf("%d %s files", len(e.files), verb(e.kind))
	var size int64
	for _, f := range e.files {
		size += f.Size
	}
	text := count + e.examples()
	if e.kind != sessions.FileDeleted {
		text += ", " + prose.Rounded(size)
	}
	switch {
	case e.kind == sessions.FileRenamed && e.former != e.folder:
		return folder(e.former) + " → " + folder(e.folder) + ": " + text
	case e.folder == "." && show("") == "":
		return text
	}
	return folder(e.folder) + ": " + text
}

// maxNames is how long the names of a group may be together.
const maxNames = 100

// examples are the names of a group or, if they are long together, the first and the
// last of them, such as " (a1.png … a100.png)".
func (e changeEntry) examples() string {
	files := slices.SortedFunc(slices.Values(e.files), func(a, b sessions.FileChange) int { return natural(a.Name, b.Name) })
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = prose.Name(strings.TrimPrefix(f.Name, e.folder+"/"))
	}
	all := strings.Join(names, ", ")
	if len(all) > maxNames {
		all = names[0] + " … " + names[len(names)-1]
	}
	if len(all) > maxNames {
		return ""
	}
	return " (" + all + ")"
}
