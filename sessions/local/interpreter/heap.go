package interpreter

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/delta"
	"dynamic-sessions-mcp/sessions/local/kernel"
)

// Heaps
//
// The interpreter of a snapshot has moved its memory to a file: its heap. Every
// interpreter that is restored from the snapshot, or woken from a state that was made
// of it, maps that very file from the folder heapMount. A heap has a name of its own,
// so that no other one can be taken for it. It is found in
//
//	<snapshot>/heap            where it was made
//	<workspace>/heaps          a link, in case that the snapshot is removed
//	<named session>/heap       a link, or a copy, for a session that outlives the server
const (
	heapDir  = "heap"
	heapsDir = "heaps"
	noHeap   = "no-heap" // in the workspace, for interpreters that have none
)

// heapName is the form of the names of heaps.
var heapName = regexp.MustCompile(`^heap-[0-9a-f]{32}$`)

// heapFolder is the folder with the heap in the folder of a snapshot or of a session.
func heapFolder(dir string) string { return filepath.Join(dir, heapDir) }

// shareHeap has the interpreter of a snapshot move its memory to a heap. One that
// cannot be shared is in the snapshot instead.
func (k *kit) shareHeap(conn *kernel.Conn) error {
	size, reason, err := conn.ShareHeap(sessions.DataDir, heapMount, "heap-"+string(sessions.NewID()))
	if err == nil && size == 0 {
		k.opts.Logger.Info().Str("reason", reason).Msg("sessions do not share the memory of the interpreter")
	}
	return err
}

// noHeap returns an empty folder.
func (k *kit) noHeap() string { return filepath.Join(k.workspace, noHeap) }

// makeHeapFolders makes the folders in the workspace.
func (k *kit) makeHeapFolders() error {
	return errors.Join(os.MkdirAll(k.noHeap(), 0o755), os.MkdirAll(filepath.Join(k.workspace, heapsDir), 0o755))
}

// heapOf returns the name of the heap in a folder, "" if there is none.
func heapOf(folder string) string {
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		if heapName.MatchString(e.Name()) {
			return e.Name()
		}
	}
	return ""
}

// keepHeap links the heap of a snapshot to the workspace. Where there can be no link,
// sessions that sleep while the snapshot is removed are lost.
func (k *kit) keepHeap(snapshot string) {
	folder := heapFolder(snapshot)
	if name := heapOf(folder); name != "" {
		_ = os.Link(filepath.Join(folder, name), filepath.Join(k.workspace, heapsDir, name))
	}
}

// findHeap returns a folder with the heap that a state at a place needs. The error
// wraps delta.ErrState if there is none.
func (k *kit) findHeap(name string, at Place) (string, error) {
	if name == "" {
		return k.noHeap(), nil
	}
	if !heapName.MatchString(name) {
		return "", delta.Bad("names no file of memory")
	}
	folders := []string{heapFolder(at.Dir), filepath.Join(k.workspace, heapsDir)}
	if dir, err := k.snapshots.Place(); err == nil {
		// One folder for all sessions comes first.
		folders = append([]string{heapFolder(dir)}, folders...)
	}
	for _, folder := range folders {
		info, err := os.Lstat(filepath.Join(folder, name))
		if err == nil && info.Mode().IsRegular() {
			return folder, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", delta.Bad("needs memory of a snapshot that is gone")
}

// holdHeap has the folder of a session hold the heap that its state needs, and no
// other: by a link, or by a copy where there can be none.
func (k *kit) holdHeap(name string, at Place) error {
	folder := heapFolder(at.Dir)
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		if e.Name() != name {
			_ = os.Remove(filepath.Join(folder, e.Name()))
		}
	}
	from, err := k.findHeap(name, at)
	if err != nil || name == "" || from == folder {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	held := filepath.Join(folder, name)
	err = os.Link(filepath.Join(from, name), held)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	return copyHeap(filepath.Join(from, name), held)
}

// copyHeap copies a heap. The copy has its name when it is whole.
func copyHeap(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	partial := to + ".partial"
	out, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err == nil {
		err = os.Rename(partial, to)
	}
	if err != nil {
		_ = os.Remove(partial)
	}
	return err
}
