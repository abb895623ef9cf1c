package transcript

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/notebook"
)

const (
	// maxHashed bounds a file that a run made and of which the log has the hash, and
	// maxHashing all those of a run, in bytes; hashTime how long they are read.
	maxHashed, maxHashing = 32 << 20, 128 << 20
	hashTime              = 10 * time.Second
)

func uploadOf(u notebook.Upload, t notebook.Told) *File {
	f := &File{Name: u.Name, Size: u.Size, Sum: hex.EncodeToString(u.Sum[:]), Session: t.Life}
	if u.Content != nil {
		f.Content = &u.Content
	}
	return f
}

func runOf(r notebook.Run, t notebook.Told) *Run {
	run := &Run{Number: t.Number, Session: t.Life, Code: r.Code, Seconds: r.Took.Seconds(), Limit: r.Limit.Seconds(), Status: statusUnknown, Varies: t.Varies}
	if r.Outcome != nil {
		run.outcome(r.Outcome)
	}
	return run
}

// statusUnknown is that of a run whose outcome nobody knows.
const statusUnknown = "unknown"

// outcome notes what came of a run.
func (r *Run) outcome(x *sessions.Execution) {
	r.Status, r.Restart, r.Connections = string(x.Status), string(x.Restart), x.Connections
	r.Rollback = x.Rollback
	r.Stdout, r.Stderr, r.Result = textOf(x.Stdout), textOf(x.Stderr), textOf(x.Text)
	if x.Error != nil {
		r.Error = textOf(x.Error.Name + ": " + x.Error.Message)
	}
	for _, d := range x.Displays {
		forms := map[string]string{}
		for kind, data := range d.Data {
			if kind != sessions.MIMESummary {
				forms[kind] = SumOf(data)
			}
		}
		r.Displays = append(r.Displays, forms)
	}
}

// filesOf are the files that a run changed, with their hashes.
func (r *Recorder) filesOf(id sessions.ID, changes []sessions.FileChange) []File {
	return hashes(r.work, r.opts.Pool, id, changes)
}

// hashes reads files of a session as far as the bounds allow.
func hashes(ctx context.Context, pool sessions.Pool, id sessions.ID, changes []sessions.FileChange) []File {
	ctx, cancel := context.WithTimeout(ctx, hashTime)
	defer cancel()
	room := int64(maxHashing)
	files := make([]File, len(changes))
	for i, c := range changes {
		f := File{Name: c.Name, Change: string(c.Kind), From: c.From, Size: c.Size}
		switch {
		case c.Kind == sessions.FileDeleted || c.Dir:
		case c.Size > maxHashed || c.Size > room:
			f.Why = "too large"
		case ctx.Err() != nil:
			f.Why = "no time was left"
		default:
			room -= c.Size
			f.Sum, f.Why = hashOf(ctx, pool, id, c.File)
		}
		files[i] = f
	}
	return files
}

// hashOf is the hash of a file, or why there is none. What is read must be what the run
// left.
func hashOf(ctx context.Context, pool sessions.Pool, id sessions.ID, f sessions.File) (sum, why string) {
	_, body, err := pool.Download(ctx, id, f.Name)
	if err != nil {
		return "", "it could not be read"
	}
	defer body.Close()
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(body, f.Size+1))
	if err != nil {
		return "", "it could not be read"
	}
	if now, err := pool.Stat(ctx, id, f.Name); err != nil || n != f.Size || !now.Modified.Equal(f.Modified) {
		return "", "it changed before it was read"
	}
	return hex.EncodeToString(h.Sum(nil)), ""
}
