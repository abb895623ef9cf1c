package sandbox

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// A hostProcess is the server's end of the sandbox host: the process and the
// sandboxes that live with it.
type hostProcess struct {
	cmd    *exec.Cmd
	conn   *net.UnixConn
	stderr tail
	done   chan struct{} // closed when the process and all its sandboxes have ended

	mu        sync.Mutex
	sandboxes map[string]*Sandbox // nil once the process has ended
	shows     map[string]chan []Unshown
}

// errHostDied says that the sandbox host has died, and all sandboxes with it.
var errHostDied = errors.New("the process that runs the sandboxes has died; the next sandbox starts another")

// startHost starts a sandbox host.
func (r *Runtime) startHost() (*hostProcess, error) {
	conn, socket, err := socketPair()
	if err != nil {
		return nil, err
	}
	defer socket.Close()
	h := &hostProcess{
		conn:      conn,
		stderr:    tail{max: maxDiagnostics},
		done:      make(chan struct{}),
		sandboxes: map[string]*Sandbox{},
		shows:     map[string]chan []Unshown{},
	}
	h.cmd = exec.Command(r.engine, append([]string{r.dir, string(r.system), string(r.level)}, hostFlags(r.dir, r.level)...)...)
	h.cmd.Args[0] = hostName
	// Gofers inherit the environment. They and the host hold little and are idle
	// most of the time, so returning memory matters more than speed.
	h.cmd.Env = []string{"PATH=/usr/bin:/bin", "GOGC=50"}
	h.cmd.Dir = "/"
	h.cmd.Stderr = &h.stderr
	h.cmd.ExtraFiles = []*os.File{socket}
	h.cmd.SysProcAttr = r.level.attributes()
	// An interrupt from the terminal is for the server, which then closes the
	// sessions in order.
	h.cmd.SysProcAttr.Setsid = true
	h.cmd.WaitDelay = time.Second
	r.thread.do(func() { err = h.cmd.Start() })
	if err != nil {
		conn.Close()
		return nil, err
	}
	go h.wait()
	return h, nil
}

// hostFlags are gVisor's flags.
func hostFlags(dir string, level Level) []string {
	return []string{
		"--root=" + filepath.Join(dir, "state"),
		"--platform=systrap",
		// Without namespaces a sentry must not open the host's files itself.
		fmt.Sprintf("--directfs=%t", level.Namespaced()),
		"--network=none",
		"--ignore-cgroups",
		"--overlay2=none",
		"--host-uds=none",
		"--host-fifo=none",
		"--host-settings=ignore", // advice to the host's administrator
		// What is mounted read-only does not change, and is not looked at again
		// and again; the data folder is marked as shared.
		"--file-access-mounts=exclusive",
	}
}

// wait passes events on until the process ends, reaps it, and lets the
// sandboxes know that are left.
func (h *hostProcess) wait() {
	for {
		var e event
		files, err := receive(h.conn, &e)
		if err != nil {
			break
		}
		closeAll(files)
		if e.Event == evShown {
			h.shown(e)
			continue
		}
		h.mu.Lock()
		s := h.sandboxes[e.ID]
		h.mu.Unlock()
		if s != nil {
			s.handle(e)
		}
	}
	h.conn.Close()
	_ = h.cmd.Process.Kill() // it has ended, or sends what cannot be understood
	_ = h.cmd.Wait()
	h.mu.Lock()
	left := h.sandboxes
	h.sandboxes = nil
	h.mu.Unlock()
	for _, s := range left {
		s.end(fmt.Errorf("%w %s", errHostDied, strings.TrimSpace(h.stderr.String())))
	}
	close(h.done)
}

// alive reports whether the process still serves.
func (h *hostProcess) alive() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sandboxes != nil
}

// add registers a sandbox, whose events it gets from now on.
func (h *hostProcess) add(s *Sandbox) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sandboxes == nil {
		return errHostDied
	}
	h.sandboxes[s.id] = s
	return nil
}

func (h *hostProcess) remove(s *Sandbox) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.sandboxes, s.id)
}

// kill ends the process and with it all its sandboxes.
func (h *hostProcess) kill() { _ = h.cmd.Process.Kill() }

// close lets the process end and waits for it.
func (h *hostProcess) close() {
	h.mu.Lock()
	_ = h.conn.CloseWrite()
	h.mu.Unlock()
	select {
	case <-h.done:
	case <-time.After(killDelay):
		h.kill()
		<-h.done
	}
}

// liveHost returns the sandbox host, and starts one if none runs, for example
// because the last one died.
func (r *Runtime) liveHost() (*hostProcess, error) {
	r.hostMu.Lock()
	defer r.hostMu.Unlock()
	if r.isClosed() {
		return nil, errClosed
	}
	if r.host != nil && r.host.alive() {
		return r.host, nil
	}
	h, err := r.startHost()
	if err != nil {
		return nil, fmt.Errorf("starting the process that runs the sandboxes: %w", err)
	}
	r.host = h
	return h, nil
}
