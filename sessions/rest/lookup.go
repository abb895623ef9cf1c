package rest

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/spelling"
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
		there, rest, err := spelling.Find(c.r.Context(), c.pool, c.id, name)
		switch {
		case err != nil:
			return err
		case rest == "" && there != name:
			return do(there)
		}
	}
	return missing
}
