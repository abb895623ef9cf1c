package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/kernel"

	"github.com/gofrs/flock"
)

// A snapshot is the state of an interpreter that has imported what it imports
// and has run nothing. Interpreters are restored from it, which takes a
// fraction of the time that the imports do. It is kept in the cache folder:
//
//	<cache>/snapshots/<key>/            one snapshot; complete or not there
//	  checkpoint.img, pages.img, …      what the sandbox wrote
//	  sums.json                         a checksum of each, written last
//	<cache>/snapshots/<key>.use         locked by the servers that use it
//	<cache>/snapshots/making-<random>/  one that is being made
//	<cache>/snapshots/lock              held while one takes its place
//
// A snapshot is replaced only if its checksums say that it is damaged. What
// sleeps needs pages of the snapshot that it was made from, and holds them
// itself: the server keeps the file open, and a kept box has a link to it, so that
// no state depends on what becomes of a snapshot.
const (
	snapshotFolder = "snapshots"
	snapshotSums   = "sums.json"
	snapshotLock   = "lock"
	// snapshotRetry is how long interpreters are started without one after it
	// could not be made, as on a full disk.
	snapshotRetry = time.Minute
	// checkpointTimeout is how long writing a state may take.
	checkpointTimeout = time.Minute
)

// errNoSnapshot reports that there is none, and that it is too early to try
// again to make one.
var errNoSnapshot = errors.New("there is no snapshot, as it could not be made a moment ago")

// snapshotKey names the snapshot that fits: it changes with the runtime, the
// kernel, the interpreter, its arguments and limits, and the processor.
func (e *engine) snapshotKey() (string, error) {
	runtimeID, err := buildID(e.binary)
	if err != nil {
		return "", err
	}
	spec := e.spec(&box{})
	spec.Hostname, spec.Data = "", ""
	for i := range spec.Binds {
		spec.Binds[i].Host = ""
	}
	files, err := sumsOf(filepath.Dir(e.kernel))
	if err != nil {
		return "", err
	}
	h := sha256.New()
	err = json.NewEncoder(h).Encode([]any{runtimeID, runtime.GOARCH, e.python.Key, files, spec, os.Geteuid() == 0, processor()})
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

// buildID identifies a binary by its size and time, and the end of it where a
// change of anything else shows.
func buildID(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	n, err := io.Copy(h, f)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s-%d-%08x", filepath.Base(real), n, h.Sum32()), nil
}

// processor describes the processor as far as programs adapt to it.
func processor() string {
	data, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	var lines []string
	for line := range strings.Lines(string(data)) {
		if name, _, _ := strings.Cut(line, ":"); strings.HasPrefix(name, "model name") ||
			strings.HasPrefix(name, "flags") || strings.HasPrefix(name, "Features") {
			lines = append(lines, line)
		}
		if strings.TrimSpace(line) == "" && len(lines) > 0 {
			break // the first processor is like the others
		}
	}
	return strings.Join(lines, "")
}

// openSnapshot returns the folder of the snapshot that fits, and makes it if
// there is none that is whole.
func (p *Pool) openSnapshot(e *engine) (string, error) {
	key, err := e.key()
	if err != nil {
		return "", err
	}
	dir := e.snapshotDir(key)
	parent, err := cachedir.Subfolder(p.opts.CacheDir, snapshotFolder)
	if err != nil {
		return "", err
	}
	if err := e.useSnapshot(p.ctx, dir); err != nil {
		return "", err
	}
	defer p.removeOldSnapshots(parent, key)
	if err := snapshotKind.Check(dir); errors.Is(err, cachedir.ErrNotOurs) {
		return "", fmt.Errorf("no snapshot can be put there: %w", err)
	}
	switch err := verifySnapshot(dir); {
	case err == nil:
		now := time.Now()
		_ = os.Chtimes(dir, now, now) // it is in use
		return dir, nil
	case errors.Is(err, errDamaged):
		p.opts.Logger.Warn().Err(err).Msg("the snapshot is damaged and is made again")
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("looking at the snapshot: %w", err)
	}
	if time.Now().Before(e.retrySnapshot) {
		return "", errNoSnapshot
	}
	p.setUp("taking a snapshot of a warm interpreter (once)")
	if err := p.makeSnapshot(e, parent, dir); err != nil {
		e.retrySnapshot = time.Now().Add(snapshotRetry)
		return "", fmt.Errorf("making a snapshot: %w", err)
	}
	return dir, nil
}

// makeSnapshot starts an interpreter as ever, and writes its state to dir.
func (p *Pool) makeSnapshot(e *engine, parent, dir string) error {
	w, err := p.workspace.Get(p.ctx)
	if err != nil {
		return err
	}
	making, err := makingKind.Make(parent, makingPrefix)
	if err != nil {
		return err
	}
	defer makingKind.Remove(making)
	b, err := p.newBox(w)
	if err != nil {
		return err
	}
	defer b.remove()
	if err := p.checkpointWarm(e, b, making); err != nil {
		return err
	}
	// A snapshot is known by its sums and is what they say.
	if err := os.Remove(filepath.Join(making, cachedir.Marker)); err != nil {
		return err
	}
	if err := writeSums(making); err != nil {
		return err
	}
	return publishSnapshot(p.ctx, making, dir)
}

// publishSnapshot moves a snapshot that was made to where it belongs, in place of
// one that is damaged. If another process has been faster, its snapshot stays.
// Nobody loses anything by that: sleepers hold the pages that they need.
func publishSnapshot(ctx context.Context, making, dir string) error {
	lock := flock.New(filepath.Join(filepath.Dir(dir), snapshotLock), flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, lockPoll); err != nil {
		return err
	}
	defer lock.Close()
	switch err := verifySnapshot(dir); {
	case err == nil:
		return nil
	case !errors.Is(err, errDamaged) && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := snapshotKind.Remove(dir); err != nil {
		return err
	}
	return os.Rename(making, dir)
}

// checkpointWarm brings an interpreter up in a box and writes its state.
func (p *Pool) checkpointWarm(e *engine, b *box, dir string) error {
	s, err := e.runtime.Start(e.spec(b))
	if err != nil {
		return err
	}
	defer s.Kill()
	ctx, cancel := context.WithTimeout(p.ctx, startTimeout)
	defer cancel()
	if _, err := kernel.Connect(ctx, s.Stdout(), s.Stdin(), kernel.Options{}); err != nil {
		return describeStart(err, s)
	}
	ctx, cancel = context.WithTimeout(p.ctx, checkpointTimeout)
	defer cancel()
	return s.Checkpoint(ctx, dir)
}

// writeSums writes the checksums of what is in a snapshot's folder.
func writeSums(dir string) error {
	sums, err := sumsOf(dir)
	if err != nil {
		return err
	}
	data, err := json.Marshal(sums)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, snapshotSums), data, 0o600)
}

