package tools

import (
	"context"
	"path"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"dynamic-sessions-mcp/sessions"
)

// Unicode has several forms of one text: ü is one character, or u and a mark, as
// macOS writes names. People cannot tell them apart, and file systems of Linux
// do. A name that is there is taken as it is; otherwise one in another form is.

// sameText returns the name that an entry of the session has which is name in
// any form of Unicode, and whether there is one.
func (t *Tools) sameText(ctx context.Context, id sessions.ID, name string) (string, bool) {
	if ascii(name) {
		return "", false
	}
	found, err := t.pool.List(ctx, id, "", true)
	if err != nil {
		return "", false
	}
	return formOf(name, found)
}

// formOf is sameText in a listing.
func formOf(name string, found sessions.Listing) (string, bool) {
	usual, other, ok := norm.NFC.String(name), "", false
	for _, f := range found.Files {
		if f.Name == name {
			return name, true
		}
		if !ok && norm.NFC.String(f.Name) == usual {
			other, ok = f.Name, true
		}
	}
	return other, ok
}

// placeFor is the name under which an upload is stored: that of the file which
// it replaces or, in a folder that may be there in another form, the usual form,
// in which code is going to write it.
func (t *Tools) placeFor(ctx context.Context, id sessions.ID, name string) string {
	if ascii(name) {
		return name
	}
	found, err := t.pool.List(ctx, id, "", true)
	if err != nil {
		return norm.NFC.String(name) // the upload will say what is wrong
	}
	return placeIn(name, found)
}

func placeIn(name string, found sessions.Listing) string {
	if same, ok := formOf(name, found); ok {
		return same
	}
	base := norm.NFC.String(path.Base(name))
	if dir := path.Dir(name); dir != "." {
		return path.Join(placeIn(dir, found), base)
	}
	return base
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
