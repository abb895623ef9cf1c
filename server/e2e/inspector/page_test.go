//go:build inspector

package inspector

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"image/png"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// inspectorToken is what the page says to the Inspector's own server.
const inspectorToken = "token-of-the-page-123456"

// TestInspectorWeb looks at a plot in the Inspector's web page, in a browser.
func TestInspectorWeb(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("%v: install the packages chromium and fonts-dejavu-core", err)
	}
	dir := e2etest.NodeClient(t, "inspector")
	server := e2etest.StartWeb(t, e2etest.Program(t))
	for _, era := range []string{"legacy", "modern"} {
		t.Run(era, func(t *testing.T) {
			page := startInspectorWeb(t, dir, "--transport", "http", "--server-url", server.URL+"/mcp",
				"--header", "Authorization: Bearer "+server.Token, "--protocol-era", era)
			const code = `import matplotlib.pyplot as plt; plt.plot([1, 4, 9], "o-"); print("drawn", 6 * 7)`
			shown := drive(t, dir, browser, page, "run_python", "code", code, "drawn 42")
			if asksForHandle := strings.Contains(shown.Shown, "session_id: py-"); asksForHandle != (era == "modern") {
				t.Errorf("a session_id is shown: %t", asksForHandle)
			}
			assertPlotShown(t, shown)
		})
	}
}

// pageShown is what the driver saw on the page.
type pageShown struct {
	Image struct {
		Src                         string
		NaturalWidth, NaturalHeight int
		Width, Height               float64
	}
	Shown string
}

func assertPlotShown(t *testing.T, shown pageShown) {
	t.Helper()
	encoded, ok := strings.CutPrefix(shown.Image.Src, "data:image/png;base64,")
	if !ok {
		t.Fatalf("the image is %.100q", shown.Image.Src)
	}
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	plot, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	size := plot.Bounds().Size()
	if size.X < 300 || size.Y < 200 || shown.Image.NaturalWidth != size.X || shown.Image.NaturalHeight != size.Y ||
		shown.Image.Width < 100 || shown.Image.Height < 100 {
		t.Errorf("the plot is %v, and shown as %v", size, shown.Image)
	}
	blue := 0 // matplotlib's first line
	for y := range size.Y {
		for x := range size.X {
			if r, g, b, _ := plot.At(x, y).RGBA(); r>>8 == 0x1f && g>>8 == 0x77 && b>>8 == 0xb4 {
				blue++
			}
		}
	}
	if blue < 100 {
		t.Errorf("the line has %d pixels", blue)
	}
}

// drive runs the driver of the page.
func drive(t *testing.T, dir, browser, page, tool, argument, value, text string) (shown pageShown) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	screenshot := filepath.Join(t.ArtifactDir(), "page.png")
	cmd := exec.CommandContext(ctx, e2etest.Node24(t), filepath.Join(dir, "client.mjs"), browser, page, tool, argument, value, text, screenshot)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // it closes the browser
	cmd.WaitDelay = 10 * time.Second
	var out, diagnostics bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diagnostics
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, diagnostics.Bytes())
	}
	if err := json.Unmarshal(out.Bytes(), &shown); err != nil {
		t.Fatalf("%v: %.300q", err, out.Bytes())
	}
	return shown
}

var pageIsUp = regexp.MustCompile(`is up and running at`)

// startInspectorWeb starts the Inspector's web server and returns the address of
// its page.
func startInspectorWeb(t *testing.T, dir string, flags ...string) string {
	t.Helper()
	node := e2etest.Node24(t)
	address := e2etest.FreeAddress(t)
	host, port, _ := net.SplitHostPort(address)
	_, sandbox, _ := net.SplitHostPort(e2etest.FreeAddress(t))
	// What it says on either stream is looked at.
	command := append([]string{"-c", `exec "$@" >&2`, "-", node, inspectorProgram(dir), "--web"}, flags...)
	cmd := exec.Command("sh", command...)
	cmd.Env = append(inspectorEnvironment(t, node), "MCP_AUTO_OPEN_ENABLED=false", "MCP_INSPECTOR_API_TOKEN="+inspectorToken,
		"HOST="+host, "CLIENT_PORT="+port, "MCP_SANDBOX_PORT="+sandbox)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what it starts ends with it
	p := e2etest.StartCommand(t, cmd)
	t.Cleanup(func() {
		_ = syscall.Kill(-p.Pid(), syscall.SIGKILL)
		p.Kill()
	})
	p.Await(pageIsUp)
	return "http://" + address + "/?MCP_INSPECTOR_API_TOKEN=" + inspectorToken
}
