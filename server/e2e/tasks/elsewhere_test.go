//go:build tasks

package tasks

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// earlier is the program before files came and went by themselves: each of the
// person's files takes a call, and so does each result.
func earlier(t *testing.T, program string, p person) *conversation {
	c := &conversation{person: p, in: "/mnt/data", out: "/mnt/data", slow: true}
	c.agent = e2etest.StartAgent(t, command(t, program, p, "--allow-dir", p.files), "claude-code")
	c.run = c.agent.Run
	c.give = func(name string) e2etest.Reply {
		return c.agent.Call("upload_file", map[string]any{"local_path": filepath.Join(p.files, name), "filename": filepath.ToSlash(name)})
	}
	c.deliver = func(t *testing.T, results []string) string {
		for _, result := range results {
			c.replies = append(c.replies, c.agent.Call("download_file",
				map[string]any{"filename": result, "save_to": filepath.Join(p.files, path.Base(result))}))
		}
		return p.files
	}
	return c
}

// jupyter is jupyter-mcp-server, of a virtual environment that has it and the
// packages of the tasks. Its code sees the person's disk. Its agent does all tasks in
// one conversation, since it takes seconds to begin one.
func jupyter(t *testing.T, agent *e2etest.Agent, p person) *conversation {
	out := filepath.Join(p.files, "python-output")
	if err := os.Mkdir(out, 0o700); err != nil {
		t.Fatal(err)
	}
	c := &conversation{agent: agent, person: p, in: p.files, out: out, slow: true}
	c.run = func(code string) e2etest.Reply {
		return c.agent.Call("execute_code", map[string]any{"code": code, "timeout": 60})
	}
	c.deliver = func(*testing.T, []string) string { return out }
	c.run(forget)
	return c
}

// forget takes back what the tasks before have set. It is not counted.
const forget = "import matplotlib.pyplot as plt; plt.close('all'); plt.rcdefaults(); get_ipython().display_formatter.format(0); get_ipython().display_formatter.__init__(parent=get_ipython())"

// startJupyter starts a Jupyter server, and the MCP server before it.
func startJupyter(t *testing.T, environment string) *e2etest.Agent {
	t.Helper()
	home := t.TempDir()
	env := []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "JUPYTER_TOKEN=peer", "CODE_SANDBOX_TOKEN=peer"}
	address := e2etest.FreeAddress(t)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	server := exec.Command(filepath.Join(environment, "bin", "python"), "-m", "jupyter_server", "--allow-root", "--ServerApp.ip=127.0.0.1",
		"--ServerApp.port="+port, "--ServerApp.port_retries=0", "--ServerApp.open_browser=False", "--ServerApp.root_dir="+home)
	server.Env = env
	e2etest.StartCommand(t, server)
	awaitHTTP(t, "http://"+address+"/api/kernels?token=peer")
	client := exec.Command(filepath.Join(environment, "bin", "jupyter-mcp-server"),
		"--transport", "stdio", "--jupyterlab", "False", "--code-sandbox-url", "http://"+address)
	client.Env = env
	return e2etest.StartAgent(t, client, "claude-code")
}

func awaitHTTP(t *testing.T, url string) {
	t.Helper()
	poll := time.NewTicker(100 * time.Millisecond)
	defer poll.Stop()
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); <-poll.C {
		if r, err := http.Get(url); err == nil {
			r.Body.Close()
			return
		}
	}
	t.Fatalf("nobody answers at %s", url)
}

var outName = regexp.MustCompile(`\$OUT/([^'"{]+)['"]`)

// elsewhere is a task as other servers do it: a result has the name that the code
// gives it.
func (k task) elsewhere() task {
	var names []string
	for _, s := range k.steps {
		names = append(names, s.code)
	}
	for i, result := range k.results {
		for _, code := range append(names, k.extra...) {
			for _, found := range outName.FindAllStringSubmatch(code, -1) {
				if matched, _ := path.Match(result, found[1]); matched {
					k.results[i] = found[1]
				}
			}
		}
	}
	return k
}
