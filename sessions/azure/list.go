package azure

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// maxPages bounds the pages of a listing, and the folders that one without
// recursion is put together from.
const maxPages = 200

// entry is a file in an answer of either generation.
type entry struct {
	Name       string    `json:"name"`
	Directory  string    `json:"directory"`
	Type       string    `json:"type"`
	Size       int64     `json:"sizeInBytes"`
	Modified   time.Time `json:"lastModifiedAt"`
	Properties *struct {
		Filename string    `json:"filename"`
		Size     int64     `json:"size"`
		Modified time.Time `json:"lastModifiedTime"`
	} `json:"properties"`
}

// empty reports that an entry names no file, as in an answer that is about
// something else.
func (e *entry) empty() bool { return e.Name == "" && e.Properties == nil }

// file returns what an entry says of the file of that name.
func (e *entry) file(name string) sessions.File {
	f := sessions.File{Name: name, Size: e.Size, Modified: e.Modified, Dir: strings.EqualFold(e.Type, wire.TypeDirectory)}
	if e.Properties != nil {
		f.Size, f.Modified = e.Properties.Size, e.Properties.Modified
	}
	if f.Dir {
		f.Size = 0
	}
	f.Size = max(f.Size, 0)
	return f
}

// name returns the path of an entry below sessions.DataDir, in a listing of the
// folder dir.
func (e *entry) name(dir string) (string, error) {
	if e.Properties != nil {
		return sessions.CleanName(e.Properties.Filename)
	}
	if strings.Contains(e.Name, "/") {
		return "", sessions.ErrInvalidName
	}
	in := dir
	if e.Directory != "" {
		clean, err := sessions.CleanDir(e.Directory)
		if err != nil {
			return "", err
		}
		if in = clean; dir != "" && clean != dir && !strings.HasPrefix(clean, dir+"/") {
			in = path.Join(dir, clean)
		}
	}
	if in == "" {
		return sessions.CleanName(e.Name)
	}
	return sessions.CleanName(in + "/" + e.Name)
}

// stored is an answer about one file, in either generation.
type stored struct {
	entry
	Value []entry `json:"value"`
}

func (s *stored) one() *entry {
	if len(s.Value) > 0 {
		return &s.Value[0]
	}
	return &s.entry
}

// page is an answer to a listing.
type page struct {
	Value    *[]entry `json:"value"` // nil in what is no such answer
	NextLink *string  `json:"nextLink"`
	Omitted  int      `json:"dynamicSessionsOmitted"`
}

// List implements [sessions.Pool].
func (p *Pool) List(ctx context.Context, id sessions.ID, dir string, recursive bool) (sessions.Listing, error) {
	if err := check(ctx, id); err != nil {
		return sessions.Listing{}, err
	}
	dir, err := sessions.CleanDir(dir)
	if err != nil {
		return sessions.Listing{}, err
	}
	l := &listing{pool: p, ctx: ctx, id: id, end: time.Now().Add(callTime), found: map[string]sessions.File{}}
	if recursive {
		err = l.tree(dir)
	} else {
		err = l.folder(dir, false)
	}
	if err != nil {
		return sessions.Listing{}, missing(err, dir)
	}
	p.used(id)
	return l.result(), nil
}

// listing is a listing on the way.
type listing struct {
	pool    *Pool
	ctx     context.Context
	id      sessions.ID
	end     time.Time // of the time for all of it
	found   map[string]sessions.File
	omitted int // -1 means many
	pages   int
}

// tree adds all that is below a folder. The service is asked for everything,
// since what "directory" means in the answer is only clear then; one that does
// not know recursion is asked folder by folder.
func (l *listing) tree(dir string) error {
	if err := l.folder("", true); err != nil {
		return err
	}
	if !l.deep() {
		if err := l.walk(); err != nil {
			return err
		}
	}
	if dir == "" {
		return nil
	}
	if f, ok := l.found[dir]; !ok || !f.Dir {
		// Asked for by itself, it is there or the service says that it is not.
		l.found = map[string]sessions.File{}
		return l.folder(dir, false)
	}
	if l.omitted > 0 { // they may be elsewhere
		l.omitted = 0
		if err := l.folder(dir, false); err != nil {
			return err
		}
	}
	for name := range l.found {
		if !strings.HasPrefix(name, dir+"/") {
			delete(l.found, name)
		}
	}
	return nil
}

