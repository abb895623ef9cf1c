package interpreter

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/delta"
	"dynamic-sessions-mcp/sessions/local/kernel"
	"dynamic-sessions-mcp/sessions/local/snapshot"
)

// Heaps
//
// The interpreter of a snapshot has moved its memory to a file: its heap. Every
// interpreter that is restored from the snapshot, or woken from a state that was made
// of it, maps that very file from the folder heapMount. A heap has a name of its own,
// so that no other one can be taken for it. It is found in
//
//	<snapshot>/heap            where it was made
//	<workspace>/heaps          a link, in case the snapshot is removed
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

// heapOf returns the heap of the snapshot in a folder, as it was when the snapshot was
// made.
func heapOf(dir string) (heap delta.Heap, err error) {
	entries, err := os.ReadDir(heapFolder(dir))
	if err != nil {
		return heap, err
	}
	for _, e := range entries {
		if heapName.MatchString(e.Name()) {
			heap.Name = e.Name()
		}
	}
	if heap.Name == "" {
		return heap, nil
	}
	heap.Sum, err = snapshot.RecordedSum(dir, heapDir+"/"+heap.Name)
	return heap, err
}

// keepHeap links the heap of a snapshot, which was just checked, to the workspace.
// Where there can be no link, the variables of sessions that sleep while the snapshot is
// removed are lost.
func (k *kit) keepHeap(dir string, heap delta.Heap) {
	if heap.Name == "" {
		return
	}
	path, kept := filepath.Join(heapFolder(dir), heap.Name), filepath.Join(k.workspace, heapsDir, heap.Name)
	k.heaps.trust(path, heap.Sum)
	if os.Link(path, kept) == nil {
		k.heaps.trust(kept, heap.Sum)
	}
}

// findHeap returns a folder with the heap that a state at a place needs. The error
// wraps delta.ErrState if there is none, or if it has changed.
func (k *kit) findHeap(heap delta.Heap, at Place) (string, error) {
	if heap.Name == "" {
		return k.noHeap(), nil
	}
	if !heapName.MatchString(heap.Name) {
		return "", delta.Bad("names no file of memory")
	}
	for _, folder := range k.heapFolders(at) {
		err := k.heaps.check(filepath.Join(folder, heap.Name), heap.Sum)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if errors.Is(err, errHeapChanged) {
			return "", delta.Bad("needs memory of a snapshot: %w", err)
		}
		return folder, err
	}
	return "", delta.Bad("needs memory of a snapshot that is gone")
}

// heapFolders returns where the heap of a state at a place may be. The folder that
// sessions have in common comes first, so that they have one mount in common.
func (k *kit) heapFolders(at Place) []string {
	var folders []string
	places, _ := k.snapshots.Places() // if it is not known, sessions have links
	for _, dir := range places {
		folders = append(folders, heapFolder(dir))
	}
	return append(folders, heapFolder(at.Dir), filepath.Join(k.workspace, heapsDir))
}

// holdHeap has the folder of a session hold the heap that its state needs, and no
// other: by a link, or by a copy where there can be none. That of a snapshot for all
// users is not held: it goes with the program.
func (k *kit) holdHeap(heap delta.Heap, at Place) error {
	folder := heapFolder(at.Dir)
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		if e.Name() != heap.Name {
			_ = os.Remove(filepath.Join(folder, e.Name()))
		}
	}
	if heap.Name == "" {
		return nil
	}
	held := filepath.Join(folder, heap.Name)
	if err := k.heaps.check(held, heap.Sum); err == nil {
		return nil
	}
	from, err := k.findHeap(heap, at)
	if err != nil || k.snapshots.Shared(filepath.Dir(from)) {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	if err := os.Link(filepath.Join(from, heap.Name), held); err == nil {
		return nil
	}
	if err := copyHeap(filepath.Join(from, heap.Name), held); err != nil {
		return fmt.Errorf("keeping the memory that sessions share: %w", err)
	}
	return nil
}
