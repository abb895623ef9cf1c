package kernel

import (
	"bufio"
	"errors"
	"io"
	"os"
	"testing"
	"time"
)

// TestIdleReport checks what a kernel says between executions.
func TestIdleReport(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{Offline: true}, Options{})
	for _, c := range []struct {
		code string
		idle bool
	}{
		{"x = 1", true},
		{"import threading; t = threading.Timer(600, print); t.start()", false},
		{"t.cancel(); t.join()", true},
		{"import subprocess; child = subprocess.Popen(['sleep', '600'])", false},
		{"child.kill(); child.wait()", true},
		{"import os\nif os.fork() == 0: os._exit(0)", true}, // nobody waits for it
		{"import signal; signal.setitimer(signal.ITIMER_REAL, 600)", false},
		{"signal.setitimer(signal.ITIMER_REAL, 0)", true},
		{"import numpy as np; m = np.ones((100, 100)) @ np.ones((100, 100))", true},
		{"getitimer = signal.getitimer; signal.getitimer = None", false},
		{"signal.getitimer = getitimer", true},
	} {
		p.value(t, c.code)
		r, err := p.IdleReport()
		for end := time.Now().Add(20 * time.Second); err == nil && !r.Idle && c.idle && time.Now().Before(end); {
			r, err = p.IdleReport() // on a busy machine it may be late with its answer
		}
		if err != nil {
			t.Fatalf("%s: %v", c.code, err)
		}
		if r.Idle != c.idle {
			t.Errorf("%s: idle is %v, want %v", c.code, r.Idle, c.idle)
		}
		if r.CPU < 0 || r.CPU > time.Minute {
			t.Errorf("%s: %v of processor time", c.code, r.CPU)
		}
	}
	if got := p.value(t, "6 * 7"); got != "42" {
		t.Errorf("the next execution: %s, want 42", got)
	}
}

// TestLateIdleReport checks that a report which comes too late is skipped, and that
// anything else is a breach of the protocol.
func TestLateIdleReport(t *testing.T) {
	t.Parallel()
	c, kernel := pair(t)
	requests := bufio.NewReader(kernel.in)
	if r, err := c.IdleReport(); err != nil || r.Idle {
		t.Fatalf("no answer: %v, %v", r, err)
	}
	expect(t, requests, "idle", 1)
	if r, err := c.IdleReport(); err != nil || r.Idle {
		t.Fatalf("still no answer: %v, %v", r, err)
	}
	kernel.say(t, `{"type":"idle_report","seq":1,"idle":true,"cpu":1}`)
	done := make(chan struct{})
	go func() {
		defer close(done)
		expect(t, requests, "idle", 2)
		kernel.say(t, `{"type":"idle_report","seq":2,"idle":true,"cpu":2}`)
	}()
	if r, err := patientReport(c); err != nil || !r.Idle || r.CPU != 2 {
		t.Fatalf("an answer: %v, %v", r, err)
	}
	<-done
	kernel.say(t, `{"type":"done","seq":3,"status":"ok","stdout":[0,""],"stderr":[0,""]}`)
	if _, err := patientReport(c); !errors.Is(err, ErrProtocol) {
		t.Fatalf("a frame of another type: %v, want ErrProtocol", err)
	}
}

// patientReport is IdleReport on a machine that is busy: what comes is there already, or
// comes soon.
func patientReport(c *Conn) (IdleReport, error) {
	return c.askIdle(request{Type: "idle"}, time.Millisecond, time.Minute)
}

// TestIdleReportInPieces sends a report of which only a part comes in time: the
// kernel is alive, and the report counts once it is complete.
func TestIdleReportInPieces(t *testing.T) {
	t.Parallel()
	c, kernel := pair(t)
	const answer = `{"type":"idle_report","seq":1,"idle":true,"cpu":1}`
	frame := append([]byte{0, 0, 0, byte(len(answer)), 0, 0, 0, 0}, answer...)
	for _, piece := range [][]byte{frame[:3], frame[3:20]} {
		if _, err := kernel.out.Write(piece); err != nil {
			t.Fatal(err)
		}
		if r, err := c.IdleReport(); err != nil || r.Idle {
			t.Fatalf("part of an answer: %v, %v", r, err)
		}
	}
	if _, err := kernel.out.Write(frame[20:]); err != nil {
		t.Fatal(err)
	}
	kernel.say(t, `{"type":"idle_report","seq":2,"idle":true,"cpu":2}`)
	if r, err := patientReport(c); err != nil || !r.Idle || r.CPU != 2 {
		t.Fatalf("all of it: %v, %v", r, err)
	}
}

// A farEnd is a kernel that says what a test makes it say.
type farEnd struct {
	in  io.Reader
	out io.Writer
}

func (f farEnd) say(t *testing.T, head string) {
	t.Helper()
	frame := append([]byte{0, 0, 0, byte(len(head)), 0, 0, 0, 0}, head...)
	if _, err := f.out.Write(frame); err != nil {
		t.Error(err)
	}
}

func expect(t *testing.T, r *bufio.Reader, kind string, seq uint64) {
	t.Helper()
	h, _, err := readFrame(r)
	if err != nil || h.Type != kind || h.Seq != seq {
		t.Errorf("request %+v, %v; want %s %d", h, err, kind, seq)
	}
}

// pair returns a connection that has been greeted, and its other end.
func pair(t *testing.T) (*Conn, farEnd) {
	t.Helper()
	fromKernel, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	in, toKernel, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, f := range []*os.File{fromKernel, out, in, toKernel} {
			f.Close()
		}
	})
	return &Conn{r: bufio.NewReader(fromKernel), source: fromKernel, out: outbox{w: toKernel}}, farEnd{in, out}
}
