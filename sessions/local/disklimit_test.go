package local_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
)

const diskLimit = 50 << 20

// sizeOf returns what the files of a session take.
func sizeOf(t *testing.T, pool sessions.Pool, id sessions.ID) (size int64) {
	t.Helper()
	listing, err := pool.List(t.Context(), id, "", true)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range listing.Files {
		size += f.Size
	}
	return size
}

// writeFiles is code that writes so many MiB, in files of one MiB.
func writeFiles(name string, mib int) string {
	return fmt.Sprintf("for i in range(%d):\n  with open(f'%s{i}', 'wb') as f: f.write(bytes(1 << 20))", mib, name)
}

// TestDiskLimit comes close to the limit and passes it, in every way that
// there is to take room.
func TestDiskLimit(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{Disk: diskLimit})
	for _, test := range []struct {
		name, code string
		full       bool
	}{
		{"0.8 of it", writeFiles("f", 40), false},
		{"0.8 of it, three times", writeFiles("f", 40) + "\n" + writeFiles("f", 40) + "\n" + writeFiles("f", 40), false},
		{"1.3 of it", writeFiles("f", 65), true},
		{"1.3 of it, and more when interrupted", "i = 0\nwhile True:\n  try:\n    open(f'f{i}', 'wb').write(bytes(1 << 20)); i += 1\n  except KeyboardInterrupt: pass", true},
		{"1.3 of it in blocks", "import os\nfor i in range(2):\n  f = os.open(f'{i}', os.O_CREAT | os.O_RDWR)\n  os.posix_fallocate(f, 0, 32 << 20)", true},
		{"1.3 of it in a mapped file", "import mmap, os\nfor i in range(2):\n  f = os.open(f'm{i}', os.O_CREAT | os.O_RDWR); os.ftruncate(f, 32 << 20)\n  m = mmap.mmap(f, 32 << 20)\n  for at in range(0, 32 << 20, 4096): m[at] = 1\nimport time; time.sleep(9)", true},
		{"sparse", "for i in range(9): open(f's{i}', 'wb').truncate(40 << 20)", false},
		{"linked", "import os\nopen('a', 'wb').write(bytes(30 << 20))\nfor i in range(9): os.link('a', f'l{i}')", false},
		{"deleted and open", "import os, time\nl = []\nfor i in range(65):\n  f = open('d', 'wb'); f.write(bytes(1 << 20)); f.flush(); os.remove('d'); l.append(f)\ntime.sleep(9)", true},
		{"too deep", "import os\nfor _ in range(300): os.mkdir('a'); os.chdir('a')", true},
		{"deep", "import os\nfor _ in range(90): os.mkdir('a'); os.chdir('a')", false},
		{"unreadable", "import os, time\nos.mkdir('d')\nl = [open(f'd/{i}', 'wb') for i in range(65)]\nos.chmod('d', 0)\nfor f in l: f.write(bytes(1 << 20)); f.flush()\ntime.sleep(9)", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			id := sessions.NewID()
			defer localtest.Stop(t, pool, id)
			x := localtest.Execute(t, pool, id, test.code)
			if test.full != (x.Status == sessions.DiskFull) || !test.full && x.Status != sessions.Succeeded {
				t.Errorf("status %q, %+v, %+v", x.Status, x.Disk, x.Error)
			}
			if x.Disk != nil && x.Disk.Used > diskLimit {
				t.Errorf("afterwards: %+v", x.Disk)
			}
			if size := sizeOf(t, pool, id); test.full && size > diskLimit {
				t.Errorf("%d bytes are left", size)
			}
			x = localtest.Execute(t, pool, id, "import os; os.chdir('/mnt/data'); 42")
			if x.Status != sessions.Succeeded || x.Text != "42" {
				t.Errorf("the next run: %+v", x)
			}
		})
	}
}

