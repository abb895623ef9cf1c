package sessionstest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// Fake is a [sessions.Pool] in memory, for tests of what uses a pool. Files and
// the life of sessions are real, as the contract of Pool says; code is not run
// but handed to Script. The zero value is ready to use. Set the fields before
// the first call.
type Fake struct {
	// Script stands for the interpreter: it gets every request, one at a time
	// in each session, and says what came of it. It may use the Fake's files.
	// Nil means that every run succeeds without output. Incarnation and Status
	// are filled in where Script leaves them empty.
	Script func(ctx context.Context, id sessions.ID, req sessions.Request) (*sessions.Execution, error)
	// Err, if set, is returned by every call.
	Err error
	// MaxSessions bounds the pool, and MaxFile one upload in bytes; 0 means no
	// bound.
	MaxSessions int
	MaxFile     int64

	mu       sync.Mutex
	closed   bool
	made     int
	sessions map[sessions.ID]*session
}

var _ sessions.Pool = (*Fake)(nil)

// cooldown is what Describe says; a Fake's sessions end with Stop alone.
const cooldown = time.Hour

// session is one session, guarded by the mutex of its Fake except for turn.
type session struct {
	about sessions.Session
	turn  chan struct{} // holds a token while code runs
	files map[string]file
}

type file struct {
	data     []byte
	dir      bool
	modified time.Time
}

