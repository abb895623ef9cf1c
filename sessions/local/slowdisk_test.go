package local

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/datadir"
)

// A faultyDisk is a disk of the host that hangs, or is full, when a test says so.
type faultyDisk struct {
	hangs atomic.Pointer[chan struct{}] // until it is closed
	full  atomic.Bool
}

func (d *faultyDisk) look(string) datadir.HostDisk {
	if hang := d.hangs.Load(); hang != nil {
		<-*hang
	}
	if d.full.Load() {
		return datadir.HostDisk{Free: 100 << 20, Total: 100 << 30}
	}
	return datadir.HostDisk{Free: 50 << 30, Total: 100 << 30}
}

func faultyPool(t *testing.T, opts Options) (*Pool, *faultyDisk, func(code string) *sessions.Execution, sessions.ID) {
	disk, id := &faultyDisk{}, sessions.NewID()
	opts.hostDisk = disk.look
	p, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p, disk, func(code string) *sessions.Execution {
		t.Helper()
		x, err := p.Execute(t.Context(), id, sessions.Request{Code: code, Timeout: 30 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		return x
	}, id
}

// TestDiskThatHangs has nothing be known of the disk any more. Time goes on.
func TestDiskThatHangs(t *testing.T) {
	t.Parallel()
	p, disk, execute, id := faultyPool(t, Options{})
	execute("1")
	hang := make(chan struct{})
	disk.hangs.Store(&hang)
	began := time.Now()
	x, err := p.Execute(t.Context(), id, sessions.Request{Code: "while True: pass", Timeout: time.Second})
	if err != nil || x.Status != sessions.TimedOut || x.FilesOmitted != -1 {
		t.Fatalf("%+v, %v", x, err)
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("a time-out of 1 s took %v", took)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := p.Execute(ctx, id, sessions.Request{Code: "1"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a call that is given up: %v", err)
	}
	if _, err := p.Upload(ctx, id, "f", strings.NewReader("x")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an upload that is given up: %v", err)
	}
	other, err := p.Execute(t.Context(), id+"-other", sessions.Request{Code: "1", Timeout: 30 * time.Second})
	if err == nil && other.Status != sessions.Succeeded {
		t.Errorf("another session: %+v", other)
	}
	disk.hangs.Store(nil)
	close(hang)
	if x := execute("6 * 7"); x.Text != "42" || x.FilesOmitted != 0 {
		t.Errorf("when it goes on: %+v", x)
	}
}

// TestFullHost has the host's disk fill up, which sessions must not make worse.
func TestFullHost(t *testing.T) {
	t.Parallel()
	p, disk, execute, id := faultyPool(t, Options{})
	execute("open('a', 'wb').write(bytes(10 << 20))")
	disk.full.Store(true)
	if _, err := p.Upload(t.Context(), id, "f", strings.NewReader("x")); !errors.Is(err, sessions.ErrDiskFull) {
		t.Errorf("an upload: %v", err)
	}
	x := execute("for i in range(20): open(f'b{i}', 'wb').write(bytes(1 << 20))\nimport time; time.sleep(9)")
	if x.Status != sessions.DiskFull || x.Disk == nil || !x.Disk.HostFull || x.Disk.Used > 12<<20 {
		t.Errorf("code that writes: %q, %+v", x.Status, x.Disk)
	}
	if x := execute("import os; os.remove('a')"); x.Status != sessions.Succeeded {
		t.Errorf("code that deletes: %q, %+v", x.Status, x.Error)
	}
	disk.full.Store(false)
	if x := execute("open('a', 'wb').write(bytes(10 << 20))"); x.Status != sessions.Succeeded || x.Disk != nil {
		t.Errorf("with room: %q, %+v", x.Status, x.Disk)
	}
}

// TestFileLimit measures the bound on files from both sides.
func TestFileLimit(t *testing.T) {
	t.Parallel()
	p, _, execute, id := faultyPool(t, Options{maxFiles: 1000})
	if x := execute("for i in range(800): open(f'a{i}', 'w').close()"); x.Status != sessions.Succeeded || x.Disk != nil {
		t.Errorf("800 files: %q, %+v", x.Status, x.Disk)
	}
	for i := range 3 {
		x := execute(fmt.Sprintf("import os, time\nfor i in range(500): os.mkdir(f'b%d_{i}')\ntime.sleep(9)", i))
		late := x.FilesOmitted == -1 // the next answer says it
		if x.Status != sessions.DiskFull || !late && (x.Disk == nil || x.Disk.Files > 1000) {
			t.Errorf("1300 files and folders: %q, %+v, %d omitted", x.Status, x.Disk, x.FilesOmitted)
		}
	}
	failed := 0
	for i := range 300 {
		_, err := p.Upload(t.Context(), id, "up"+string(rune('a'+i%26))+string(rune('a'+i/26)), strings.NewReader("x"))
		if err == nil {
			continue
		}
		if failed++; !errors.Is(err, sessions.ErrDiskFull) || !strings.Contains(err.Error(), "of at most 1000") {
			t.Fatal(err)
		}
	}
	if failed < 100 {
		t.Errorf("%d of 300 uploads were refused", failed)
	}
}
