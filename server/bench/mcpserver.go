package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

// A server is this program as it serves MCP over standard input and output, and a
// client that talks to it. Its methods may be called concurrently.
type server struct {
	client *client.Client
	cmd    *exec.Cmd
	words  *lastWords
}

// startServer starts a server with the flags of the user and some of its own, and
// begins a conversation. The caller closes the server.
func (b *bench) startServer(ctx context.Context, flags ...string) (*server, error) {
	return b.startServerWith(ctx, slices.Concat(b.Flags, flags))
}

func (b *bench) startServerWith(ctx context.Context, flags []string) (*server, error) {
	s := &server{words: &lastWords{}}
	args := append([]string{"serve", "--transport=stdio", "--pool-endpoint=none", "--answer-within=1h", "--out=" + b.out}, flags...)
	var err error
	s.client, err = client.NewStdioMCPClientWithOptions(b.command, nil, args, transport.WithCommandFunc(
		func(_ context.Context, command string, _, args []string) (*exec.Cmd, error) {
			s.cmd = exec.Command(command, args...)
			s.cmd.Env, s.cmd.Stderr, s.cmd.WaitDelay = ownEnvironment(), s.words, time.Second
			inOwnSession(s.cmd)
			return s.cmd, nil
		}))
	if err != nil {
		return nil, fmt.Errorf("starting the server: %w", err)
	}
	var request mcp.InitializeRequest
	request.Params.ProtocolVersion = mcp.LATEST_LEGACY_PROTOCOL_VERSION
	request.Params.ClientInfo = mcp.Implementation{Name: "bench", Version: "1"}
	if _, err := s.client.Initialize(ctx, request); err != nil {
		s.close()
		return nil, orInterrupted(ctx, fmt.Errorf("the server did not answer: %w: %s", err, s.words))
	}
	return s, nil
}

// ownEnvironment is the environment without the settings of this program: those that
// matter are in the flags.
func ownEnvironment() []string {
	return slices.DeleteFunc(os.Environ(), func(entry string) bool { return strings.HasPrefix(entry, "DYNAMIC_SESSIONS_") })
}

// An answer is what a tool has answered.
type answer struct {
	text string
	took time.Duration
}

// call calls a tool, which must succeed.
func (s *server) call(ctx context.Context, tool string, args map[string]any) (answer, error) {
	var request mcp.CallToolRequest
	request.Params.Name, request.Params.Arguments = tool, args
	began := time.Now()
	result, err := s.client.CallTool(ctx, request)
	a := answer{took: time.Since(began)}
	if err != nil {
		return a, orInterrupted(ctx, fmt.Errorf("%s was not answered: %w: %s", tool, err, s.words))
	}
	for _, block := range result.Content {
		if text, ok := block.(mcp.TextContent); ok {
			a.text += text.Text
		}
	}
	if result.IsError {
		return a, errors.New(strings.TrimSpace(a.text))
	}
	return a, nil
}

// runSeconds is how long a run may take. An answer comes when the run has ended: see
// startServerWith.
const runSeconds = 220

// run runs code, which must succeed.
func (s *server) run(ctx context.Context, code string) (answer, error) {
	return s.call(ctx, "run_python", map[string]any{"code": code, "timeout_seconds": runSeconds})
}

// ready runs the first code, and checks its answer.
func (s *server) ready(ctx context.Context) error {
	a, err := s.run(ctx, calculation)
	if err != nil {
		return err
	}
	return checkResult(a.text)
}

// calculation is the code whose answer says that a session works.
const calculation = "6 * 7"

func checkResult(text string) error {
	if !strings.Contains(text, "42") {
		return fmt.Errorf("%s was answered with %q", calculation, text)
	}
	return nil
}

// close ends the conversation as clients do, and waits until the process has ended.
func (s *server) close() { _ = s.client.Close() }
