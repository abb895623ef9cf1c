package demo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/png"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/server"
	"dynamic-sessions-mcp/server/demo"
	"dynamic-sessions-mcp/server/stdio"
	"dynamic-sessions-mcp/sessions/local/sandbox"
)

// asLiar is the variable that makes the test binary a server with wrong answers.
const asLiar = "TEST_AS_LIAR"

// TestMain makes the test binary do as the program does when the demonstration
// starts it.
func TestMain(m *testing.M) {
	sandbox.Reexec()
	switch {
	case len(os.Args) < 2 || os.Args[1] != "serve" && os.Args[1] != "pool":
		os.Exit(m.Run())
	case os.Getenv(asLiar) != "":
		os.Exit(lie(os.Getenv(asLiar)))
	default:
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		os.Exit(server.Main(ctx, os.Args[1:], nil, server.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
	}
}

// lie serves tools that answer everything with text, or ends in the middle.
func lie(text string) int {
	s := mcpserver.NewMCPServer("liar", "1")
	for _, tool := range []string{"run_python", "upload_file", "list_files", "download_file"} {
		s.AddTool(mcp.NewTool(tool), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			if text == "die" {
				os.Exit(3)
			}
			return mcp.NewToolResultText(text), nil
		})
	}
	if err := stdio.Serve(context.Background(), os.Stdin, os.Stdout, stdio.Options{Server: s, Logger: zerolog.Nop()}); err != nil {
		return 1
	}
	return 0
}

// TestDemoOnRealSessions plays the conversation with sessions of the server's
// own, and with those of another process that serves them as Azure does, in
// both generations of the API.
func TestDemoOnRealSessions(t *testing.T) {
	if _, err := sandbox.FindLevel(sandbox.Strongest); err != nil {
		t.Skip(err)
	}
	// The race detector would keep the servers from ending for a second.
	t.Setenv("GORACE", "atexit_sleep_ms=0")
	t.Run("embedded", func(t *testing.T) { play(t) })
	endpoint := startPool(t)
	for _, version := range []string{"2024-02-02-preview", "2025-10-02-preview"} {
		t.Run(version, func(t *testing.T) { play(t, "--pool-endpoint="+endpoint, "--api-version="+version) })
	}
}

// startPool starts a pool process that is ended with the test, and returns its
// address.
func startPool(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "pool", "--listen=127.0.0.1:0", "--no-auth")
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the pool ended with %v: %s", err, said.String())
		}
	})
	var ready struct{ Endpoint string }
	if err := json.NewDecoder(out).Decode(&ready); err != nil {
		t.Fatalf("the pool did not start: %v", err)
	}
	return ready.Endpoint
}

// play plays the conversation twice on servers that are started with flags.
func play(t *testing.T, flags ...string) {
	var show, log bytes.Buffer
	out := t.TempDir()
	opts := demo.Options{Flags: append([]string{"--log-level=debug"}, flags...), Out: out, Show: &show, Log: &log}
	if err := demo.Run(t.Context(), opts); err != nil {
		t.Fatalf("%v\n%s\n%s", err, show.String(), log.String())
	}
	pictures, err := filepath.Glob(filepath.Join(out, "image-*.png"))
	if err != nil || len(pictures) < 6 {
		t.Errorf("got the images %v, %v", pictures, err)
	}
	for _, name := range append(pictures, filepath.Join(out, "sales.png")) {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(file); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		file.Close()
	}
	begin := time.Now()
	if err := demo.Run(t.Context(), opts); err != nil { // over the files of the first
		t.Errorf("the second time: %v\n%s", err, show.String())
	}
	t.Logf("the second demonstration took %v", time.Since(begin))
}

func TestWrongAnswersAreFound(t *testing.T) {
	t.Setenv(asLiar, "result:\n41")
	var show bytes.Buffer
	err := demo.Run(t.Context(), demo.Options{Out: t.TempDir(), Show: &show, Log: &show})
	if err == nil {
		t.Fatal("the demonstration believes everything")
	}
	for _, want := range []string{"✗ expected: the result is 42", "What was wrong", "- 1. A calculation: expected: the result is 42",
		"- 8. A file written by the code", "- 11. The data analyst"} {
		if !strings.Contains(show.String(), want) {
			t.Errorf("does not say %q:\n%s", want, show.String())
		}
	}
}

// TestFilesInTheFolderStay plays a demonstration in a folder that has files of
// the names that it uses.
func TestFilesInTheFolderStay(t *testing.T) {
	t.Setenv(asLiar, "result:\n41")
	out := t.TempDir()
	names := []string{"people.csv", "sales.csv", "sales.png", "sales.xlsx", "image-01.png"}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(out, name), []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := demo.Run(t.Context(), demo.Options{Out: out, Show: &bytes.Buffer{}, Log: &bytes.Buffer{}}); err == nil {
		t.Error("the demonstration believes everything")
	}
	for _, name := range names {
		if data, err := os.ReadFile(filepath.Join(out, name)); err != nil || string(data) != "mine" {
			t.Errorf("%s: %q, %v", name, data, err)
		}
	}
	if made, err := filepath.Glob(filepath.Join(out, "dynamic-sessions-demo-*", "people.csv")); err != nil || len(made) != 1 {
		t.Errorf("made %v, %v", made, err)
	}
}

func TestServerThatDies(t *testing.T) {
	t.Setenv(asLiar, "die")
	var show bytes.Buffer
	err := demo.Run(t.Context(), demo.Options{Out: t.TempDir(), Show: &show, Log: &show})
	if err == nil || !strings.Contains(show.String(), "cannot continue") {
		t.Errorf("got %v\n%s", err, show.String())
	}
}

func TestDemoThatIsInterrupted(t *testing.T) {
	t.Setenv(asLiar, "anything")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	if err := demo.Run(ctx, demo.Options{Out: t.TempDir(), Show: &bytes.Buffer{}, Log: &bytes.Buffer{}}); err == nil {
		t.Error("an interrupted demonstration should be an error")
	}
}
