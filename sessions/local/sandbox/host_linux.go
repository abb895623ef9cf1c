package sandbox

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"strings"
	"sync"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"gvisor.dev/gvisor/pkg/log"
	"gvisor.dev/gvisor/runsc/config"
	"gvisor.dev/gvisor/runsc/flag"
	gsandbox "gvisor.dev/gvisor/runsc/sandbox"
)

// The sandbox host is the one process that starts the sandboxes of a runtime. It
// runs in the namespaces that they need, holds gVisor's end of each, and carries out
// what the server requests over a socket. With it a sandbox is two processes, not
// three, and no other program has to be started for each.

// hostSocket is the descriptor of the host's end of the socket.
const hostSocket = 3

// guestFiles are how a sandbox host shows sandboxes the host's files: by mounts, or without.
type guestFiles interface {
	// open prepares what a sandbox sees, and close gives back what is its own of that.
	open(shared []tree, data *tree) error
	close(data *tree)
	// show makes the sandboxes see the user's folders as they are now, and returns those
	// that they do not see.
	show(UserFolders) []Unshown
	// contain makes the container that runs in files.
	contain(c *contained, spec *specs.Spec, streams []*os.File) error
}

// A host is what the sandbox host knows.
type host struct {
	args  []string // gVisor's flags
	root  string   // of all sandboxes
	conn  *net.UnixConn
	files guestFiles

	work       sync.WaitGroup
	mu         sync.Mutex
	containers map[string]*contained
}

// runHost is the sandbox host's main function. It returns when the server ends.
func runHost(args []string) int {
	if err := serveHost(args); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func serveHost(args []string) error {
	log.SetTarget(log.GoogleEmitter{Writer: &log.Writer{Next: io.Discard}})
	conn, err := openSocket(os.NewFile(hostSocket, "server"))
	if err != nil {
		return err
	}
	_ = denyMembarrierRegistration() // if it fails, starts only take longer
	_ = denyAllocation()             // without it, disks are full sooner than it is noticed
	if err := ownStreams(); err != nil {
		return err
	}
	// gVisor does this once in the life of a process, and not when others are
	// opening files.
	if err := gsandbox.SetCloExeOnAllFDs(); err != nil {
		return err
	}
	if len(args) < 3 {
		return errors.New("the sandbox host needs the runtime's folder, the base system and the level")
	}
	h := &host{args: args[3:], root: rootfsDir(args[0]), conn: conn, containers: map[string]*contained{}}
	if h.files, err = openFiles(args[0], system(args[1]), Level(args[2])); err != nil {
		return err
	}
	if _, err := h.config(); err != nil {
		return err
	}
	debug.FreeOSMemory() // what the flags took; there are hundreds
	err = h.serve()
	h.killAll()
	return err
}

// openFiles returns how sandboxes of a level are shown the host's files. Their root is made
// of a system.
func openFiles(dir string, from system, level Level) (guestFiles, error) {
	if level.Namespaced() {
		return openMounts(dir, from)
	}
	return openServed(dir, from, level)
}

// ownStreams replaces the streams of this process. gVisor passes them to every
// sandbox, which does not use them, and first changes their owner to the sandbox's
// user. That must not happen to the null device.
func ownStreams() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	os.Stdin, os.Stdout, os.Stderr = r, w, w
	return nil
}

// config returns gVisor's configuration: a new one for each container, because
// gVisor writes to it.
func (h *host) config() (*config.Config, error) {
	flags := flag.NewFlagSet(hostName, flag.ContinueOnError)
	config.RegisterFlags(flags)
	if err := flags.Parse(h.args); err != nil {
		return nil, err
	}
	return config.NewFromFlags(flags)
}

// serve carries out requests until the server is gone.
func (h *host) serve() error {
	for {
		var r request
		files, err := receive(h.conn, &r)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if r.Op == opCreate {
			h.create(r, files)
			continue
		}
		closeAll(files)
		if r.Op == opShow && r.User != nil {
			h.work.Go(func() { h.report(event{Event: evShown, ID: r.ID, Unshown: h.files.show(*r.User)}, nil) })
			continue
		}
		h.mu.Lock()
		c := h.containers[r.ID]
		h.mu.Unlock()
		if c != nil { // or it has ended meanwhile
			c.ask(r)
		}
	}
}

func (h *host) create(r request, files []*os.File) {
	c := newContained(r)
	h.mu.Lock()
	h.containers[c.id] = c
	h.mu.Unlock()
	h.work.Go(func() {
		err := c.live(h, files)
		h.mu.Lock()
		delete(h.containers, c.id)
		h.mu.Unlock()
		h.report(event{Event: evEnded, ID: c.id, Exit: uint32(c.exit)}, err)
	})
}

// report tells the server of an event. When that fails, the server is gone and
// serve ends.
func (h *host) report(e event, err error) {
	if err != nil {
		e.Error = reason(err)
	}
	_ = send(h.conn, e)
}

// reason returns the message of an error of gVisor, without the stacks that follow
// if it comes from a panic, for example over a full disk.
func reason(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\ngoroutine ")
	return strings.TrimRight(text[:min(len(text), maxReason)], ":\n")
}

// killAll kills every container and waits until none is left.
func (h *host) killAll() {
	h.mu.Lock()
	for _, c := range h.containers {
		c.ask(request{Op: opKill})
	}
	h.mu.Unlock()
	h.work.Wait()
}
