//go:build chaos && linux

package chaos

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"
)

// A stdioClient starts a server of its own, as Claude Desktop does.
type stdioClient struct {
	caller
	server *server
	out    *bufio.Reader
	source *os.File
	next   int
}

func newStdioClient(s *server) *stdioClient {
	c := &stdioClient{server: s}
	c.caller = caller{c.call}
	return c
}

func (c *stdioClient) begin(ctx context.Context) error {
	if err := c.server.start(); err != nil {
		return err
	}
	c.source = c.server.out
	c.out = bufio.NewReaderSize(c.source, 1<<20)
	if _, err := c.ask(ctx, "0", initialize); err != nil {
		return err
	}
	return c.say(initialized)
}

func (c *stdioClient) say(line string) error {
	_, err := io.WriteString(c.server.in, line+"\n")
	return err
}

func (c *stdioClient) call(ctx context.Context, tool string, args map[string]any) (reply, error) {
	c.next++
	m, err := c.ask(ctx, fmt.Sprint(c.next), toolCall(c.next, tool, args))
	return m.reply(), err
}

// ask sends a request and reads until its answer.
func (c *stdioClient) ask(ctx context.Context, id, line string) (m message, err error) {
	if deadline, ok := ctx.Deadline(); ok {
		_ = c.source.SetReadDeadline(deadline)
	}
	if err := c.say(line); err != nil {
		return m, err
	}
	for {
		text, err := c.out.ReadBytes('\n')
		if err != nil {
			return m, err
		}
		m = message{}
		if err := json.Unmarshal(text, &m); err != nil {
			return m, fmt.Errorf("%q on standard output: %w", text, err)
		}
		if string(m.ID) == id && m.Method == "" {
			return m, nil
		}
	}
}

// vanish closes both ends, as a client does that crashes.
func (c *stdioClient) vanish(ctx context.Context, code string, after time.Duration) {
	c.next++
	_ = c.say(toolCall(c.next, "run_python", map[string]any{"code": code}))
	wait(ctx, after)
	c.leave()
}

func (c *stdioClient) leave() {
	c.server.mu.Lock()
	in, out, ended := c.server.in, c.server.out, c.server.ended
	c.server.doom()
	c.server.mu.Unlock()
	if in == nil {
		return
	}
	in.Close()
	out.Close()
	select {
	case <-ended:
	case <-time.After(15 * time.Second):
		c.server.kill()
	}
}

func (c *stdioClient) close() { c.leave() }

// wait waits for a while, unless the context ends.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
