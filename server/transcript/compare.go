package transcript

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
)

// differences says how the outcome of a run is another than in the log; nil if it is the
// same.
func differences(then Run, x *sessions.Execution) []string {
	var now Run
	now.outcome(x)
	var found []string
	if then.Status != now.Status {
		found = append(found, fmt.Sprintf("status: %s, now %s", prose.Line(then.Status, 60), prose.Line(now.Status, 60)))
	}
	for _, t := range []struct {
		what      string
		then, now *Text
	}{
		{"stdout", then.Stdout, now.Stdout}, {"stderr", then.Stderr, now.Stderr}, {"result", then.Result, now.Result}, {"error", then.Error, now.Error},
	} {
		if line := textDifference(t.then, t.now); line != "" {
			found = append(found, t.what+": "+line)
		}
	}
	if n, m := len(then.Displays), len(now.Displays); n != m {
		return append(found, fmt.Sprintf("displays: %d, now %d", n, m))
	}
	for i := range then.Displays {
		if !sameDisplay(then.Displays[i], now.Displays[i]) {
			found = append(found, fmt.Sprintf("display %d is another", i+1))
		}
	}
	return found
}

// textDifference shows where two texts begin to differ, "" if they do not.
func textDifference(then, now *Text) string {
	a, b := or(then), or(now)
	switch {
	case a.Size == b.Size && a.Sum == b.Sum:
		return ""
	case a.Size > 0 && a.Text == "" || b.Size > 0 && b.Text == "":
		return fmt.Sprintf("%s, now %s of another content", prose.Size(int64(a.Size)), prose.Size(int64(b.Size)))
	}
	before, after := strings.Split(a.Text, "\n"), strings.Split(b.Text, "\n")
	for i := range max(len(before), len(after)) {
		if p, q := at(before, i), at(after, i); p != q {
			return fmt.Sprintf("line %d was %q, now %q", i+1, prose.Line(p, 120), prose.Line(q, 120))
		}
	}
	return "the hash in the log is that of another text"
}

func or(t *Text) Text {
	if t == nil {
		return Text{}
	}
	return *t
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// sameDisplay reports whether two displays are the same. HTML and scripts, which often
// have names by chance in them, count only where there is no other form.
func sameDisplay(then, now map[string]string) bool {
	a, b := telling(then), telling(now)
	return maps.Equal(a, b)
}

func telling(forms map[string]string) map[string]string {
	kept := maps.Clone(forms)
	maps.DeleteFunc(kept, func(kind, _ string) bool { return kind == "text/html" || strings.HasSuffix(kind, "/javascript") })
	if len(kept) == 0 {
		return forms
	}
	return kept
}

// fileDifferences says which of the files that a run made are others than in the log.
func (p *replay) fileDifferences(ctx context.Context, then []File, x *sessions.Execution) []string {
	if then == nil {
		return nil
	}
	var found []string
	now := map[string]File{}
	for _, f := range hashes(ctx, p.Pool, p.id, x.Files) {
		now[f.Name] = f
	}
	for _, f := range then {
		again, ok := now[f.Name]
		delete(now, f.Name)
		switch {
		case !ok:
			found = append(found, "file "+prose.Name(f.Name)+": not made or changed this time")
		case f.Change != again.Change:
			found = append(found, fmt.Sprintf("file %s: %s, now %s", prose.Name(f.Name), prose.Line(f.Change, 20), prose.Line(again.Change, 20)))
		case f.Sum != "" && again.Sum != "" && f.Sum != again.Sum && !varying(f.Name):
			found = append(found, "file "+prose.Name(f.Name)+": its contents are others")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		found = append(found, "file "+prose.Name(name)+": only this time")
	}
	return found
}

// varying reports a kind of file that has in it the time at which it was made, or names by
// chance.
func varying(name string) bool {
	lower := strings.ToLower(name)
	for _, ending := range []string{".xlsx", ".docx", ".pptx", ".pdf", ".zip", ".gz", ".tgz", ".odt", ".ods", ".odp", ".svg", ".ps", ".eps", ".whl", ".h5", ".html", ".htm"} {
		if strings.HasSuffix(lower, ending) {
			return true
		}
	}
	return false
}

// uploadFound stores a file that the log has only the hash of, if it is that one.
func (p *replay) uploadFound(ctx context.Context, f File, body io.Reader) error {
	h := sha256.New()
	stored, err := p.Pool.Upload(sessions.WithDiskAsBound(ctx), p.id, f.Name, io.TeeReader(body, h))
	if err != nil {
		return err
	}
	if sum := hex.EncodeToString(h.Sum(nil)); sum != f.Sum {
		fmt.Fprintf(p.Out, "upload %s: another file than the one of the log (%s there)\n", prose.Name(stored.Name), prose.Size(f.Size))
	}
	return nil
}

// Folder is [ReplayOptions].Find for a folder: the file of the same path below it, or else
// of the same name in it.
func Folder(dir *os.Root) func(name string) (io.ReadCloser, error) {
	return func(name string) (io.ReadCloser, error) {
		info, err := dir.Stat(name)
		if err != nil {
			name = path.Base(name)
			info, err = dir.Stat(name)
		}
		switch {
		case err != nil:
			return nil, err
		case !info.Mode().IsRegular():
			return nil, errors.New("it is no regular file")
		}
		return dir.Open(name)
	}
}
