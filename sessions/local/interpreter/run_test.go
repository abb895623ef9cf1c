package interpreter

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/datadir"
	"dynamic-sessions-mcp/sessions/local/kernel"
)

// A lateKernel is an interpreter that ignores interrupts and answers at the very
// moment in which it is killed.
type lateKernel struct {
	fromHost *io.PipeReader
	toKernel *io.PipeWriter
	answers  *io.PipeWriter
	toHost   *io.PipeReader
	end      sync.Once
	done     chan struct{}
}

func newLateKernel() *lateKernel {
	k := &lateKernel{done: make(chan struct{})}
	k.fromHost, k.toKernel = io.Pipe()
	k.toHost, k.answers = io.Pipe()
	return k
}

func (k *lateKernel) Stdin() io.WriteCloser  { return k.toKernel }
func (k *lateKernel) Stdout() io.ReadCloser  { return k.toHost }
func (k *lateKernel) Done() <-chan struct{}  { return k.done }
func (k *lateKernel) Diagnostics() string    { return "" }
func (k *lateKernel) Memory() (int64, error) { return 0, nil }

// Kill returns when the host has read the answer.
func (k *lateKernel) Kill() {
	k.end.Do(func() {
		k.say(`{"type":"done","seq":1,"status":"ok","stdout":[0,""],"stderr":[0,""]}`)
		k.answers.Close()
		k.fromHost.Close()
		close(k.done)
	})
}

func (k *lateKernel) say(head string) {
	frame := binary.BigEndian.AppendUint32(nil, uint32(len(head)))
	frame = append(binary.BigEndian.AppendUint32(frame, 0), head...)
	_, _ = k.answers.Write(frame) // fails when the host is gone, which the test sees
}

// serve greets the host and takes whatever it sends.
func (k *lateKernel) serve() {
	r := bufio.NewReader(k.fromHost)
	if _, err := r.ReadByte(); err == nil {
		k.say(`{"type":"ready","protocol":1,"python":"3.14.6","pid":1}`)
	}
	_, _ = io.Copy(io.Discard, r)
}

// TestKilledAfterItsAnswer kills an interpreter whose answer is on the way
// already: that its variables are gone is said all the same.
func TestKilledAfterItsAnswer(t *testing.T) {
	t.Parallel()
	var owner, served sync.WaitGroup
	ctx, end := context.WithCancel(t.Context())
	dir := t.TempDir()
	e := New(ctx, Options{
		Python: "/nowhere/python3", Owner: &owner, MemoryShort: func() {}, Progress: func(string) {},
		Workspace: func(context.Context) (string, error) { return dir, nil },
	})
	at := Place{Dir: dir, Data: filepath.Join(dir, "data")}
	files, err := datadir.Open(at.Data, datadir.Options{Bytes: 1 << 20, Owner: &owner, Process: func() datadir.Process { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	k := newLateKernel()
	served.Go(k.serve)
	conn, err := kernel.Connect(t.Context(), k.Stdout(), k.Stdin(), kernel.Options{})
	if err != nil {
		t.Fatal(err)
	}
	live := &Live{process: k, memory: e.memory.watch(k), conn: conn, ready: time.Now()}
	r := &Run{
		Interpreter: e.At(at), Live: live, Session: ctx, Folder: files, Limit: 50 * time.Millisecond,
		Shared: func() bool { return false },
	}
	x, err := r.Do(t.Context(), sessions.Request{Code: "deaf"})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("status %q, variables lost %v, next restart %q", x.Status, x.VariablesLost, r.Restart)
	if want := fmt.Sprintf("status %q, variables lost true, next restart %q", sessions.TimedOut, sessions.RestartTimedOut); got != want {
		t.Errorf("%s; want %s", got, want)
	}
	end()
	owner.Wait()
	served.Wait()
	if err := errors.Join(files.Close(), e.Close()); err != nil {
		t.Error(err)
	}
}
