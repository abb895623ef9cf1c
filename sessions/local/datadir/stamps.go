package datadir

import (
	"maps"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/tree"
)

// maxStamps bounds how many files are looked at for changes.
const maxStamps = 10_000

// stamps are the files of a folder at one moment, by name.
type stamps map[string]stamp

type stamp struct {
	size     int64
	modified time.Time
	id       tree.ID // zero if it is not known
}

// same reports whether two stamps are of a file that was not written to between them.
func (s stamp) same(other stamp) bool {
	return s.size == other.size && s.modified.Equal(other.modified)
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
