//go:build tasks

package tasks

import (
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// A setting is a way in which people use a server.
type setting struct {
	name  string
	begin func(t *testing.T, p person) *conversation
}

// A conversation is one of a person's, at work on a task.
type conversation struct {
	agent   *e2etest.Agent
	person  person
	in, out string // the folders of the person's files and of results, as code names them
	// give is the call that brings one of the person's files; nil if code sees them.
	give func(name string) e2etest.Reply
	// deliver returns the folder in which the person has the results.
	deliver func(t *testing.T, results []string) string
	run     func(code string) e2etest.Reply
	slow    bool // other servers, which do not do by themselves what ours does

	replies []e2etest.Reply
}

// settings are those that every task must do its work in.
func settings(program string) []setting {
	return []setting{
		{"desktop", func(t *testing.T, p person) *conversation { return desktop(t, program, p) }},
		{"code", func(t *testing.T, p person) *conversation { return claudeCode(t, program, p) }},
		{"http", func(t *testing.T, p person) *conversation { return overHTTP(t, program, p) }},
	}
}

// command starts the program for a person, whose environment has nothing else.
func command(t *testing.T, program string, p person, flags ...string) *exec.Cmd {
	cmd := exec.Command(program, append([]string{"serve"}, flags...)...)
	cmd.Dir = p.home
	cmd.Env = []string{"HOME=" + p.home, "PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "TMPDIR=" + os.Getenv("TMPDIR"),
		"DYNAMIC_SESSIONS_CACHE_DIR=" + e2etest.ProgramCache(t), "DYNAMIC_SESSIONS_LOG_LEVEL=error", "DYNAMIC_SESSIONS_WARM=0"}
	return cmd
}

// desktop is Claude Desktop as people configure it: without flags. Files come as
// attachments, which the model passes on.
func desktop(t *testing.T, program string, p person) *conversation {
	c := &conversation{agent: e2etest.StartAgent(t, command(t, program, p), "claude-ai"), person: p, in: "/mnt/data", out: "/mnt/data/out"}
	c.run = c.agent.Run
	c.give = func(name string) e2etest.Reply { return c.attach(t, name) }
	c.deliver = func(t *testing.T, results []string) string { return c.savedOnDisk(t, results) }
	return c
}

// claudeCode is Claude Code with the person's folder opened.
func claudeCode(t *testing.T, program string, p person) *conversation {
	c := &conversation{person: p, in: "/mnt/user/" + filepath.Base(p.files), out: "/mnt/data/out"}
	c.agent = e2etest.StartAgent(t, command(t, program, p, "--allow-dir", p.files), "claude-code")
	c.run = c.agent.Run
	c.deliver = func(t *testing.T, results []string) string { return c.savedOnDisk(t, results) }
	return c
}

// overHTTP is a server that serves many.
func overHTTP(t *testing.T, program string, p person) *conversation {
	server := e2etest.StartWeb(t, program, "--warm=0", "--log-level=info")
	c := &conversation{agent: server.Agent(t, "claude-code"), person: p, in: "/mnt/data", out: "/mnt/data/out"}
	c.run = c.agent.Run
	c.give = func(name string) e2etest.Reply { return c.attach(t, name) }
	c.deliver = func(t *testing.T, results []string) string { return c.behindLinks(t, results) }
	return c
}

// attach uploads a file as what a model can write: text, or base64.
func (c *conversation) attach(t *testing.T, name string) e2etest.Reply {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(c.person.files, name))
	if err != nil {
		t.Fatal(err)
	}
	arguments := map[string]any{"filename": filepath.ToSlash(name)}
	if utf8.Valid(data) {
		arguments["content"] = string(data)
	} else {
		arguments["content_base64"] = base64.StdEncoding.EncodeToString(data)
	}
	return c.agent.Call("upload_file", arguments)
}