// errDamaged says that a snapshot is not what was made.
var errDamaged = errors.New("the snapshot is damaged")

// verifySnapshot checks that a snapshot is whole. The error wraps
// [fs.ErrNotExist] if there is none and errDamaged if it is damaged; any other
// says that it cannot be read now.
func verifySnapshot(dir string) error {
	data, err := os.ReadFile(filepath.Join(dir, snapshotSums))
	if err != nil {
		return err
	}
	var want map[string]string
	if err := json.Unmarshal(data, &want); err != nil {
		return fmt.Errorf("%w: its checksums cannot be read: %w", errDamaged, err)
	}
	got, err := sumsOf(dir)
	if err != nil {
		return err
	}
	if len(want) == 0 || len(got) != len(want) {
		return fmt.Errorf("%w: it has %d files, not %d", errDamaged, len(got), len(want))
	}
	for name, sum := range want {
		if got[name] != sum {
			return fmt.Errorf("%w: %s has changed", errDamaged, name)
		}
	}
	return nil
}

// sumsOf returns length and checksum of every file of a folder. The checksum
// finds damage, not malice: the folder belongs to the user alone.
func sumsOf(dir string) (map[string]string, error) {
	sums := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == snapshotSums {
			return err
		}
		relative, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		sums[filepath.ToSlash(relative)], err = sumOf(name)
		return err
	})
	return sums, err
}

// sumOf describes a file by its size and checksum.
func sumOf(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	n, err := io.Copy(h, f)
	return fmt.Sprintf("%d-%08x", n, h.Sum32()), err
}
