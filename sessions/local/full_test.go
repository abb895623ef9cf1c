package local

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// A shortFile is a file on a disk that has room for so many bytes.
type shortFile struct {
	stateFile
	room int
}

func (f *shortFile) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, syscall.ENOSPC
	}
	return f.stateFile.Write(p)
}

// TestSleepOnFullDisk puts sessions to sleep while the disk has no room for
// their states, or for a part of one.
func TestSleepOnFullDisk(t *testing.T) {
	t.Parallel()
	room := make(chan int, 1)
	p, err := New(Options{Cooldown: time.Millisecond, createState: func(path string) (stateFile, error) {
		f, err := createStateFile(path)
		return &shortFile{f, <-room}, err
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, n := range []int{0, 5000, 80_000} {
		id := sessions.NewID()
		if _, err := p.Execute(t.Context(), id, sessions.Request{Code: "v = 1; open('a.txt', 'w').write('here')"}); err != nil {
			t.Fatal(err)
		}
		room <- n
		for !p.Asleep(id) {
			<-time.After(5 * time.Millisecond)
		}
		p.mu.Lock()
		dir := p.sessions[id].box.dir
		p.mu.Unlock()
		left, err := filepath.Glob(filepath.Join(dir, "state*"))
		if err != nil || len(left) > 0 {
			t.Errorf("with room for %d bytes: %v are left, %v", n, left, err)
		}
		x, err := p.Execute(t.Context(), id, sessions.Request{Code: "'v' in globals(), open('a.txt').read()"})
		if err != nil || x.Restart != sessions.RestartSleep || x.Text != "(False, 'here')" {
			t.Errorf("with room for %d bytes: %+v, %v", n, x, err)
		}
		room <- 1 << 30 // for the time that it sleeps next
		if err := p.Stop(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		select {
		case <-room: // it did not
		default:
		}
	}
}
