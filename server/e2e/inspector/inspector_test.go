//go:build inspector

// Package inspector has the MCP Inspector call the program, over stdio, HTTP and
// SSE, and looks at its web page in a browser.
//
//	go test -tags inspector ./server/e2e/inspector
package inspector

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// inspector is the MCP Inspector's command line with a server to inspect.
type inspector struct {
	t         *testing.T
	node, cli string
	target    []string // the address and how to reach it, or flags alone
	program   []string // after "--": the server's command, over stdio
}

// newInspector installs the Inspector into the user's cache folder, once.
func newInspector(t *testing.T) *inspector {
	t.Helper()
	return &inspector{t: t, node: e2etest.Node24(t), cli: inspectorProgram(e2etest.NodeClient(t, "inspector"))}
}

func inspectorProgram(dir string) string {
	return filepath.Join(dir, "node_modules", "@modelcontextprotocol", "inspector", "clients", "launcher", "build", "index.js")
}

// overStdio inspects a server that the Inspector starts.
func (i inspector) overStdio(t *testing.T, era string, command ...string) *inspector {
	i.t, i.target, i.program = t, []string{"--protocol-era", era}, command
	return &i
}

// overHTTP inspects a server that runs.
func (i inspector) overHTTP(t *testing.T, s *e2etest.Web, path, transport, era string) *inspector {
	i.t = t
	i.target = []string{s.URL + path, "--transport", transport, "--protocol-era", era,
		"--header", "Authorization: Bearer " + s.Token, "--stored-auth-only"}
	return &i
}

// call runs one method and returns what the Inspector prints, and its exit code.
func (i *inspector) call(args ...string) ([]byte, int) {
	i.t.Helper()
	command := append([]string{i.cli, "--cli"}, i.target...)
	command = append(append(command, "--format", "json"), args...)
	if i.program != nil {
		command = append(append(command, "--"), i.program...)
	}
	cmd := exec.CommandContext(i.t.Context(), i.node, command...)
	cmd.Env = inspectorEnvironment(i.t, i.node)
	var out, diagnostics bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diagnostics
	err := cmd.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		i.t.Fatalf("%v: %v\n%s", args, err, diagnostics.Bytes())
	}
	i.t.Logf("%v: exit code %d, %d bytes\n%s", args, cmd.ProcessState.ExitCode(), out.Len(), diagnostics.Bytes())
	return out.Bytes(), cmd.ProcessState.ExitCode()
}

func inspectorEnvironment(t *testing.T, node string) []string {
	return append(os.Environ(), "MCP_INSPECTOR_SECRET_STORE=memory", "HOME="+t.TempDir(),
		"PATH="+filepath.Dir(node)+":"+os.Getenv("PATH"))
}

// content is a content block of a tool's result.
type content struct {
	Type, Text, Data, MimeType string
}

// tool calls a tool and returns its content, and whether it reported an error.
func (i *inspector) tool(name, arguments string) ([]content, bool) {
	i.t.Helper()
	out, code := i.call("--method", "tools/call", "--tool-name", name, "--tool-args-json", arguments)
	var answer struct {
		Result struct {
			Content []content
			IsError bool
		}
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		i.t.Fatalf("%s: %v: %s", name, err, out)
	}
	if answer.Result.IsError != (code == 5) {
		i.t.Errorf("%s: isError is %v but the exit code %d", name, answer.Result.IsError, code)
	}
	return answer.Result.Content, answer.Result.IsError
}

func text(blocks []content) string {
	var b strings.Builder
	for _, c := range blocks {
		b.WriteString(c.Text + "\n")
	}
	return b.String()
}

