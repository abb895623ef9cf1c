package transcript

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"dynamic-sessions-mcp/sessions/atomicfile"
)

// A conversation has the files of one session's transcript.
type conversation struct {
	log      *logFile // nil if it cannot be made now
	notebook string   // its path; "" as long as there is no log
	tried    time.Time
}

// retryTime is how often it is tried to make a log that could not be made.
const retryTime = 5 * time.Second

// conversation returns the files of the session of an event, and makes them when it is
// the first.
func (r *Recorder) conversation(e event) *conversation {
	c, ok := r.open.Use(e.id)
	if !ok {
		if r.open.Len() >= maxConversations {
			r.open.DeleteOldest()
		}
		c = &conversation{}
		r.open.Add(e.id, c)
	}
	if c.log == nil && time.Since(c.tried) > retryTime {
		c.tried = time.Now()
		r.check("log", r.openFiles(c, e))
	}
	return c
}

// openFiles makes the files of a conversation, or goes on with those of a named session.
func (r *Recorder) openFiles(c *conversation, e event) error {
	if err := os.Mkdir(r.opts.Dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	open := Open{Format: formatName, Version: formatVersion, About: r.opts.About}
	if e.run != nil {
		open.Earlier = e.told.Number - 1
	}
	if e.id == r.opts.Named && r.opts.State != "" {
		if base, err := os.ReadFile(r.basePath()); err == nil && filepath.Dir(string(base)) == filepath.Clean(r.opts.Dir) {
			if c.log, err = continueLog(string(base)+".jsonl", Open{Format: formatName, Version: formatVersion, About: r.opts.About}); err == nil {
				c.notebook = string(base) + ".ipynb"
				return nil
			}
			c.log = nil
		}
	}
	base, err := r.create(c, open)
	if err == nil && e.id == r.opts.Named && r.opts.State != "" {
		err = replaceFile(r.basePath(), []byte(base))
	}
	return err
}

// basePath is the file that says which files a named session has.
func (r *Recorder) basePath() string { return r.opts.State + filesEnding }

// create makes files with names that nobody has yet. It returns their path without the
// ending.
func (r *Recorder) create(c *conversation, open Open) (base string, err error) {
	stamp := time.Now().UTC().Format("20060102-150405")
	for n := 1; n <= 1000; n++ {
		base = filepath.Join(r.opts.Dir, "conversation-"+stamp)
		if n > 1 {
			base += fmt.Sprintf("-%d", n)
		}
		if _, err := os.Lstat(base + ".ipynb"); err == nil {
			continue
		}
		log, err := createLog(base+".jsonl", open)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if log == nil {
			return "", err
		}
		if err != nil {
			return "", errors.Join(err, os.Remove(base+".jsonl"))
		}
		c.log, c.notebook = log, base+".ipynb"
		return base, nil
	}
	return "", errors.New("too many conversations began within a second")
}

// replaceFile writes a file whole or not at all.
func replaceFile(path string, data []byte) error {
	return atomicfile.Write(path, 0o600, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// Cause is why a file could not be written, without its path, or another error as it is.
func Cause(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
