package tools

import (
	"context"
	"errors"
	"path"

	"golang.org/x/text/unicode/norm"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/spelling"
)

// placeFor returns the name under which an upload is stored. If the file exists in
// any form of Unicode, it is replaced; else folders that exist keep their form, and
// the rest gets the usual one (NFC), in which code writes names. there reports
// whether the file exists.
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

// otherSpelling returns the form of Unicode in which the session has a name that it
// does not have as given, or "" if it has none.
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
