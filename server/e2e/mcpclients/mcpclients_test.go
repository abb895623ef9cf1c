//go:build mcpclients

// Package mcpclients runs client libraries of MCP that others wrote against the
// program, over HTTP and SSE.
//
//	go test -tags mcpclients ./server/e2e/mcpclients
package mcpclients

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// mcpClient is a client library. A program that uses it is in
// testdata/clients, unless it is for Go.
type mcpClient struct {
	name  string
	start func(t *testing.T) dialer
}

func mcpClients() []mcpClient {
	return []mcpClient{
		{"mcp-go", func(*testing.T) dialer { return mcpGo{} }},
		{"typescript", func(t *testing.T) dialer {
			return startClient(t, e2etest.Node24(t), filepath.Join(e2etest.NodeClient(t, "mcp-typescript"), "client.mjs"))
		}},
		{"python", func(t *testing.T) dialer {
			return startClient(t, e2etest.PythonClient(t, "mcp-python"), "-B", e2etest.Testdata(t, "clients", "mcp-python", "client.py"))
		}},
	}
}

// TestMCPClients plays the scenarios with each client library over each
// transport, against one process of the real program. The libraries are
// installed, once, into the user's cache folder.
func TestMCPClients(t *testing.T) {
	program := e2etest.Program(t)
	server := mcpServer{e2etest.StartWeb(t, program, "--cooldown=2s", "--answer-within=120s")}
	forgetful := mcpServer{e2etest.StartWeb(t, program, "--cooldown=1s", "--on-idle=destroy", "--warm=0")}
	for _, library := range mcpClients() {
		t.Run(library.name, func(t *testing.T) {
			with := library.start(t)
			for _, via := range mcpTransports() {
				t.Run(via.name, func(t *testing.T) {
					began := time.Now()
					s := &scene{with: with, via: via, server: server, forgetful: forgetful}
					s.first, s.second = s.begin(t, server), s.begin(t, server)
					s.play(t)
					t.Logf("%d scenarios in %v", len(mcpScenarios()), time.Since(began).Round(time.Millisecond))
				})
			}
		})
	}
}

// A scene is what scenarios are played in. They build on each other.
type scene struct {
	with              dialer
	via               mcpTransport
	server, forgetful mcpServer
	first, second     *agent
}

func (s *scene) play(t *testing.T) {
	for _, scenario := range mcpScenarios() {
		t.Run(scenario.name, func(t *testing.T) { scenario.play(t, s) })
	}
}

// An agent has one conversation. Where clients need handles, it does as a model
// does: it passes back the one in its first answer.
type agent struct {
	talk    dialogue
	handles bool
	handle  string
	ended   bool
}

// callTime bounds a call: a client that waits for ever would hide why.
const callTime = 3 * time.Minute

var toldHandle = regexp.MustCompile(`^session_id: (\S+)\nThis call started a new session\.`)

// begin opens a conversation, which ends with the test.
func (s *scene) begin(t *testing.T, server mcpServer) *agent {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), callTime)
	defer cancel()
	talk, err := s.with.dial(ctx, s.via, server)
	if err != nil {
		t.Fatalf("connecting: %v", err)
	}
	a := &agent{talk: talk, handles: s.via.handles()}
	t.Cleanup(func() {
		if err := a.end(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	if talk.version() != s.via.version {
		t.Errorf("the client speaks %q, want %q", talk.version(), s.via.version)
	}
	return a
}

func (a *agent) end() error {
	if a.ended {
		return nil
	}
	a.ended = true
	return a.talk.close()
}

// try calls a tool.
func (a *agent) try(ctx context.Context, tool string, arguments map[string]any, progress func(mcpProgress)) (mcpResult, error) {
	if a.handle != "" {
		arguments["session_id"] = a.handle
	}
	result, err := a.talk.call(ctx, tool, arguments, progress)
	if err != nil || !a.handles || a.handle != "" {
		return result, err
	}
	if len(result.Content) == 0 {
		return result, fmt.Errorf("the first answer is empty: %v", result)
	}
	found := toldHandle.FindStringSubmatch(result.Content[0].Text)
	if found == nil {
		return result, fmt.Errorf("the first answer tells no handle: %v", result)
	}
	a.handle = found[1]
	result.Content = result.Content[1:]
	return result, nil
}

func (a *agent) call(t *testing.T, tool string, arguments map[string]any) mcpResult {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), callTime)
	defer cancel()
	result, err := a.try(ctx, tool, arguments, nil)
	if err != nil {
		t.Fatalf("%s: %v", tool, err)
	}
	return result
}

// run runs code that must not fail.
func (a *agent) run(t *testing.T, code string) mcpResult {
	t.Helper()
	result := a.call(t, "run_python", map[string]any{"code": code})
	if result.IsError {
		t.Fatalf("%s\nfailed: %v", code, result)
	}
	return result
}

// upload sends a text, and returns where it is in the session.
func (a *agent) upload(t *testing.T, name, content string) {
	t.Helper()
	result := a.call(t, "upload_file", map[string]any{"filename": name, "content": content})
	if want := "/mnt/data/" + name; result.IsError || !strings.Contains(result.text(), want) || result.Meta["path"] != want {
		t.Fatalf("uploading %s: %v", name, result)
	}
}

// fetch reads the file that an answer links to.
func (a *agent) fetch(t *testing.T, result mcpResult, name string) []byte {
	t.Helper()
	for _, link := range result.of("resource_link") {
		if link.Name != name {
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), callTime)
		defer cancel()
		resource, err := a.talk.read(ctx, link.URI)
		if err != nil {
			t.Fatalf("%s: %v", link.URI, err)
		}
		data, err := resource.bytes()
		if err != nil {
			t.Fatalf("%s: %v", link.URI, err)
		}
		return data
	}
	t.Fatalf("no link to %s in %v", name, result)
	return nil
}

// wants compares what came back.
func wants(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}
