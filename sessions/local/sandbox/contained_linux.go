package sandbox

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/state/statefile"
	"gvisor.dev/gvisor/runsc/config"
	gsandbox "gvisor.dev/gvisor/runsc/sandbox"
	"gvisor.dev/gvisor/runsc/specutils"
)

// A container is gVisor's, or one that is made without namespaces.
type container interface {
	Start(*config.Config) error
	Restore(conf *config.Config, image string, direct, background bool) error
	Checkpoint(*config.Config, string, gsandbox.CheckpointOpts) error
	Destroy() error
}

// A contained is a container as the sandbox host sees it.
type contained struct {
	id       string
	bundle   string
	trees    []tree
	data     *tree
	user     UserFolders
	group    string // "" for none
	hostname string // set by create
	conf     *config.Config
	gvisor   container
	sentry   *gsandbox.Sandbox
	gofer    int // its PID

	asked  chan request  // what to do, other than to kill
	killed chan struct{} // closed when it is to be killed
	kill   sync.Once
	exit   unix.WaitStatus // how the sentry ended; set before dead is closed
	dead   chan struct{}   // closed when the sentry has ended, which is not reaped by then
}

// pendingRequests is how many requests may wait for one container. There are
// two: one to start it, and one about its state.
const pendingRequests = 4

func newContained(r request) *contained {
	c := &contained{
		id:     r.ID,
		bundle: r.Bundle,
		trees:  r.Trees,
		data:   r.Data,
		group:  r.Group,
		asked:  make(chan request, pendingRequests),
		killed: make(chan struct{}),
		dead:   make(chan struct{}),
	}
	if r.User != nil {
		c.user = *r.User
	}
	return c
}

// ask passes a request on.
func (c *contained) ask(r request) {
	if r.Op == opKill {
		c.kill.Do(func() { close(c.killed) })
		return
	}
	select {
	case c.asked <- r:
	default: // the server asks for nonsense
	}
}

// live creates the container, carries out requests, and returns when the container
// is gone. files are the program's streams.
func (c *contained) live(h *host, files []*os.File) error {
	words, err := openLastWords()
	if err != nil {
		closeAll(files)
		return fmt.Errorf("creating a container: %w", err)
	}
	err = c.run(h, files, words)
	return words.explain(err)
}

func (c *contained) run(h *host, files []*os.File, words *lastWords) error {
	defer h.files.close(c.data)
	err := c.create(h, files, words)
	closeAll(files)
	words.pass()
	if err != nil {
		return fmt.Errorf("creating a container: %w", err)
	}
	pid := c.sentry.Getpid()
	if c.group != "" {
		// Nothing of the program runs yet. Without a group it is only watched.
		_ = join(c.group, pid, c.gofer)
	}
	h.report(event{Event: evCreated, ID: c.id, PID: pid, Gofer: c.gofer}, nil)
	var watch sync.WaitGroup
	watch.Go(func() { c.watch(pid) })
	watch.Go(func() { c.executioner(pid) })
	err = c.serve(h)
	watch.Wait()
	return errors.Join(err, c.gvisor.Destroy())
}

func (c *contained) create(h *host, files []*os.File, words *lastWords) error {
	if len(files) != streams {
		return fmt.Errorf("%d streams", len(files))
	}
	if err := h.files.open(c.trees, c.data); err != nil {
		return err
	}
	var err error
	if c.conf, err = h.config(); err != nil {
		return err
	}
	c.conf.LogFilename, c.conf.PanicLog = words.path(), words.path()
	spec, err := specutils.ReadSpec(c.bundle, c.conf)
	if err != nil {
		return err
	}
	if err := makeMountPoints(h.root, spec.Mounts); err != nil {
		return err
	}
	c.hostname = spec.Hostname
	return h.files.contain(c, spec, files)
}

// watch closes dead when the sentry ends. gVisor reaps the sentry.
func (c *contained) watch(pid int) {
	defer close(c.dead)
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			c.exit = exitStatus(pid)
			return
		}
	}
}

// executioner kills the sentry on request, and returns when the sentry has ended.
// The sentry is not reaped before that, so pid still names it.
func (c *contained) executioner(pid int) {
	select {
	case <-c.killed:
		_ = unix.Kill(pid, unix.SIGKILL)
	case <-c.dead:
	}
}

// serve carries out requests until the sentry has ended.
func (c *contained) serve(h *host) error {
	var failure error
	for {
		select {
		case <-c.dead:
			return failure
		case r := <-c.asked:
			switch r.Op {
			case opStart:
				failure = c.start(r.Op, c.gvisor.Start(c.conf))
			case opRestore:
				failure = c.start(r.Op, c.restore(r.Image))
			case opCheckpoint:
				h.report(event{Event: evAnswered, ID: c.id}, c.checkpoint(r.Image, false))
			case opSuspend:
				h.report(event{Event: evAnswered, ID: c.id}, c.suspend(r.Image))
			case opResume:
				h.report(event{Event: evAnswered, ID: c.id}, c.sentry.Resume(c.id))
			}
		}
	}
}

// start starts the container, and kills it if that fails.
func (c *contained) start(op string, err error) error {
	if err == nil {
		return nil
	}
	c.ask(request{Op: opKill})
	return fmt.Errorf("%s: %w", op, err)
}

// restore starts the container from the state in the folder image, under the
// host name that its configuration has. It runs before all of its memory is
// read: what it touches is read first.
func (c *contained) restore(image string) error {
	image, err := renameImage(image, c.bundle, c.hostname)
	if err != nil {
		return err
	}
	return c.gvisor.Restore(c.conf, image, false, true)
}

// suspend stops the program and writes its state. Whether that succeeds or not, the
// program stays stopped until it is resumed. suspend asks gVisor's kernel and not
// the container: the container would record on disk that it is paused, and the
// disk may be full.
func (c *contained) suspend(dir string) error {
	if err := c.sentry.Pause(c.id); err != nil {
		return err
	}
	return c.checkpoint(dir, true)
}

// checkpoint writes the state of the program, which ends unless it is to go on.
func (c *contained) checkpoint(dir string, goOn bool) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return c.gvisor.Checkpoint(c.conf, dir, gsandbox.CheckpointOpts{
		Compression:               statefile.CompressionLevelNone,
		ExcludeCommittedZeroPages: true,
		Resume:                    goOn,
	})
}