// Execute hands the request to Script.
func (f *Fake) Execute(ctx context.Context, id sessions.ID, req sessions.Request) (*sessions.Execution, error) {
	f.mu.Lock()
	_, there := f.sessions[id]
	s, err := f.enter(ctx, id)
	f.mu.Unlock()
	if err != nil {
		return nil, err
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	run := &sessions.Execution{}
	if f.Script != nil {
		if run, err = f.Script(ctx, id, req); err != nil {
			return nil, err
		}
	}
	done := f.finish(s, run)
	done.NewSession = !there
	return done, nil
}

// finish fills in what a script left out, in a copy: scripts may return the
// same Execution again.
func (f *Fake) finish(s *session, run *sessions.Execution) *sessions.Execution {
	f.mu.Lock()
	defer f.mu.Unlock()
	done := *run
	if done.Status == "" {
		done.Status = sessions.Succeeded
	}
	if done.Incarnation == "" {
		done.Incarnation = s.about.Incarnation
	}
	if done.Result == nil {
		done.Result = []byte(`""`)
	}
	return &done
}

// Upload stores a file.
func (f *Fake) Upload(ctx context.Context, id sessions.ID, name string, r io.Reader) (sessions.File, error) {
	clean, err := sessions.CleanName(name)
	if err != nil {
		return sessions.File{}, err
	}
	data, err := f.read(ctx, r)
	if err != nil {
		return sessions.File{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s, err := f.enter(ctx, id)
	if err != nil {
		return sessions.File{}, err
	}
	return f.store(s, clean, data)
}

// read reads an upload before anything is changed, so that it is stored whole
// or not at all.
func (f *Fake) read(ctx context.Context, r io.Reader) ([]byte, error) {
	if f.MaxFile > 0 {
		r = io.LimitReader(r, f.MaxFile+1)
	}
	var buf bytes.Buffer
	if _, err := io.Copy(&buf, cancellable{ctx, r}); err != nil {
		return nil, err
	}
	if f.MaxFile > 0 && int64(buf.Len()) > f.MaxFile {
		return nil, fmt.Errorf("%w: a file may have %d bytes", sessions.ErrTooLarge, f.MaxFile)
	}
	return buf.Bytes(), nil
}

type cancellable struct {
	ctx context.Context
	r   io.Reader
}

func (c cancellable) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

func (f *Fake) store(s *session, name string, data []byte) (sessions.File, error) {
	if old, ok := s.files[name]; ok && old.dir {
		return sessions.File{}, fmt.Errorf("%w %q: it is a folder", sessions.ErrInvalidName, name)
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if there, ok := s.files[dir]; ok && !there.dir {
			return sessions.File{}, fmt.Errorf("%w %q: %s is a file", sessions.ErrInvalidName, name, dir)
		}
	}
	now := time.Now()
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if _, ok := s.files[dir]; !ok {
			s.files[dir] = file{dir: true, modified: now}
		}
	}
	s.files[name] = file{data: data, modified: now}
	return describe(name, s.files[name]), nil
}

// List lists a folder.
func (f *Fake) List(ctx context.Context, id sessions.ID, dir string, recursive bool) (sessions.Listing, error) {
	clean, err := sessions.CleanDir(dir)
	if err != nil {
		return sessions.Listing{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s, err := f.enter(ctx, id)
	if err != nil {
		return sessions.Listing{}, err
	}
	if clean != "" && !s.files[clean].dir {
		return sessions.Listing{}, missing(clean)
	}
	var found sessions.Listing
	for name, there := range s.files {
		below := name
		if clean != "" {
			if below = strings.TrimPrefix(name, clean+"/"); below == name {
				continue
			}
		}
		if recursive || !strings.Contains(below, "/") {
			found.Files = append(found.Files, describe(name, there))
		}
	}
	slices.SortFunc(found.Files, func(a, b sessions.File) int { return strings.Compare(a.Name, b.Name) })
	return found, nil
}

// Stat describes a file or folder.
func (f *Fake) Stat(ctx context.Context, id sessions.ID, name string) (sessions.File, error) {
	_, clean, there, err := f.find(ctx, id, name)
	return describe(clean, there), err
}

// Download opens a file as it is at this moment.
func (f *Fake) Download(ctx context.Context, id sessions.ID, name string) (sessions.File, io.ReadCloser, error) {
	_, clean, there, err := f.find(ctx, id, name)
	if err != nil {
		return sessions.File{}, nil, err
	}
	if there.dir {
		return sessions.File{}, nil, fmt.Errorf("%w %q: it is a folder", sessions.ErrInvalidName, clean)
	}
	return describe(clean, there), io.NopCloser(bytes.NewReader(there.data)), nil
}

// Delete removes a file, or a folder with what is in it.
func (f *Fake) Delete(ctx context.Context, id sessions.ID, name string) error {
	s, clean, _, err := f.find(ctx, id, name)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for other := range s.files {
		if other == clean || strings.HasPrefix(other, clean+"/") {
			delete(s.files, other)
		}
	}
	return nil
}

// Stop ends a session. The same ID then names a new one.
func (f *Fake) Stop(ctx context.Context, id sessions.ID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.usable(ctx, id); err != nil {
		return err
	}
	delete(f.sessions, id)
	return nil
}

// Describe tells about a session.
func (f *Fake) Describe(ctx context.Context, id sessions.ID) (sessions.Session, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.usable(ctx, id); err != nil {
		return sessions.Session{}, err
	}
	s, ok := f.sessions[id]
	if !ok {
		return sessions.Session{}, sessions.ErrNoSession
	}
	about := s.about
	about.Expires = about.LastUsed.Add(cooldown)
	return about, nil
}

// Close closes the pool: every later call returns [sessions.ErrClosed].
func (f *Fake) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed, f.sessions = true, nil
	return nil
}

// enter returns the session of id, made if there is none, with f.mu held.
func (f *Fake) enter(ctx context.Context, id sessions.ID) (*session, error) {
	if err := f.usable(ctx, id); err != nil {
		return nil, err
	}
	now := time.Now()
	if s, ok := f.sessions[id]; ok {
		s.about.LastUsed = now
		return s, nil
	}
	if f.MaxSessions > 0 && len(f.sessions) >= f.MaxSessions {
		return nil, &sessions.CapacityError{Limit: f.MaxSessions}
	}
	if f.sessions == nil {
		f.sessions = map[sessions.ID]*session{}
	}
	f.made++
	s := &session{
		about: sessions.Session{ID: id, Incarnation: fmt.Sprintf("fa4e0000-0000-4000-8000-%012d", f.made), Created: now, LastUsed: now},
		turn:  make(chan struct{}, 1),
		files: map[string]file{},
	}
	f.sessions[id] = s
	return s, nil
}

// usable checks what every method checks first.
func (f *Fake) usable(ctx context.Context, id sessions.ID) error {
	if _, err := sessions.ParseID(string(id)); err != nil {
		return err
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case f.closed:
		return sessions.ErrClosed
	}
	return f.Err
}

func (f *Fake) find(ctx context.Context, id sessions.ID, name string) (*session, string, file, error) {
	clean, err := sessions.CleanName(name)
	if err != nil {
		return nil, "", file{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s, err := f.enter(ctx, id)
	if err != nil {
		return nil, "", file{}, err
	}
	there, ok := s.files[clean]
	if !ok {
		return nil, "", file{}, missing(clean)
	}
	return s, clean, there, nil
}

func missing(name string) error {
	return &fs.PathError{Op: "open", Path: sessions.DataDir + "/" + name, Err: fs.ErrNotExist}
}

func describe(name string, there file) sessions.File {
	return sessions.File{Name: name, Size: int64(len(there.data)), Modified: there.modified, Dir: there.dir}
}
