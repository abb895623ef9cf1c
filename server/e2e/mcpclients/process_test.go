//go:build mcpclients

package mcpclients

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A clientProcess is a program of testdata/clients that speaks MCP with the
// library of another language. It is told what to do in lines of JSON, any
// number of things at once, and answers each in lines with the same id.
type clientProcess struct {
	in   io.WriteCloser
	next atomic.Int64

	writing sync.Mutex
	mu      sync.Mutex
	waiting map[int64]chan<- clientLine // nil when the process has ended
	opened  atomic.Int64
}

// clientLine is what the program says.
type clientLine struct {
	ID       int64
	Progress *mcpProgress
	Result   json.RawMessage
	Error    string
}

var errClientEnded = errors.New("the client's program has ended")

// startClient starts a client's program. It is ended, and must end well, when
// the test has.
func startClient(t *testing.T, command ...string) *clientProcess {
	t.Helper()
	home := t.TempDir()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = home
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "LC_ALL=C.UTF-8"}
	cmd.WaitDelay = 5 * time.Second
	var diagnostics bytes.Buffer
	cmd.Stderr = &diagnostics
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &clientProcess{in: in, waiting: map[int64]chan<- clientLine{}}
	read := make(chan error, 1)
	go func() { read <- p.listen(out) }()
	t.Cleanup(func() {
		_ = in.Close()
		killed := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
		defer killed.Stop()
		err := <-read
		if err = errors.Join(err, cmd.Wait()); err != nil || t.Failed() {
			t.Errorf("%v ended with %v:\n%s", command, err, diagnostics.Bytes())
		}
	})
	return p
}

// listen hands out what the program says until it ends.
func (p *clientProcess) listen(out io.Reader) (err error) {
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, answers := range p.waiting {
			close(answers)
		}
		p.waiting = nil
	}()
	lines := bufio.NewReader(out)
	for {
		text, err := lines.ReadBytes('\n')
		if err == io.EOF && len(text) == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		var line clientLine
		if err := json.Unmarshal(text, &line); err != nil {
			return fmt.Errorf("it printed %.200q: %w", text, err)
		}
		p.mu.Lock()
		if answers, ok := p.waiting[line.ID]; ok {
			answers <- line
		}
		p.mu.Unlock()
	}
}

// do has the program do something and returns what came of it. When ctx ends,
// the program is told to cancel it.
func (p *clientProcess) do(ctx context.Context, what map[string]any, progress func(mcpProgress), result any) error {
	const room = 1000 // for more reports than any test waits for
	answers := make(chan clientLine, room)
	id := p.next.Add(1)
	what["id"] = id
	p.mu.Lock()
	if p.waiting == nil {
		p.mu.Unlock()
		return errClientEnded
	}
	p.waiting[id] = answers
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.waiting, id)
	}()
	if err := p.send(what); err != nil {
		return err
	}
	cancelled := ctx.Done()
	for {
		select {
		case line, ok := <-answers:
			switch {
			case !ok:
				return errClientEnded
			case line.Progress != nil:
				if progress != nil {
					progress(*line.Progress)
				}
			case line.Error != "":
				return errors.New(line.Error)
			default:
				return json.Unmarshal(line.Result, result)
			}
		case <-cancelled:
			cancelled = nil
			if err := p.send(map[string]any{"do": "cancel", "call": id, "id": p.next.Add(1)}); err != nil {
				return err
			}
		}
	}
}

func (p *clientProcess) send(what map[string]any) error {
	text, err := json.Marshal(what)
	if err != nil {
		return err
	}
	p.writing.Lock()
	defer p.writing.Unlock()
	_, err = p.in.Write(append(text, '\n'))
	return err
}

// dial implements dialer.
func (p *clientProcess) dial(ctx context.Context, via mcpTransport, server mcpServer) (dialogue, error) {
	d := &processDialogue{p: p, name: strconv.FormatInt(p.opened.Add(1), 10)}
	err := d.do(ctx, "open", map[string]any{"url": server.URL + via.path, "transport": via.kind, "token": server.Token}, nil, &d.about)
	return d, err
}

// processDialogue is a conversation of the program.
type processDialogue struct {
	p     *clientProcess
	name  string
	about struct{ Version string }
}

func (d *processDialogue) do(ctx context.Context, what string, with map[string]any, progress func(mcpProgress), result any) error {
	with["do"], with["conversation"] = what, d.name
	return d.p.do(ctx, with, progress, result)
}

func (d *processDialogue) version() string { return d.about.Version }

func (d *processDialogue) tools(ctx context.Context) ([]mcpTool, error) {
	var listed struct{ Tools []mcpTool }
	err := d.do(ctx, "tools", map[string]any{}, nil, &listed)
	return listed.Tools, err
}

func (d *processDialogue) call(ctx context.Context, tool string, arguments map[string]any, progress func(mcpProgress)) (mcpResult, error) {
	var result mcpResult
	err := d.do(ctx, "call", map[string]any{"tool": tool, "arguments": arguments, "progress": progress != nil}, progress, &result)
	return result, err
}

func (d *processDialogue) read(ctx context.Context, uri string) (mcpResource, error) {
	var resource mcpResource
	err := d.do(ctx, "read", map[string]any{"uri": uri}, nil, &resource)
	return resource, err
}

func (d *processDialogue) close() error {
	var nothing any
	// The test's context has ended when it cleans up.
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return d.do(ctx, "close", map[string]any{}, nil, &nothing)
}
