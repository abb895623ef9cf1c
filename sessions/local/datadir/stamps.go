package datadir

import (
	"maps"
	"slices"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions"
)

const (
	// maxStamps bounds how many files are looked at for changes.
	maxStamps = 10_000
	// maxChanged bounds how many changed files an execution reports.
	maxChanged = 100
)

// stamps are the files of a folder at one moment, by name.
type stamps map[string]stamp

type stamp struct {
	size     int64
	modified time.Time
}

// changedSince returns the files that are new or different, in order of name,
// and the number of those beyond the bound.
func (s stamps) changedSince(before stamps) (files []sessions.File, omitted int) {
	for _, name := range slices.Sorted(maps.Keys(s)) {
		now := s[name]
		if was, ok := before[name]; ok && was.size == now.size && was.modified.Equal(now.modified) {
			continue
		}
		if len(files) == maxChanged {
			omitted++
			continue
		}
		files = append(files, sessions.File{Name: name, Size: now.size, Modified: now.modified.UTC()})
	}
	return files, omitted
}

// since leaves out the files that were last modified before a moment.
func (s stamps) since(t time.Time) stamps {
	recent := maps.Clone(s)
	maps.DeleteFunc(recent, func(_ string, f stamp) bool { return f.modified.Before(t) })
	return recent
}

// listable reports whether a caller could pass a name back.
func listable(name string) bool {
	clean, err := sessions.CleanName(name)
	return err == nil && clean == name && !strings.Contains(name, partialPrefix)
}

func orDot(dir string) string {
	if dir == "" {
		return "."
	}
	return dir
}

func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}
