package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// The server and the sandbox host exchange JSON messages over a pair of connected
// sockets that preserve message boundaries. A request to create a container carries
// the descriptors of its three streams.

// A request is what the server asks the sandbox host to do. The host carries out the
// requests about a container one by one, in order.
type request struct {
	Op     string       `json:"op"`
	ID     string       `json:"id"`
	Bundle string       `json:"bundle,omitempty"`
	Trees  []tree       `json:"trees,omitempty"` // that all sandboxes share
	Data   *tree        `json:"data,omitempty"`  // this one's own
	Image  string       `json:"image,omitempty"`
	Group  string       `json:"group,omitempty"` // the control group that its processes are to be in
	User   *UserFolders `json:"user,omitempty"`
}

// The operations.
const (
	opCreate     = "create"     // Bundle, Trees, Data, User, streams; answered by evCreated or evEnded
	opStart      = "start"      // no answer
	opRestore    = "restore"    // Image; no answer
	opCheckpoint = "checkpoint" // Image; answered by evAnswered, and then the sandbox ends
	opSuspend    = "suspend"    // Image; answered by evAnswered
	opResume     = "resume"     // answered by evAnswered
	opKill       = "kill"       // answered by evEnded
	opShow       = "show"       // User, of no container; ID names the request; answered by evShown
)

// An event is what the sandbox host reports.
type event struct {
	Event string `json:"event"`
	ID    string `json:"id"`
	PID   int    `json:"pid,omitempty"`   // of the sentry
	Gofer int    `json:"gofer,omitempty"` // its PID
	Exit  uint32 `json:"exit,omitempty"`  // how the sentry ended, as wait tells it
	Error string `json:"error,omitempty"` // why it failed

	Unshown []Unshown `json:"unshown,omitempty"`
}

const (
	evCreated  = "created"  // the sentry is up: PID, Gofer
	evAnswered = "answered" // what was asked is done, or failed: Error
	evEnded    = "ended"    // nothing of the container is left: Exit; Error, if gVisor reported one
	evShown    = "shown"    // sandboxes see the folders of the user, without Unshown
)

const (
	maxMessage = 64 << 10
	maxReason  = 16 << 10 // of the Error of an event
	streams    = 3
)

// socketPair returns two connected sockets that preserve message boundaries.
func socketPair() (ours *net.UnixConn, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	theirs = os.NewFile(uintptr(fds[1]), "sandbox host")
	ours, err = openSocket(os.NewFile(uintptr(fds[0]), "sandbox host"))
	if err != nil {
		theirs.Close()
		return nil, nil, err
	}
	return ours, theirs, nil
}

// openSocket makes a connection of a socket's descriptor and closes the latter.
func openSocket(f *os.File) (*net.UnixConn, error) {
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		c.Close()
		return nil, errors.New("not a Unix socket")
	}
	return u, nil
}

// send sends a message with files, which stay the caller's. It may be called
// concurrently.
func send(c *net.UnixConn, message any, files ...*os.File) error {
	data, err := json.Marshal(message)
	if err != nil {
		return err
	}
	var rights []byte
	if len(files) > 0 {
		fds := make([]int, len(files))
		for i, f := range files {
			fds[i] = int(f.Fd())
		}
		rights = unix.UnixRights(fds...)
	}
	_, _, err = c.WriteMsgUnix(data, rights, nil)
	return err
}

// receive receives a message with its files, which are the caller's. It
// returns io.EOF when the other end is closed.
func receive(c *net.UnixConn, message any) ([]*os.File, error) {
	data := make([]byte, maxMessage)
	rights := make([]byte, unix.CmsgSpace(streams*4))
	n, m, flags, _, err := c.ReadMsgUnix(data, rights)
	if errors.Is(err, io.EOF) || err == nil && n == 0 {
		return nil, io.EOF
	}
	if err != nil {
		return nil, err
	}
	files, err := openRights(rights[:m])
	if err == nil && flags&(unix.MSG_TRUNC|unix.MSG_CTRUNC) != 0 {
		err = errors.New("a message is too long")
	}
	if err == nil {
		err = json.Unmarshal(data[:n], message)
	}
	if err != nil {
		closeAll(files)
		return nil, fmt.Errorf("a message of the sandbox host: %w", err)
	}
	return files, nil
}

// openRights returns the files that came with a message.
func openRights(rights []byte) ([]*os.File, error) {
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil {
		return nil, err
	}
	var files []*os.File
	for _, m := range messages {
		fds, err := unix.ParseUnixRights(&m)
		if err != nil {
			closeAll(files)
			return nil, err
		}
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "stream"))
		}
	}
	return files, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}
