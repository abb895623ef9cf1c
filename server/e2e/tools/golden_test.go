// Package tools holds what the built program tells its clients about its tools.
package tools

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

var update = flag.Bool("update", false, "write the golden files of what the program tells about its tools")

// TestGoldenTools compares what the real program tells its clients about each
// tool, over stdio and to clients without sessions over HTTP, with files: it is an
// interface that models read, and must not change by accident.
func TestGoldenTools(t *testing.T) {
	t.Parallel()
	program := e2etest.Program(t)
	checkGolden(t, ".", toolsOverStdio(t, program))
	checkGolden(t, "session-handle", toolsOverHTTP(t, program))
}

// checkGolden compares an answer to tools/list with the files of a folder.
func checkGolden(t *testing.T, folder string, answer []byte) {
	t.Helper()
	var list struct {
		Result struct{ Tools []json.RawMessage }
	}
	if err := json.Unmarshal(answer, &list); err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	var names []string
	for _, tool := range list.Result.Tools {
		var about struct{ Name string }
		var got bytes.Buffer
		if err := json.Unmarshal(tool, &about); err != nil {
			t.Fatal(err)
		}
		if err := json.Indent(&got, tool, "", "  "); err != nil {
			t.Fatal(err)
		}
		got.WriteByte('\n')
		names = append(names, about.Name)
		path := e2etest.Testdata(t, "tools", folder, about.Name+".json")
		if *update {
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(path); err != nil || !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s is another than in %s (%v); if that is meant, run the test with -update.\n%s", about.Name, path, err, got.Bytes())
		}
	}
	slices.Sort(names)
	if got := strings.Join(names, " "); got != "download_file list_files run_python upload_file wait_for_run" {
		t.Errorf("in %s the tools are %s", folder, got)
	}
}

func toolsOverStdio(t *testing.T, program string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "serve", "--answer-within=45s", "--out=/python-output", "--warm=0", "--cache-dir="+t.TempDir(), "--log-level=error")
	cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	cmd.Stdin = strings.NewReader(e2etest.Initialize + "\n" + e2etest.Initialized + "\n" + `{"jsonrpc":"2.0","id":1,"method":"tools/list"}` + "\n")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(out) {
		if bytes.Contains(line, []byte(`"id":1`)) {
			return line
		}
	}
	t.Fatalf("no answer in %s", out)
	return nil
}

var goldenAddress = regexp.MustCompile(`serving MCP at (http://\S+?)/mcp`)

func toolsOverHTTP(t *testing.T, program string) []byte {
	t.Helper()
	cmd := exec.Command(program, "serve", "--answer-within=45s", "--transport=http", "--no-auth", "--listen=127.0.0.1:0", "--warm=0", "--cache-dir="+t.TempDir(), "--log-level=error")
	cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	at := e2etest.StartCommand(t, cmd).Await(goldenAddress)
	const body = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}`
	r, err := http.NewRequestWithContext(t.Context(), "POST", at[1]+"/mcp", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"},
		"Mcp-Protocol-Version": {"2026-07-28"}, "Mcp-Method": {"tools/list"}}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != 200 {
		t.Fatalf("%d %s, %v", response.StatusCode, answer, err)
	}
	return answer
}
