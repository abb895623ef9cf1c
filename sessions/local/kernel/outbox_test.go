package kernel

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// TestKernelThatDoesNotRead has a kernel take no byte of what is said to it:
// nothing that is said keeps anybody waiting, and what waits for an answer can
// be ended.
func TestKernelThatDoesNotRead(t *testing.T) {
	t.Parallel()
	c, _ := pair(t)
	executed := make(chan error, 1)
	go func() {
		_, err := c.Execute(strings.Repeat("x", 1<<20), nil)
		executed <- err
	}()
	for c.out.unread() == 0 { // until the code is on its way
		time.Sleep(time.Millisecond)
	}
	began := time.Now()
	for range 1000 {
		if err := c.Interrupt(); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("1000 interrupts took %v", took)
	}
	if n := c.out.unread(); n > maxUnread {
		t.Errorf("%d frames wait", n)
	}
	c.Abandon()
	select {
	case err := <-executed:
		if !errors.Is(err, ErrDied) {
			t.Errorf("the execution: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the execution goes on")
	}
	c.out.w.(*os.File).Close()
	c.Close()
	if err := c.out.send(nil); err == nil {
		t.Error("a frame was taken after the pipe was closed")
	}
	if r, err := c.IdleReport(); err == nil || r.Idle {
		t.Errorf("IdleReport: %+v, %v", r, err)
	}
}

// TestIdleReportOfKernelThatDoesNotRead does the same between executions.
func TestIdleReportOfKernelThatDoesNotRead(t *testing.T) {
	t.Parallel()
	c, _ := pair(t)
	if err := c.out.send(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if r, err := c.IdleReport(); err != nil || r.Idle {
		t.Errorf("%+v, %v", r, err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	c.out.w.(*os.File).Close()
	c.Close()
}
