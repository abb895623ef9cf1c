package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

// errNoAnswer means that no answer came: the server or the connection to it
// failed.
var errNoAnswer = errors.New("no answer")

// An agent is an MCP client with a server process of its own.
type agent struct {
	client *client.Client
	log    *lineWriter
	calls  int

	greeting string // how the server introduced itself
	tools    []string
}

// startAgent starts a server and initializes the conversation with it. The caller
// closes the agent.
func startAgent(ctx context.Context, opts Options) (*agent, error) {
	log := &lineWriter{to: opts.Log, prefix: "    │ "}
	args := append([]string{"serve", "--transport=stdio"}, opts.Flags...)
	// The first answer on a machine waits until the packages are installed.
	args = append(args, "--result-format=text", "--allow-dir="+opts.Out, fmt.Sprint("--answer-within=", limit))
	begin := time.Now()
	c, err := client.NewStdioMCPClientWithOptions(opts.command, nil, args, transport.WithCommandFunc(
		func(_ context.Context, command string, _, args []string) (*exec.Cmd, error) {
			cmd := exec.Command(command, args...)
			cmd.Stderr = log
			cmd.WaitDelay = time.Second
			return cmd, nil
		}))
	if err != nil {
		return nil, fmt.Errorf("starting the server: %w", err)
	}
	a := &agent{client: c, log: log}
	c.OnNotification(a.progress)
	var request mcp.InitializeRequest
	request.Params.ProtocolVersion = mcp.LATEST_LEGACY_PROTOCOL_VERSION
	request.Params.ClientInfo = mcp.Implementation{Name: "demo", Version: "1"}
	hello, err := c.Initialize(ctx, request)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: initialize: %w", errNoAnswer, err), c.Close())
	}
	a.greeting = fmt.Sprintf("Connected to %s %s, MCP %s, %d ms after the start of its process.", hello.ServerInfo.Name,
		hello.ServerInfo.Version, hello.ProtocolVersion, time.Since(begin).Milliseconds())
	list, err := c.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: tools/list: %w", errNoAnswer, err), c.Close())
	}
	for _, tool := range list.Tools {
		a.tools = append(a.tools, tool.Name)
	}
	return a, nil
}

// close ends the conversation like clients do, by closing the server's input, and
// waits until its process has exited.
func (a *agent) close() error {
	err := a.client.Close()
	a.log.flush()
	return err
}

// call calls a tool, shows the call and its answer, and saves the images in the
// answer.
func (d *demo) call(ctx context.Context, tool string, args map[string]any) (*answer, error) {
	return d.callBy(ctx, d.agent, tool, args)
}

func (d *demo) callBy(ctx context.Context, a *agent, tool string, args map[string]any) (*answer, error) {
	a.calls++
	d.screen.call(tool, args)
	var request mcp.CallToolRequest
	request.Params.Name = tool
	request.Params.Arguments = args
	request.Params.Meta = &mcp.Meta{ProgressToken: a.calls}
	begin := time.Now()
	result, err := a.client.CallTool(ctx, request)
	took := time.Since(begin)
	if err != nil {
		return nil, fmt.Errorf("%w to %s: %w", errNoAnswer, tool, err)
	}
	return d.receive(result, took)
}

// run runs code that must succeed.
func (d *demo) run(ctx context.Context, code string) (*answer, error) {
	answer, err := d.call(ctx, "run_python", map[string]any{"code": code})
	if err == nil && answer.failed {
		return answer, errors.New("the code should have run without an error")
	}
	return answer, err
}

// progress shows what the server reports about a long call.
func (a *agent) progress(n mcp.JSONRPCNotification) {
	if n.Method != "notifications/progress" {
		return
	}
	if message, ok := n.Params.AdditionalFields["message"].(string); ok {
		fmt.Fprintf(a.log, "%s\n", message)
	}
}

// lockedWriter lets several writers share one.
type lockedWriter struct {
	mu sync.Mutex
	to io.Writer
}

func (w *lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(p)
}

// lineWriter writes whole lines, each behind a prefix. It may be used
// concurrently.
type lineWriter struct {
	to     io.Writer
	prefix string

	mu   sync.Mutex
	part []byte
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.part = append(w.part, p...)
	for {
		line, rest, found := bytes.Cut(w.part, []byte("\n"))
		if !found {
			return len(p), nil
		}
		fmt.Fprintf(w.to, "%s%s\n", w.prefix, bytes.TrimRight(line, "\r"))
		w.part = rest
	}
}

// flush writes a last line that does not end with a line feed.
func (w *lineWriter) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.part) > 0 {
		fmt.Fprintf(w.to, "%s%s\n", w.prefix, w.part)
		w.part = nil
	}
}