// TestDiskIsNotClimbed has a session write above its limit again and again.
func TestDiskIsNotClimbed(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{Disk: diskLimit})
	id := sessions.NewID()
	localtest.Execute(t, pool, id, writeFiles("mine", 45))
	for i := range 6 {
		x := localtest.Execute(t, pool, id, writeFiles(fmt.Sprintf("more%d_", i), 30))
		if x.Status != sessions.DiskFull || x.Disk == nil || x.Disk.Removed == 0 || x.Disk.Used > diskLimit {
			t.Errorf("run %d: status %q, %+v", i, x.Status, x.Disk)
		}
	}
	// A file that was there before grows, and is cut back.
	x := localtest.Execute(t, pool, id, "f = open('mine0', 'ab')\nfor _ in range(30): f.write(bytes(1 << 20))\nf.close()")
	if x.Status != sessions.DiskFull || sizeOf(t, pool, id) > diskLimit {
		t.Errorf("a file that grows: status %q, %+v", x.Status, x.Disk)
	}
	// What makes room runs.
	x = localtest.Execute(t, pool, id, "import os\nfor i in range(45): os.remove(f'/mnt/data/mine{i}')")
	if x.Status != sessions.Succeeded {
		t.Errorf("deleting: status %q, %+v", x.Status, x.Error)
	}
	if x = localtest.Execute(t, pool, id, writeFiles("new", 30)); x.Status != sessions.Succeeded || x.Disk != nil {
		t.Errorf("with room: status %q, %+v", x.Status, x.Disk)
	}
}

// TestDiskIsNotFilledBetweenRuns has a thread that a run leaves behind write.
func TestDiskIsNotFilledBetweenRuns(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{Disk: diskLimit})
	id := sessions.NewID()
	localtest.Execute(t, pool, id, `import threading, time
def fill():
  time.sleep(0.5)
  for i in range(200): open(f'/mnt/data/f{i}', 'wb').write(bytes(1 << 20))
threading.Thread(target=fill, daemon=True).start()`)
	for {
		if x := localtest.Execute(t, pool, id, "1"); x.Restart == sessions.RestartDisk || x.Status == sessions.DiskFull {
			break
		}
		localtest.Wait(t, 200*time.Millisecond)
	}
	// What it writes after a run that it filled the disk in is seen a moment later.
	for range 50 {
		if sizeOf(t, pool, id) <= diskLimit {
			return
		}
		localtest.Wait(t, 200*time.Millisecond)
	}
	t.Errorf("%d bytes are left", sizeOf(t, pool, id))
}

// TestUploadsShareTheRoom has uploads run side by side that together want more
// than there is.
func TestUploadsShareTheRoom(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{Disk: diskLimit})
	id := sessions.NewID()
	if _, err := pool.Upload(t.Context(), id, "first", bytes.NewReader(make([]byte, 4*diskLimit/10))); err != nil {
		t.Fatal(err)
	}
	errs := make([]error, 8)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			_, errs[i] = pool.Upload(t.Context(), id, fmt.Sprintf("f%d", i), bytes.NewReader(make([]byte, diskLimit/4)))
		})
	}
	all.Wait()
	stored := 0
	for _, err := range errs {
		if err == nil {
			stored++
		} else if !errors.Is(err, sessions.ErrDiskFull) || !strings.Contains(err.Error(), fmt.Sprintf("of %d are left", diskLimit)) {
			t.Error(err)
		}
	}
	if size := sizeOf(t, pool, id); stored > 2 || size > diskLimit {
		t.Errorf("%d were stored, %d bytes", stored, size)
	}
	if _, err := pool.Upload(t.Context(), id, "last", bytes.NewReader(make([]byte, 2*diskLimit/10-1<<16))); stored == 1 && err != nil {
		t.Errorf("after it, in the room that is left: %v", err)
	}
	if _, err := pool.Upload(t.Context(), id, strings.Repeat("a/", 200)+"f", strings.NewReader("")); !errors.Is(err, sessions.ErrInvalidName) {
		t.Errorf("a file in 200 folders: %v", err)
	}
}
