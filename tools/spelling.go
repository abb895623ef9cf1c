package tools

import (
	"context"
	"errors"
	"path"

	"golang.org/x/text/unicode/norm"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/spelling"
)

// placeFor is the name under which an upload is stored: that of the file which
// it replaces, in whatever form of Unicode that has its name, or, in a folder that
// may be there in another form, the usual one, in which code is going to write it.
// there reports whether all of the name was found.
func (t *Tools) placeFor(ctx context.Context, id sessions.ID, name string) (place string, there bool, err error) {
	found, rest, err := spelling.Find(ctx, t.pool, id, name)
	switch {
	case errors.Is(err, sessions.ErrInvalidName):
		return "", false, err
	case err != nil:
		return norm.NFC.String(name), false, nil // the upload will say what is wrong
	}
	return path.Join(found, norm.NFC.String(rest)), rest == "", nil
}

// otherSpelling is how the session writes a name that it does not have as it is
// given, "" if it does not have it in any form of Unicode.
func (t *Tools) otherSpelling(ctx context.Context, id sessions.ID, name string) (string, error) {
	there, rest, err := spelling.Find(ctx, t.pool, id, name)
	switch {
	case errors.Is(err, sessions.ErrInvalidName):
		return "", err
	case err != nil, rest != "", there == name:
		return "", nil // what was tried by the name as it is has said what is wrong
	}
	return there, nil
}
