// Package stdiopool uses the built program as a pool over its standard streams, with the
// client of package azure.
package stdiopool

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/azure"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/sessions/wire"
	"dynamic-sessions-mcp/sessions/wire/pipe"
)

// start starts pool --stdio and returns it with a client on its streams.
func start(t *testing.T, flags ...string) (*e2etest.Process, *http.Client) {
	t.Helper()
	p := e2etest.StartCommand(t, exec.Command(e2etest.Program(t), append([]string{"pool", "--stdio"}, flags...)...))
	client := pipe.Client(pipe.Conn(io.NopCloser(p.Out), p.In))
	t.Cleanup(client.CloseIdleConnections)
	return p, client
}

func open(t *testing.T, client *http.Client) *azure.Pool {
	t.Helper()
	endpoint, err := azure.ParseEndpoint("http://localhost")
	if err != nil {
		t.Fatal(err)
	}
	pool, err := azure.New(azure.Options{Endpoint: endpoint, Transport: client, Patience: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pool.Close(); err != nil {
			t.Errorf("closing the client: %v", err)
		}
	})
	return pool
}

func TestContract(t *testing.T) {
	_, client := start(t)
	sessionstest.TestPool(t, open(t, client))
}

// The pool says which program it is and what it does, until sessions can be had.
func TestPrepare(t *testing.T) {
	_, client := start(t)
	resp, err := client.Get("http://localhost" + wire.PathPrepare)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var all []wire.Stage
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		var s wire.Stage
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if len(all) < 2 || all[0].Version == "" || !all[len(all)-1].Ready {
		t.Errorf("got %+v", all)
	}
	if resp.ProtoMajor != 2 {
		t.Errorf("spoke %s", resp.Proto)
	}
}

// Sessions see the folders that the caller names, and none that the environment does.
func TestFolders(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"data/a.txt": "6 * 7", "data/.env": "secret", "other/b.txt": "b"} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("DYNAMIC_SESSIONS_ALLOW_DIR", dir+"/other")
	const look = `import os
def read(name):
    try: return open("/mnt/user/data/" + name).read()
    except OSError as e: return type(e).__name__
str((os.listdir("/mnt/user"), read("a.txt"), read(".env")))`
	for want, flags := range map[string][]string{
		"([], 'FileNotFoundError', 'FileNotFoundError')": {},
		"(['data'], '6 * 7', 'PermissionError')":         {"--allow-dir=" + dir + "/data"},
		"(['data'], '6 * 7', 'secret')":                  {"--allow-dir=" + dir + "/data", "--allow-hidden"},
	} {
		_, client := start(t, append(flags, "--warm=0")...)
		run, err := open(t, client).Execute(t.Context(), sessions.NewID(), sessions.Request{Code: look})
		if err != nil || !strings.Contains(string(run.Result), want) {
			t.Errorf("%v: %+v, %v, want %s", flags, run, err, want)
		}
	}
}

// At the end of its input the pool ends by itself, with its sessions, whatever runs.
func TestEndOfInput(t *testing.T) {
	p, client := start(t)
	pool := open(t, client)
	id := sessions.NewID()
	if _, err := pool.Execute(t.Context(), id, sessions.Request{Code: "x = 1"}); err != nil {
		t.Fatal(err)
	}
	running := make(chan error, 1)
	go func() {
		_, err := pool.Execute(t.Context(), id, sessions.Request{Code: "import time\nwhile True: time.sleep(1)"})
		running <- err
	}()
	if took := p.End(); took > 10*time.Second {
		t.Errorf("the pool took %v to end", took)
	}
	if err := <-running; err == nil {
		t.Error("the run that was cut off had an answer")
	}
}

// Nobody gets through who calls the service by another name or from a web page.
func TestGuard(t *testing.T) {
	_, client := start(t)
	for name, change := range map[string]func(*http.Request){
		"another name": func(r *http.Request) { r.Host = "evil.example" },
		"a web page":   func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") },
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/files?identifier=abc", nil)
		if err != nil {
			t.Fatal(err)
		}
		change(req)
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusForbidden || !strings.Contains(string(body), "error") {
			t.Errorf("%s: %s\n%s", name, resp.Status, body)
		}
	}
}
