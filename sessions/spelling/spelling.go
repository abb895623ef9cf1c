// Package spelling finds names of files that are written in another form of
// Unicode than the session's.
package spelling

import (
	"context"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"dynamic-sessions-mcp/sessions"
)

// A lister lists folders of sessions, as a [sessions.Pool] does.
type lister interface {
	List(ctx context.Context, id sessions.ID, dir string, recursive bool) (sessions.Listing, error)
}

// Find returns the form in which a session has a name, as far as it has it. Unicode
// has several forms of one text: ü is one character, or u and a mark, as macOS writes
// names. People cannot tell them apart, but Linux does. A part of the name that exists
// as given is taken so; else the only one that is the same text in another form.
//
// there is the longest beginning of the name that exists in the session, or "", and
// rest is what follows, as given, or "". A name in ASCII has one form: it is returned
// in there without being looked up. The error wraps [sessions.ErrInvalidName] if
// several names are the same text and none is the given one; other errors are those
// of List.
func Find(ctx context.Context, pool lister, id sessions.ID, name string) (there, rest string, err error) {
	if isASCII(name) {
		return name, "", nil
	}
	parts := strings.Split(name, "/")
	for i, part := range parts {
		listing, err := pool.List(ctx, id, there, false)
		if err != nil {
			return "", "", err
		}
		f, err := sameText(listing.Files, path.Join(there, part))
		if err != nil {
			return "", "", err
		}
		if f == nil || !f.Dir && i < len(parts)-1 {
			return there, path.Join(parts[i:]...), nil
		}
		there = f.Name
	}
	return there, "", nil
}

// sameText returns the file with the name, or else the only one that has the name in
// another form, or nil.
func sameText(files []sessions.File, name string) (*sessions.File, error) {
	var same []*sessions.File
	for i := range files {
		f := &files[i]
		if f.Name == name {
			return f, nil
		}
		if norm.NFC.String(f.Name) == norm.NFC.String(name) {
			same = append(same, f)
		}
	}
	switch len(same) {
	case 0:
		return nil, nil
	case 1:
		return same[0], nil
	}
	return nil, fmt.Errorf("%w: %d names look like this one in other Unicode forms; "+
		"list the files and give one name exactly as it is listed, or rename one with code", sessions.ErrInvalidName, len(same))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
