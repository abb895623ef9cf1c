package interpreter

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions/local/delta"
	"dynamic-sessions-mcp/sessions/local/snapshot"
)

// newHeapKit returns a kit whose workspace keeps a heap.
func newHeapKit(t *testing.T) (*kit, delta.Heap) {
	t.Helper()
	k := &kit{workspace: t.TempDir(), snapshots: snapshot.New(snapshot.Options{CacheDir: t.TempDir()})}
	if err := k.makeHeapFolders(); err != nil {
		t.Fatal(err)
	}
	heap := delta.Heap{Name: "heap-" + strings.Repeat("a", 32)}
	path := filepath.Join(k.workspace, heapsDir, heap.Name)
	if err := os.WriteFile(path, []byte("the memory of an interpreter"), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if heap.Sum, err = snapshot.Sum(path); err != nil {
		t.Fatal(err)
	}
	return k, heap
}

// TestFindHeap asserts that only the heap is found that a state was made with.
func TestFindHeap(t *testing.T) {
	k, heap := newHeapKit(t)
	at := Place{Dir: t.TempDir()}
	for _, c := range []struct {
		what       string
		heap       delta.Heap
		folder, of string // what is found, or what the error says
	}{
		{"none", delta.Heap{}, k.noHeap(), ""},
		{"the heap", heap, filepath.Join(k.workspace, heapsDir), ""},
		{"a path", delta.Heap{Name: "../" + heapsDir + "/" + heap.Name, Sum: heap.Sum}, "", "names no file of memory"},
		{"another content", delta.Heap{Name: heap.Name, Sum: "1-00000000"}, "", "the file has changed"},
		{"another heap", delta.Heap{Name: "heap-" + strings.Repeat("b", 32), Sum: heap.Sum}, "", "needs memory of a snapshot that is gone"},
	} {
		folder, err := k.findHeap(c.heap, at)
		if folder != c.folder || (err == nil) != (c.of == "") {
			t.Errorf("%s: %q, %v", c.what, folder, err)
		}
		if err != nil && (!errors.Is(err, delta.ErrState) || !strings.Contains(err.Error(), c.of)) {
			t.Errorf("%s: %v, want %q", c.what, err, c.of)
		}
	}
}

// TestHoldHeap asserts that a session's folder holds the heap that its state needs, and
// no other.
func TestHoldHeap(t *testing.T) {
	k, heap := newHeapKit(t)
	at := Place{Dir: t.TempDir()}
	held := filepath.Join(heapFolder(at.Dir), heap.Name)
	old := filepath.Join(heapFolder(at.Dir), "heap-"+strings.Repeat("c", 32))
	if err := errors.Join(os.Mkdir(heapFolder(at.Dir), 0o700), os.WriteFile(old, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := k.holdHeap(heap, at); err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(heapFolder(at.Dir))
		if err != nil || len(entries) != 1 || entries[0].Name() != heap.Name {
			t.Fatalf("the folder has %v, %v", entries, err)
		}
	}
	kept := filepath.Join(k.workspace, heapsDir, heap.Name)
	if a, _ := os.Stat(held); a == nil {
		t.Error("the heap is not held")
	} else if b, _ := os.Stat(kept); !os.SameFile(a, b) {
		t.Error("it is a copy")
	}
	if err := os.Remove(kept); err != nil {
		t.Fatal(err)
	}
	if folder, err := k.findHeap(heap, at); err != nil || folder != heapFolder(at.Dir) {
		t.Errorf("%q, %v", folder, err)
	}
	if err := k.holdHeap(delta.Heap{}, at); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(held); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a session without a heap holds one: %v", err)
	}
}

// TestCopyHeap asserts that a heap which cannot be linked is copied whole.
func TestCopyHeap(t *testing.T) {
	k, heap := newHeapKit(t)
	to := filepath.Join(t.TempDir(), heap.Name)
	if err := copyHeap(filepath.Join(k.workspace, heapsDir, heap.Name), to); err != nil {
		t.Fatal(err)
	}
	if err := k.heaps.check(to, heap.Sum); err != nil {
		t.Error(err)
	}
	if err := copyHeap(filepath.Join(k.workspace, "missing"), to); err == nil {
		t.Error("what is missing was copied")
	}
}

// TestCheckHeap asserts that a heap is read again once its times say that it may have
// changed.
func TestCheckHeap(t *testing.T) {
	k, heap := newHeapKit(t)
	path := filepath.Join(k.workspace, heapsDir, heap.Name)
	if err := k.heaps.check(path, heap.Sum); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("the memory of another one   "), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, time.Time{}, time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := k.heaps.check(path, heap.Sum); !errors.Is(err, errHeapChanged) {
		t.Errorf("a changed heap: %v", err)
	}
	if err := errors.Join(os.Remove(path), os.Symlink("/dev/zero", path)); err != nil {
		t.Fatal(err)
	}
	if err := k.heaps.check(path, heap.Sum); !errors.Is(err, errHeapChanged) {
		t.Errorf("a link: %v", err)
	}
}
