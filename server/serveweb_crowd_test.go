package server

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/server/conversation"
)

// The ways in which clients connect.
const (
	waySession = iota
	wayHandle
	waySSE
	ways
)

// authorized adds a token to every request: the library's client adds its
// headers to all but DELETE.
type authorized struct{ *http.Transport }

func (a authorized) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+ada)
	return a.Transport.RoundTrip(r)
}

// connect returns a client of the library.
func (s *webServer) connect(way int) (c *client.Client, err error) {
	web := &http.Client{Transport: authorized{&http.Transport{}}}
	s.t.Cleanup(web.Transport.(authorized).CloseIdleConnections)
	if way == waySSE {
		c, err = client.NewSSEMCPClient(s.url+"/sse", transport.WithHTTPClient(web))
	} else {
		c, err = client.NewStreamableHttpClient(s.url+"/mcp", transport.WithHTTPBasicClient(web))
	}
	if err != nil {
		return nil, err
	}
	if err := c.Start(s.t.Context()); err != nil {
		return nil, err
	}
	var r mcp.InitializeRequest
	r.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
	if way != wayHandle {
		r.Params.ProtocolVersion = "2025-06-18"
	}
	r.Params.ClientInfo = mcp.Implementation{Name: "crowd", Version: "1"}
	_, err = c.Initialize(s.t.Context(), r)
	return c, err
}

// A speaker is one client with its conversation.
type speaker struct {
	c      *client.Client
	handle string
}

func (s *speaker) call(ctx context.Context, tool string, args map[string]any) (string, error) {
	if s.handle != "" {
		args["session_id"] = s.handle
	}
	var r mcp.CallToolRequest
	r.Params.Name, r.Params.Arguments = tool, args
	result, err := s.c.CallTool(ctx, r)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	for _, content := range result.Content {
		if t, ok := content.(mcp.TextContent); ok {
			text.WriteString(t.Text + "\n")
		}
	}
	if found := handleText.FindStringSubmatch(text.String()); found != nil {
		s.handle = found[1]
	}
	if result.IsError {
		return "", fmt.Errorf("%s: %s", tool, text.String())
	}
	return text.String(), nil
}

// A dialect is the code that a pool understands.
type dialect struct {
	set, get string // code that sets the variable to the text for %[1]s, and that shows it
	shows    string // what both answer
}

var ofNotebook = dialect{set: "set %[1]s", get: "get", shows: "<%[1]s>"}

// rounds lets the conversation write and read a variable and a file of its own,
// again and again.
func (s *speaker) rounds(ctx context.Context, d dialect, name string, n int) error {
	for round := range n {
		value := fmt.Sprintf("%s-%d", name, round)
		of := func(format string) string { return strings.ReplaceAll(format, "%[1]s", value) }
		for _, step := range []struct {
			tool, want string
			args       map[string]any
		}{
			{"run_python", of(d.shows), map[string]any{"code": of(d.set)}},
			{"upload_file", "mine.txt", map[string]any{"filename": "mine.txt", "content": "file " + value}},
			{"run_python", of(d.shows), map[string]any{"code": d.get}},
			{"download_file", "file " + value, map[string]any{"filename": "mine.txt"}},
		} {
			text, err := s.call(ctx, step.tool, step.args)
			if err != nil || !strings.Contains(text, step.want) {
				return fmt.Errorf("conversation %s: %s gave %q, want %q: %w", value, step.tool, text, step.want, err)
			}
		}
	}
	return nil
}

// speak holds the conversation number n.
func (s *webServer) speak(n, rounds int) error {
	way := n % ways
	c, err := s.connect(way)
	if err != nil {
		return fmt.Errorf("connecting %d: %w", n, err)
	}
	defer c.Close()
	one := &speaker{c: c}
	if err := one.rounds(s.t.Context(), ofNotebook, fmt.Sprint(n), rounds); err != nil {
		return err
	}
	if (one.handle != "") != (way == wayHandle) {
		return fmt.Errorf("conversation %d has the handle %q", n, one.handle)
	}
	return nil
}

func crowd(t *testing.T, clients, rounds int) {
	s := serveWebOf(t, conversation.Options{MaxPerPrincipal: clients})
	var speakers sync.WaitGroup
	for n := range clients {
		speakers.Go(func() {
			if err := s.speak(n, rounds); err != nil {
				t.Error(err)
			}
		})
	}
	speakers.Wait()
	if used, _ := s.pool.count(); used != clients {
		t.Errorf("%d sessions were used by %d conversations", used, clients)
	}
	s.awaitGone(handlesOf(clients))
}

// handlesOf is how many of so many clients have handles.
func handlesOf(clients int) int { return (clients + ways - 1 - wayHandle) / ways }

// awaitGone waits until only so many conversations are left, all of them with
// handles: sessions are deleted and streams closed by their clients, handles
// stay until they are idle.
func (s *webServer) awaitGone(handles int) {
	s.t.Helper()
	late := time.After(30 * time.Second)
	look := time.NewTicker(10 * time.Millisecond) // the end of a stream takes a moment to be seen
	defer look.Stop()
	for {
		open := s.registry.Open()
		if open[conversation.Session]+open[conversation.Stream] == 0 && open[conversation.Handle] == handles {
			return
		}
		select {
		case <-late:
			s.t.Fatalf("left are %v, want %d handles alone", open, handles)
		case <-look.C:
		}
	}
}

func TestTwentyConversationsAtOnce(t *testing.T) {
	t.Parallel()
	crowd(t, 20, 5)
}
