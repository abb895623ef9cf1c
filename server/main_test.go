package server

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/server/backend"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/sandbox"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

// asServer is the variable that makes the test binary a server over a fake
// pool, to be tried as a process.
const asServer = "TEST_AS_SERVER"

func TestMain(m *testing.M) {
	sandbox.Reexec()
	if os.Getenv(asClient) != "" {
		if err := callHosts(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(exitFailed)
		}
		os.Exit(exitOK)
	}
	if os.Getenv(asServer) == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	cfg, err := config.Parse(os.Args[1:], nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitUsage)
	}
	std := Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	p := program{cfg: cfg, std: std, log: newLogger("debug", os.Stderr), open: openNoisy}
	if err := p.serve(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitFailed)
	}
	os.Exit(exitOK)
}

// fakePool is a pool in memory that remembers what was done to it.
type fakePool struct {
	*sessionstest.Fake
	prepare error

	mu     sync.Mutex
	closed int
}

func (p *fakePool) Prepare(context.Context) error { return p.prepare }

func (p *fakePool) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed++
	return nil
}

func (p *fakePool) timesClosed() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

// openNoisy opens a pool of a library that prints, and that runs "sleep" until
// it is interrupted.
func openNoisy(backend.Options) (backend.Pool, error) {
	fmt.Println("a library says hello")
	os.Stdout.WriteString("and once more\n")
	syscall.Write(1, []byte("and by its descriptor\n"))
	return &fakePool{Fake: &sessionstest.Fake{Script: func(ctx context.Context, _ sessions.ID, r sessions.Request) (*sessions.Execution, error) {
		fmt.Println("running")
		if strings.HasPrefix(r.Code, "sleep") {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return &sessions.Execution{Status: sessions.Succeeded, Text: r.Code, Stdout: "out\n"}, nil
	}}}, nil
}

// settings are the configuration of args.
func settings(t *testing.T, args ...string) config.Config {
	t.Helper()
	cfg, err := config.Parse(args, nil)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// newProgram returns a program over pool.
func newProgram(t *testing.T, pool backend.Pool, std Streams, args ...string) program {
	t.Helper()
	if std.Err == nil {
		std.Err = io.Discard
	}
	return program{cfg: settings(t, args...), std: std, log: zerolog.Nop(),
		open: func(backend.Options) (backend.Pool, error) { return pool, nil }}
}
