package delivery

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/atomicfile"
	"dynamic-sessions-mcp/tools/hostfs"
)

// An entry is what became of a file of the session.
type entry struct {
	// Size and Modified are those of the session's file that was saved, or refused.
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
	// As is where it is below the folder; "" if it is not there.
	As string `json:"as,omitempty"`
	// Mark is how the file was left there.
	Mark hostfs.Mark `json:"mark"`
	// Ours says that we made it, so that it may be replaced while it is as it was left.
	Ours bool `json:"ours,omitempty"`
	// Pending says that it was about to get its name when this was written.
	Pending bool `json:"pending,omitempty"`
}

// bytes are what the file takes of Options.MaxBytes.
func (e entry) bytes() int64 {
	if !e.Ours {
		return 0
	}
	return e.Mark.Size
}

// A record has the entries of a session. If it has a file, each change is appended to
// it before it counts, so that a server that is killed leaves what the next one needs.
// It is used by one job at a time.
type record struct {
	file    *os.File // nil without one
	entries map[string]entry
	bytes   int64 // of all
	omitted int   // what the last listing had left out
}

// A line is a change as the file has it. The first line names the folder alone.
type line struct {
	Folder string `json:"folder,omitempty"`
	Path   string `json:"path,omitempty"`
	Entry  *entry `json:"entry,omitempty"`
}

// maxRecord bounds the file of a record that is read.
const maxRecord = 64 << 20

// openRecord reads the record at path, "" for none, of what was saved in a folder. One
// about another folder counts for nothing. It is written again, without what changed
// later.
func openRecord(path, folder string) (*record, error) {
	r := &record{entries: map[string]entry{}}
	if path == "" {
		return r, nil
	}
	if err := r.read(path, folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	err := atomicfile.Write(path, 0o600, func(w io.Writer) error {
		err := writeLine(w, line{Folder: folder})
		for rel, e := range r.entries {
			err = errors.Join(err, writeLine(w, line{Path: rel, Entry: &e}))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	r.file, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	return r, err
}

// read takes lines until one is not whole: that one was being written when the server
// was killed.
func (r *record) read(path, folder string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := json.NewDecoder(bufio.NewReader(io.LimitReader(file, maxRecord)))
	var head line
	if err := lines.Decode(&head); err != nil || head.Folder != folder {
		return nil
	}
	for len(r.entries) < maxFiles {
		var l line
		if err := lines.Decode(&l); err != nil {
			return nil
		}
		if l.Entry != nil {
			r.set(l.Path, *l.Entry)
		}
	}
	return nil
}

func writeLine(w io.Writer, l line) error {
	data, err := json.Marshal(l)
	if err == nil {
		_, err = w.Write(append(data, '\n'))
	}
	return err
}

func (r *record) set(rel string, e entry) {
	r.bytes += e.bytes() - r.entries[rel].bytes()
	r.entries[rel] = e
}

// put notes what became of a file.
func (r *record) put(rel string, e entry) error {
	r.set(rel, e)
	if r.file == nil {
		return nil
	}
	return writeLine(r.file, line{Path: rel, Entry: &e})
}

// intend notes what a file will be, before it is there.
func (r *record) intend(rel string, e entry) error {
	if r.file == nil {
		return nil
	}
	e.Pending = true
	return writeLine(r.file, line{Path: rel, Entry: &e})
}

// skip notes that a file is refused, so that it is said once.
func (r *record) skip(rel string, f sessions.File) {
	e := r.entries[rel]
	e.Size, e.Modified, e.Pending = f.Size, f.Modified, false
	r.set(rel, e)
}

// has reports whether the file was saved or refused as it is now.
func (r *record) has(rel string, f sessions.File) bool {
	e, ok := r.entries[rel]
	return ok && !e.Pending && e.Size == f.Size && e.Modified.Equal(f.Modified)
}

func (r *record) knows(rel string) bool { _, ok := r.entries[rel]; return ok }

func (r *record) entry(rel string) entry { return r.entries[rel] }

func (r *record) len() int { return len(r.entries) }

func (r *record) close() error {
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}
