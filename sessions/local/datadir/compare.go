package datadir

import (
	"cmp"
	"maps"
	"slices"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/tree"
)

// maxChanged bounds how many changed files an execution reports.
const maxChanged = 1000

// changedSince returns what happened to the files since they were as before, in
// order of name, and the number of the changes beyond the bound. whole says that s
// has all files: only then is it known which are gone.
func (s stamps) changedSince(before stamps, whole bool) (changes []sessions.FileChange, omitted int) {
	var gone vanished
	if whole {
		gone = before.without(s)
	}
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if change, ok := s.changed(name, before, &gone); ok {
			changes = append(changes, change)
		}
	}
	for name := range gone.left {
		if !sessions.Incidental(name) {
			changes = append(changes, sessions.FileChange{File: before[name].file(name), Kind: sessions.FileDeleted})
		}
	}
	slices.SortFunc(changes, func(a, b sessions.FileChange) int { return cmp.Compare(a.Name, b.Name) })
	omitted = max(0, len(changes)-maxChanged)
	return changes[:len(changes)-omitted], omitted
}

// changed returns what happened to a file that is there, if anything did.
func (s stamps) changed(name string, before stamps, gone *vanished) (sessions.FileChange, bool) {
	now := s[name]
	change := sessions.FileChange{File: now.file(name), Kind: sessions.FileCreated}
	if was, known := before[name]; known {
		change.Kind = sessions.FileModified
		return change, !was.same(now) && !sessions.Incidental(name)
	}
	if from := gone.claim(now); from != "" && !sessions.Incidental(from) {
		change.Kind, change.From = sessions.FileRenamed, from
		return change, true
	}
	return change, !sessions.Incidental(name)
}

// file describes the file of a name.
func (s stamp) file(name string) sessions.File {
	return sessions.File{Name: name, Size: s.size, Modified: s.modified.UTC()}
}

// A trace is what a file keeps when it is renamed: its identity, its size and its
// time. Identity is left out where files have none, and for a copy that has the time
// of the original.
type trace struct {
	id       tree.ID
	size     int64
	modified int64 // ns
}

// traces returns by what a file may be recognized, the surest first.
func (s stamp) traces() []trace {
	t := trace{s.id, s.size, s.modified.UnixNano()}
	if s.size == 0 {
		return []trace{t}
	}
	return []trace{t, {size: t.size, modified: t.modified}}
}

// vanished are names that are not there any more.
type vanished struct {
	left  map[string]bool    // those that no file was found for
	names map[trace][]string // in order
}

// without returns the names of s that now does not have.
func (s stamps) without(now stamps) vanished {
	v := vanished{left: map[string]bool{}, names: map[trace][]string{}}
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if _, there := now[name]; there {
			continue
		}
		v.left[name] = true
		for _, t := range s[name].traces() {
			v.names[t] = append(v.names[t], name)
		}
	}
	return v
}

// claim returns the name that a file had before, which is not gone then, or "".
func (v *vanished) claim(now stamp) string {
	for _, t := range now.traces() {
		for len(v.names[t]) > 0 {
			name := v.names[t][0]
			v.names[t] = v.names[t][1:]
			if v.left[name] {
				delete(v.left, name)
				return name
			}
		}
	}
	return ""
}
