//go:build clients

package server_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// The versions of the client under test. The Inspector needs a newer Node than
// many machines have, so it comes along, as a package like any other.
const (
	nodeVersion      = "24"
	inspectorVersion = "2.12.0"
)

// inspector is the MCP Inspector's command line, with the server under test.
type inspector struct {
	t         *testing.T
	node, cli string
	server    string
	flags     []string
}

// newInspector installs the Inspector into the user's cache folder, once, and
// builds the server.
func newInspector(t *testing.T, flags ...string) *inspector {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "dynamic-sessions-mcp-clients", "inspector-"+inspectorVersion+"-node-"+nodeVersion)
	arch := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	node := filepath.Join(dir, "node_modules", "node-linux-"+arch, "bin", "node")
	cli := filepath.Join(dir, "node_modules", "@modelcontextprotocol", "inspector", "package.json")
	if _, err := os.Stat(cli); err != nil {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		npm(t, dir, "node-linux-"+arch+"@"+nodeVersion)
		path := os.Getenv("PATH")
		t.Setenv("PATH", filepath.Dir(node)+":"+path)
		npm(t, dir, "@modelcontextprotocol/inspector@"+inspectorVersion)
	}
	return &inspector{t: t, node: node, cli: filepath.Join(dir, "node_modules", ".bin", "mcp-inspector"), server: buildProgram(t), flags: flags}
}

func npm(t *testing.T, dir, pkg string) {
	t.Helper()
	cmd := exec.Command("npm", "install", "--prefix", dir, "--no-audit", "--no-fund", "--save-exact", pkg)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm install %s: %v\n%s", pkg, err, out)
	}
}

// call runs one method and returns what the Inspector prints, and its exit code.
func (i *inspector) call(args ...string) ([]byte, int) {
	i.t.Helper()
	args = append([]string{i.cli, "--cli", "--format", "json"}, args...)
	args = append(append(args, "--", i.server), i.flags...)
	cmd := exec.Command(i.node, args...)
	cmd.Env = append(os.Environ(), "MCP_INSPECTOR_SECRET_STORE=memory", "HOME="+i.t.TempDir(),
		"PATH="+filepath.Dir(i.node)+":"+os.Getenv("PATH"))
	var out, diagnostics bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diagnostics
	err := cmd.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		i.t.Fatalf("%v: %v\n%s", args, err, diagnostics.Bytes())
	}
	i.t.Logf("%v: exit code %d, %d bytes\n%s", args[3:], cmd.ProcessState.ExitCode(), out.Len(), diagnostics.Bytes())
	return out.Bytes(), cmd.ProcessState.ExitCode()
}

func cacheHome(t *testing.T) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return dir
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

// TestInspector lists the tools and calls each of them over stdio. Each call is
// a process of its own, and so a conversation of its own.
func TestInspector(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "people.csv"), []byte("Name,Age\nAda,36\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	// The Inspector passes few variables on, so the cache is named by a flag.
	i := newInspector(t, "serve", "--allow-dir", dir, "--cache-dir", filepath.Join(cacheHome(t), "dynamic-sessions-mcp"))

	out, code := i.call("--method", "tools/list", "--strict")
	for _, name := range []string{"run_python", "upload_file", "list_files", "download_file"} {
		if !bytes.Contains(out, []byte(`"`+name+`"`)) {
			t.Errorf("tools/list has no %s", name)
		}
	}
	if code != 0 {
		t.Errorf("tools/list --strict ended with %d:\n%s", code, out)
	}
	if got, isErr := i.tool("run_python", `{"code":"6 * 7"}`); isErr || !strings.Contains(text(got), "42") {
		t.Errorf("6 * 7: %+v", got)
	}
	if got, isErr := i.tool("run_python", `{"code":"print('before')\n1/0"}`); !isErr || !strings.Contains(text(got), "ZeroDivisionError: division by zero") {
		t.Errorf("1/0: %+v", got)
	}
	plot, _ := i.tool("run_python", `{"code":"import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()"}`)
	assertImage(t, plot)
	if got, isErr := i.tool("upload_file", `{"local_path":`+quote(filepath.Join(dir, "people.csv"))+`}`); isErr || !strings.Contains(text(got), "/mnt/data/people.csv") {
		t.Errorf("upload_file: %+v", got)
	}
	if got, isErr := i.tool("list_files", `{}`); isErr {
		t.Errorf("list_files: %+v", got)
	}
	if got, isErr := i.tool("download_file", `{"filename":"nothing.txt"}`); !isErr || !strings.Contains(text(got), "nothing.txt") {
		t.Errorf("download_file of what is not there: %+v", got)
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
