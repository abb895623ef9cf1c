//go:build chaos && linux

package chaos

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// A server is a process of the program that is started again whenever it is
// gone.
type server struct {
	name    string
	binary  string
	args    []string
	address string // of a server over HTTP

	mu     sync.Mutex
	cmd    *exec.Cmd
	ended  chan struct{} // closed when cmd has ended
	in     *os.File      // of a server over standard streams
	out    *os.File
	log    bytes.Buffer
	logMu  sync.Mutex
	life   int  // counts its starts
	doomed int  // the life that the test has ended
	ready  bool // it answers, as far as the test lets it
	closed bool // it must not be started again
}

// serve starts a server over HTTP at a port that stays the same.
func (d *day) serve(name string, args ...string) *server {
	d.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		d.t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	s := d.newServer(name, append(args, "--listen="+address)...)
	s.address = address
	if err := s.start(); err != nil {
		d.t.Fatal(err)
	}
	s.awaitListening(d.t)
	return s
}

// serveStdio prepares a server that its client starts.
func (d *day) serveStdio(name string, args ...string) *server {
	return d.newServer(name, args...)
}

func (d *day) newServer(name string, args ...string) *server {
	s := &server{name: name, binary: d.binary, args: append(args, "--cache-dir="+d.disk.cache)}
	d.servers = append(d.servers, s)
	d.t.Cleanup(func() { s.kill() })
	return s
}

// awaitListening waits until a server over HTTP answers.
func (s *server) awaitListening(t *testing.T) {
	t.Helper()
	late := time.After(3 * time.Minute)
	for !s.healthy() {
		select {
		case <-late:
			t.Errorf("%s does not answer\n%s", s.name, s.said())
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ready = true
}

// healthy asks the server whether it serves.
func (s *server) healthy() bool {
	client := http.Client{Timeout: time.Second}
	defer client.CloseIdleConnections()
	for _, path := range []string{"/healthz", "/health"} {
		response, err := client.Get("http://" + s.address + path)
		if err != nil {
			return false
		}
		response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return true
		}
	}
	return false
}

// start starts the process if it does not run.
func (s *server) start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil && !isClosed(s.ended) {
		return nil
	}
	if s.closed {
		return errors.New("the day is over")
	}
	cmd := exec.Command(s.binary, s.args...)
	cmd.Stderr = logWriter{s}
	if s.address == "" {
		if err := s.pipes(cmd); err != nil {
			return err
		}
		defer cmd.Stdin.(*os.File).Close()
		defer cmd.Stdout.(*os.File).Close()
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	s.cmd, s.ended = cmd, ended
	s.life++
	s.ready = s.address == ""
	go func() {
		_ = cmd.Wait() // how it ended is for those who ended it
		close(ended)
	}()
	return nil
}

func (s *server) pipes(cmd *exec.Cmd) error {
	inR, inW, err := os.Pipe()
	if err != nil {
		return err
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		return errors.Join(err, inR.Close(), inW.Close())
	}
	cmd.Stdin, cmd.Stdout = inR, outW
	s.in, s.out = inW, outR
	return nil
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// kill kills the process as kill -9 does, and waits for its end.
func (s *server) kill() {
	s.mu.Lock()
	cmd, ended := s.cmd, s.ended
	s.doom()
	s.mu.Unlock()
	if cmd != nil {
		_ = cmd.Process.Kill()
		<-ended
	}
}

// doom notes that the test ends the process. The caller holds mu.
func (s *server) doom() { s.doomed, s.ready = s.life, false }

// watch returns a function that reports whether a call that began now and had
// no answer lost it by the test's doing.
func (s *server) watch() (excused func() bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	life, ready := s.life, s.ready
	return func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return !ready || !s.ready || s.life != life || s.doomed == life
	}
}

func (s *server) pid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil || isClosed(s.ended) {
		return 0
	}
	return s.cmd.Process.Pid
}

// end ends the process as a client or an operator does.
func (s *server) end(t *testing.T) {
	t.Helper()
	s.mu.Lock()
	s.closed = true
	cmd, ended := s.cmd, s.ended
	s.doom()
	s.mu.Unlock()
	if cmd == nil {
		return
	}
	_ = cmd.Process.Signal(os.Interrupt)
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Errorf("%s did not end within 30 s of a signal\n%s", s.name, s.said())
		s.kill()
	}
}

type logWriter struct{ s *server }

// Write keeps the end of what the server says.
func (w logWriter) Write(p []byte) (int, error) {
	const most = 64 << 10
	w.s.logMu.Lock()
	defer w.s.logMu.Unlock()
	w.s.log.Write(p)
	if extra := w.s.log.Len() - most; extra > 0 {
		w.s.log.Next(extra)
	}
	return len(p), nil
}

// said returns the end of the server's log.
func (s *server) said() string {
	s.logMu.Lock()
	defer s.logMu.Unlock()
	lines := strings.Split(s.log.String(), "\n")
	lines = lines[max(0, len(lines)-20):]
	for i, line := range lines {
		lines[i] = line[:min(len(line), 300)]
	}
	return fmt.Sprintf("log of %s:\n%s", s.name, strings.Join(lines, "\n"))
}
