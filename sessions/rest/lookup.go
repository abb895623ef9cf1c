package rest

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/text/unicode/norm"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// onFile calls do with the name of the file or folder that a URL means by one of
// names, and returns what do does. What is not there by the name as it is may be
// there by the same name in another form of Unicode. The error for what is not
// there is that of the first try.
func (c *call) onFile(do func(name string) error, names ...string) error {
	var meant []string
	for _, name := range names {
		all, err := c.meant(name)
		if err != nil {
			return err
		}
		meant = append(meant, all...)
	}
	var first error
	for _, name := range meant {
		err := do(name)
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, sessions.ErrInvalidName) {
			return err
		}
		first = cmp.Or(first, err)
	}
	return c.inOtherForm(first, do, meant...)
}

// meant returns the files that a URL may mean by a name, the likeliest first: in
// the folder of the query, or, as answers to uploads name it, with that folder in
// it already.
func (c *call) meant(name string) ([]string, error) {
	clean, err := sessions.CleanName(name)
	if err != nil || c.query.path == "" || strings.HasPrefix(name, "/") {
		return []string{clean}, err
	}
	dir, err := cleanFolder(c.query.path)
	if err != nil {
		return nil, err
	}
	inside, err := sessions.CleanName(path.Join(dir, clean))
	if err != nil || dir == "" || !strings.HasPrefix(clean, dir+"/") {
		return []string{inside}, err
	}
	return []string{inside, clean}, nil
}

// inOtherForm calls do with the first of names that something has in another
// form of Unicode: a file that comes from macOS may have an e with an accent in
// two characters where others write é. If there is none, or missing is another
// error, that is the error.
func (c *call) inOtherForm(missing error, do func(name string) error, names ...string) error {
	if !errors.Is(missing, fs.ErrNotExist) {
		return missing
	}
	for _, name := range names {
		other, err := c.otherForm(name)
		switch {
		case err == nil:
			return do(other)
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	return missing
}

// otherForm returns the file or folder that has a name in another form. The
// error wraps [fs.ErrNotExist] if there is none. A name in ASCII has one form.
func (c *call) otherForm(name string) (string, error) {
	if isASCII(name) {
		return "", fs.ErrNotExist
	}
	found := ""
	for part := range strings.SplitSeq(name, "/") {
		listing, err := c.pool.List(c.r.Context(), c.id, found, false)
		if err != nil {
			return "", err
		}
		if found, err = pick(listing.Files, path.Join(found, part)); err != nil {
			return "", err
		}
	}
	return found, nil
}

// pick returns the name of one of the files: the one that is wanted, or the only
// one that is the same in another form.
func pick(files []sessions.File, wanted string) (string, error) {
	var same []string
	for _, f := range files {
		if f.Name == wanted {
			return wanted, nil
		}
		if norm.NFC.String(f.Name) == norm.NFC.String(wanted) {
			same = append(same, f.Name)
		}
	}
	switch len(same) {
	case 0:
		return "", fs.ErrNotExist
	case 1:
		return same[0], nil
	}
	return "", refuse(wire.CodeFileName, "", fmt.Sprintf(
		"%d files have a name that looks like this one and is written in another form of Unicode; list the files, and give the name of one as it stands there", len(same)))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