// deep reports whether something of a folder was found, or there is no folder.
func (l *listing) deep() bool {
	folders := false
	for name, f := range l.found {
		if strings.Contains(name, "/") {
			return true
		}
		folders = folders || f.Dir
	}
	return !folders
}

// walk adds what is in the folders that were found, and in those below them.
func (l *listing) walk() error {
	walked := map[string]bool{}
	for {
		var next []string
		for name, f := range l.found {
			if f.Dir && !walked[name] {
				next = append(next, name)
			}
		}
		if len(next) == 0 {
			return nil
		}
		for _, name := range next {
			walked[name] = true
			if l.pages >= maxPages || !time.Now().Before(l.end) {
				l.omitted = -1
				return nil
			}
			err := l.folder(name, false)
			if errors.Is(err, errSilence) && !time.Now().Before(l.end) {
				l.omitted = -1
				return nil
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err // one that is gone meanwhile is no matter
			}
		}
	}
}

// folder adds all pages of what the service lists of a folder.
func (l *listing) folder(dir string, recursive bool) error {
	next := folderQuery(dir)
	if recursive {
		next = url.Values{wire.ParamRecursive: {"true"}}
	}
	for {
		l.pages++
		c := l.newCall()
		c.version, c.names, c.query = l.pool.flatVersion(), dir != "", next
		var found page
		_, err := l.pool.exchange(l.ctx, c, &found)
		if err != nil && dir == "" && l.pages == 1 && l.pool.wrapped.Load() && isStatus(err, http.StatusBadRequest, http.StatusNotFound) {
			c = l.newCall()
			c.version = l.pool.wrappedVersion()
			_, err = l.pool.exchange(l.ctx, c, &found)
		}
		if err != nil {
			return err
		}
		if found.Value == nil {
			return l.pool.errUnexpected(c)
		}
		l.add(dir, found)
		if found.NextLink == nil || *found.NextLink == "" {
			return nil
		}
		if next, err = l.pool.continuation(*found.NextLink); err != nil || l.pages >= maxPages {
			l.omitted = -1
			return nil
		}
	}
}

// newCall returns the call for one page.
func (l *listing) newCall() *call {
	c := l.pool.newCall("list files", http.MethodGet, "/files", l.id)
	c.limits.end, c.limits.latest = l.end, l.end
	return c
}

func (l *listing) add(dir string, found page) {
	l.omit(found.Omitted)
	for i := range *found.Value {
		e := &(*found.Value)[i]
		name, err := e.name(dir)
		if err != nil || len(l.found) >= l.pool.opts.MaxList || name == dir {
			l.omit(1)
			continue
		}
		l.found[name] = e.file(name)
	}
}

func (l *listing) omit(n int) {
	if n < 0 || l.omitted < 0 {
		l.omitted = -1
		return
	}
	l.omitted += n
}

func (l *listing) result() sessions.Listing {
	files := make([]sessions.File, 0, len(l.found))
	for _, f := range l.found {
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b sessions.File) int { return strings.Compare(a.Name, b.Name) })
	return sessions.Listing{Files: files, Omitted: l.omitted}
}

// continuation reads the query of a link to the next page. Its host and path
// are not looked at: the next request goes to the endpoint, whatever it says.
func (p *Pool) continuation(link string) (url.Values, error) {
	u, err := url.Parse(link)
	if err != nil {
		return nil, fmt.Errorf("a link to the next page: %w", err)
	}
	q := u.Query()
	q.Del(wire.ParamVersion)
	q.Del(wire.ParamIdentifier)
	return q, nil
}