// TestInspector has the Inspector call every method and tool, over each
// transport in each era of the protocol that it speaks there.
func TestInspector(t *testing.T) {
	i := newInspector(t)
	program := e2etest.Program(t)
	dir := t.TempDir()
	people := filepath.Join(dir, "people.csv")
	if err := os.WriteFile(people, []byte("Name,Age\nAda,36\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	// The Inspector passes few variables on, so the cache is named by a flag.
	command := []string{program, "serve", "--allow-dir", dir, "--cache-dir", filepath.Join(e2etest.CacheHome(t), "dynamic-sessions-mcp")}
	fromDisk := `{"local_path":` + quote(people) + `}`
	const inline = `{"filename":"people.csv","content":"Name,Age\nAda,36\n"}`
	const old, now = "2025-11-25", "2026-07-28"

	server := e2etest.StartWeb(t, program)
	t.Run("stdio, legacy", func(t *testing.T) { i.overStdio(t, "legacy", command...).inspect(old, fromDisk) })
	t.Run("stdio, modern", func(t *testing.T) { i.overStdio(t, "modern", command...).inspect(now, fromDisk) })
	t.Run("http, legacy", func(t *testing.T) { i.overHTTP(t, server, "/mcp", "http", "legacy").inspect(old, inline) })
	t.Run("sse", func(t *testing.T) { i.overHTTP(t, server, "/sse", "sse", "legacy").inspect(old, inline) })
	t.Run("http, modern", func(t *testing.T) {
		modern := i.overHTTP(t, server, "/mcp", "http", "modern")
		modern.inspect(now, inline)
		modern.converse()
	})
	t.Run("no token", func(t *testing.T) {
		stranger := i.overHTTP(t, &e2etest.Web{URL: server.URL, Token: "wrong"}, "/mcp", "http", "legacy")
		if out, code := stranger.call("--method", "tools/list"); code != 3 {
			t.Errorf("exit code %d, want that for a missing sign-in: %s", code, out)
		}
	})
}

// inspect calls every method and tool. Each call is a process of its own, and so
// a conversation of its own.
func (i *inspector) inspect(version, upload string) {
	i.t.Helper()
	i.lists(version)
	if got, failed := i.tool("run_python", `{"code":"6 * 7"}`); failed || !strings.Contains(text(got), "42") {
		i.t.Errorf("6 * 7: %+v", got)
	}
	if got, failed := i.tool("run_python", `{"code":"print('before')\n1/0"}`); !failed || !strings.Contains(text(got), "before") ||
		!strings.Contains(text(got), "ZeroDivisionError: division by zero") {
		i.t.Errorf("1/0: %+v", got)
	}
	plot, _ := i.tool("run_python", `{"code":"import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()"}`)
	assertImage(i.t, plot)
	if got, failed := i.tool("upload_file", upload); failed || !strings.Contains(text(got), "/mnt/data/people.csv") {
		i.t.Errorf("upload_file: %+v", got)
	}
	if got, failed := i.tool("list_files", `{}`); failed {
		i.t.Errorf("list_files: %+v", got)
	}
	if got, failed := i.tool("download_file", `{"filename":"nothing.txt"}`); !failed || !strings.Contains(text(got), "nothing.txt") {
		i.t.Errorf("download_file of what is not there: %+v", got)
	}
}

// lists calls what lists or describes.
func (i *inspector) lists(version string) {
	i.t.Helper()
	for _, tt := range []struct {
		args []string
		want []string
	}{
		{[]string{"initialize"}, []string{`"protocolVersion":"` + version + `"`, `"dynamic-sessions-mcp"`, `"instructions":"`}},
		{[]string{"tools/list", "--strict"}, []string{`"run_python"`, `"upload_file"`, `"list_files"`, `"download_file"`, `"wait_for_run"`}},
		{[]string{"resources/templates/list"}, []string{`"uriTemplate":"sandbox:///mnt/data/{+path}`}},
		{[]string{"resources/list"}, []string{`"resources":[`}},
	} {
		out, code := i.call(append([]string{"--method"}, tt.args...)...)
		for _, want := range tt.want {
			if code != 0 || !bytes.Contains(out, []byte(want)) {
				i.t.Errorf("%v: exit code %d, and no %s in %s", tt.args, code, want, out)
			}
		}
	}
}

var handleInText = regexp.MustCompile(`session_id: (\S+)`)

// converse makes one conversation of several processes, by the handle that the
// first answer has.
func (i *inspector) converse() {
	i.t.Helper()
	first, _ := i.tool("run_python", `{"code":"x = 41"}`)
	found := handleInText.FindStringSubmatch(text(first))
	if found == nil {
		i.t.Fatalf("no handle in %+v", first)
	}
	for _, tt := range []struct{ tool, arguments, want string }{
		{"run_python", `"code":"x + 1"`, "42"},
		{"upload_file", `"filename":"in.csv","content":"Name,Age\nAda,36\n"`, "/mnt/data/in.csv"},
		{"run_python", `"code":"open('out.txt', 'w').write(open('in.csv').read().upper())"`, "out.txt"},
		{"list_files", `"path":"/mnt/data"`, "out.txt"},
		{"download_file", `"filename":"out.txt"`, "NAME,AGE\nADA,36"},
	} {
		got, failed := i.tool(tt.tool, `{"session_id":`+quote(found[1])+`,`+tt.arguments+`}`)
		if failed || !strings.Contains(text(got), tt.want) {
			i.t.Errorf("%s %s: %+v", tt.tool, tt.arguments, got)
		}
	}
	if got, failed := i.tool("run_python", `{"session_id":"py-AAAA","code":"x"}`); !failed || !strings.Contains(text(got), "There is no session with this session_id") {
		i.t.Errorf("a session_id that was made up: %+v", got)
	}
}

func assertImage(t *testing.T, blocks []content) {
	t.Helper()
	for _, c := range blocks {
		if c.Type != "image" {
			continue
		}
		data, err := base64.StdEncoding.DecodeString(c.Data)
		if err != nil || c.MimeType != "image/png" {
			t.Fatalf("an image of type %s: %v", c.MimeType, err)
		}
		if _, err := png.Decode(bytes.NewReader(data)); err != nil {
			t.Error(err)
		}
		return
	}
	t.Errorf("no image in %+v", blocks)
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}
