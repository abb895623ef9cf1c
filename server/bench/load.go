package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
)

// A load is processes that do nothing but compute, in one session of their own, as
// another program of the user would be that has as many workers.
type load struct {
	*process
	out *os.File
}

// busy starts as many processes as its argument says. They end when its input does.
const busy = `import os, sys, threading
def watch():
    sys.stdin.buffer.read()
    os._exit(0)
for _ in range(int(sys.argv[1]) - 1):
    if os.fork() == 0: break
threading.Thread(target=watch, daemon=True).start()
os.write(1, b"\n")
while True: pass`

// startLoad starts n busy processes and waits until all of them compute. The caller
// ends the load.
func (b *bench) startLoad(ctx context.Context, n int) (*load, error) {
	if b.outside == nil {
		return nil, fmt.Errorf("making load takes an interpreter outside of the sessions: %w", b.noOutside)
	}
	out, outW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(b.outside.python, "-I", "-S", "-c", busy, strconv.Itoa(n))
	cmd.Stdout = outW
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, errors.Join(err, out.Close(), outW.Close())
	}
	l := &load{out: out}
	l.process, err = startProcess("the load", cmd)
	if err = errors.Join(err, outW.Close()); err != nil {
		return nil, errors.Join(err, in.Close(), out.Close())
	}
	defer context.AfterFunc(ctx, l.kill)()
	if _, err := io.ReadFull(out, make([]byte, n)); err != nil {
		l.end()
		return nil, orInterrupted(ctx, l.lost(err))
	}
	return l, nil
}

// end ends all processes of the load.
func (l *load) end() {
	l.kill()
	_, _ = io.Copy(io.Discard, l.out) // ends when the last of them has
	_ = l.out.Close()
}
