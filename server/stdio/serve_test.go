package stdio

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/server/jsonrpc"
)

// client is the other end of a Serve under test, over real pipes.
type client struct {
	t       *testing.T
	in      *os.File // what the server reads
	out     *bufio.Reader
	rawOut  *os.File
	cancel  context.CancelFunc
	result  chan error
	started chan string // tools that began to run
	release chan struct{}
	causes  chan error // why "wait" was cancelled
}

// answer is any message of the server.
type answer struct {
	ID     json.RawMessage
	Method string
	Params map[string]any
	Result json.RawMessage
	Error  *struct {
		Code    int
		Message string
	}
}

func start(t *testing.T, opts Options) *client {
	t.Helper()
	inR, inW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	c := &client{
		t: t, in: inW, out: bufio.NewReader(outR), rawOut: outR, cancel: cancel,
		result: make(chan error, 1), started: make(chan string, 100),
		release: make(chan struct{}), causes: make(chan error, 100),
	}
	opts.Server = c.server()
	opts.Logger = zerolog.New(io.Discard)
	go func() {
		c.result <- Serve(ctx, inR, outW, opts)
		outW.Close()
		inR.Close()
	}()
	t.Cleanup(func() { cancel(); inW.Close(); outR.Close() })
	return c
}

// server has tools whose progress the test controls.
func (c *client) server() *server.MCPServer {
	s := server.NewMCPServer("test", "1", server.WithToolCapabilities(false), server.WithRecovery())
	c.addAsk(s)
	s.AddTool(mcp.NewTool("instant"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText("done"), nil
	})
	s.AddTool(mcp.NewTool("wait"), func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		c.started <- "wait"
		select {
		case <-c.release:
			return mcp.NewToolResultText("released"), nil
		case <-ctx.Done():
			c.causes <- context.Cause(ctx)
			return mcp.NewToolResultError("cancelled"), nil
		}
	})
	s.AddTool(mcp.NewTool("deaf"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		c.started <- "deaf"
		<-c.release
		return mcp.NewToolResultText("at last"), nil
	})
	s.AddTool(mcp.NewTool("panic"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		panic("oh")
	})
	s.AddTool(mcp.NewTool("report"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		for i := range 20 {
			_ = server.ServerFromContext(ctx).SendNotificationToClient(ctx, "notifications/progress", map[string]any{"progress": i})
		}
		return mcp.NewToolResultText("reported"), nil
	})
	return s
}

func (c *client) send(format string, args ...any) {
	c.t.Helper()
	if _, err := fmt.Fprintf(c.in, format+"\n", args...); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) call(id any, tool string) {
	c.t.Helper()
	text, err := json.Marshal(id)
	if err != nil {
		c.t.Fatal(err)
	}
	c.send(`{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":%q}}`, text, tool)
}

func (c *client) initialize() {
	c.t.Helper()
	c.send(`{"jsonrpc":"2.0","id":"init","method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}`)
	if a := c.next(); string(a.ID) != `"init"` || a.Error != nil {
		c.t.Fatalf("initialize: %+v", a)
	}
	c.send(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
}

// next returns the next message, which must be one line of JSON.
func (c *client) next() answer {
	c.t.Helper()
	a, err := c.read()
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

func (c *client) read() (a answer, err error) {
	text, err := c.out.ReadBytes('\n')
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(text, &a)
}

// rest returns the IDs of all further answers, in order of ID.
func (c *client) rest() []string {
	c.t.Helper()
	var ids []string
	for {
		a, err := c.read()
		if errors.Is(err, io.EOF) {
			slices.Sort(ids)
			return ids
		}
		if err != nil {
			c.t.Fatal(err)
		}
		ids = append(ids, string(a.ID))
	}
}

func (c *client) wait() error {
	c.t.Helper()
	select {
	case err := <-c.result:
		return err
	case <-time.After(10 * time.Second):
		c.t.Fatal("Serve did not return")
		return nil
	}
}

func TestEveryCallIsAnsweredAfterTheEndOfInput(t *testing.T) {
	t.Parallel()
	c := start(t, Options{})
	var want []string
	for i := range 50 {
		c.call(i, "instant")
		want = append(want, fmt.Sprint(i))
	}
	c.in.Close()
	slices.Sort(want)
	if got := c.rest(); !slices.Equal(got, want) {
		t.Errorf("answers to %v", got)
	}
	if err := c.wait(); err != nil {
		t.Errorf("Serve: %v", err)
	}
}

func TestSlowCallOutlivesTheInput(t *testing.T) {
	t.Parallel()
	c := start(t, Options{})
	c.call(1, "wait")
	c.in.Close()
	<-c.started
	select {
	case err := <-c.result:
		t.Fatalf("Serve returned %v while a call was running", err)
	case err := <-c.causes:
		t.Fatalf("the call was cancelled: %v", err)
	case <-time.After(50 * time.Millisecond): // enough for a server that cancels at once
	}
	close(c.release)
	if a := c.next(); string(a.ID) != "1" || !strings.Contains(string(a.Result), "released") {
		t.Errorf("got %+v", a)
	}
	begin := time.Now()
	if err := c.wait(); err != nil || time.Since(begin) > time.Second {
		t.Errorf("Serve returned %v after %v", err, time.Since(begin))
	}
}

func TestLastLineNeedsNoLineFeed(t *testing.T) {
	t.Parallel()
	c := start(t, Options{})
	if _, err := io.WriteString(c.in, `{"jsonrpc":"2.0","id":1,"method":"ping"}`); err != nil {
		t.Fatal(err)
	}
	c.in.Close()
	if got := c.rest(); !slices.Equal(got, []string{"1"}) {
		t.Errorf("answers to %v", got)
	}
}

func TestManyCallsRunAtOnce(t *testing.T) {
	t.Parallel()
	c := start(t, Options{})
	const n = 200
	for i := range n {
		c.call(i, "wait")
	}
	for range n {
		<-c.started // all run before any is released
	}
	close(c.release)
	c.in.Close()
	if got := c.rest(); len(got) != n {
		t.Errorf("got %d answers, want %d", len(got), n)
	}
}

func TestCancelReachesOneCallOnly(t *testing.T) {
	t.Parallel()
	for _, ids := range [][2]any{{1, 2}, {"1", 1}, {"a", "b"}, {"é", "e"}} {
		t.Run(fmt.Sprint(ids), func(t *testing.T) {
			t.Parallel()
			c := start(t, Options{})
			c.call(ids[0], "wait")
			c.call(ids[1], "wait")
			<-c.started
			<-c.started
			id, _ := json.Marshal(ids[0])
			c.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%s,"reason":"test"}}`, id)
			if err := <-c.causes; !errors.Is(err, jsonrpc.ErrCancelled) {
				t.Errorf("the call was cancelled because of %v", err)
			}
			c.send(`{"jsonrpc":"2.0","id":"p","method":"ping"}`)
			if a := c.next(); string(a.ID) != `"p"` {
				t.Errorf("got an answer to %s, want none to a cancelled call", a.ID)
			}
			close(c.release)
			c.in.Close()
			want, _ := json.Marshal(ids[1])
			if got := c.rest(); !slices.Equal(got, []string{string(want)}) {
				t.Errorf("answers to %v, want one to %s", got, want)
			}
		})
	}
}

func TestCancelRightBehindItsCall(t *testing.T) {
	t.Parallel()
	c := start(t, Options{})
	for i := range 100 {
		c.call(i, "wait")
		c.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}`, i)
	}
	c.in.Close()
	if got := c.rest(); got != nil {
		t.Errorf("answers to cancelled calls %v", got)
	}
	if err := c.wait(); err != nil {
		t.Error(err)
	}
}

func TestCancelOfNothing(t *testing.T) {
	t.Parallel()
	c := start(t, Options{})
	for _, params := range []string{`{"requestId":77}`, `{}`, `[]`, `null`, `{"requestId":{}}`, `7`} {
		c.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":%s}`, params)
	}
	c.send(`{"jsonrpc":"2.0","id":1,"method":"ping"}`)
	if a := c.next(); string(a.ID) != "1" || a.Error != nil {
		t.Errorf("got %+v", a)
	}
}

func TestEndOfContextCancelsAndAnswers(t *testing.T) {
	t.Parallel()
	c := start(t, Options{})
	c.call(1, "wait")
	<-c.started
	c.cancel()
	if err := c.wait(); !errors.Is(err, context.Canceled) {
		t.Errorf("Serve: %v", err)
	}
	if a := c.next(); string(a.ID) != "1" || !strings.Contains(string(a.Result), "cancelled") {
		t.Errorf("got %+v", a)
	}
}

func TestEndOfContextWhileDraining(t *testing.T) {
	t.Parallel()
	c := start(t, Options{})
	c.call(1, "wait")
	c.in.Close()
	<-c.started
	c.cancel()
	if got := c.rest(); !slices.Equal(got, []string{"1"}) {
		t.Errorf("answers to %v", got)
	}
}

func TestCallThatIgnoresItsCancellation(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Grace: 50 * time.Millisecond})
	defer close(c.release)
	c.call(1, "deaf")
	c.call(2, "instant")
	<-c.started
	c.next()
	c.cancel()
	begin := time.Now()
	if err := c.wait(); !errors.Is(err, context.Canceled) || time.Since(begin) > time.Second {
		t.Errorf("Serve returned %v after %v", err, time.Since(begin))
	}
}

func TestClientThatGoesAwayWhileDraining(t *testing.T) {
	t.Parallel()
	c := start(t, Options{})
	c.call(1, "wait")
	<-c.started
	c.in.Close()
	c.rawOut.Close()
	if err := c.wait(); !errors.Is(err, errGone) {
		t.Errorf("Serve: %v", err)
	}
	if err := <-c.causes; !errors.Is(err, errGone) {
		t.Errorf("the call was cancelled because of %v", err)
	}
}

func TestClientThatReadsNothing(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Grace: 50 * time.Millisecond})
	var flood sync.WaitGroup
	var lines atomic.Int64
	flood.Go(func() {
		for { // more than the pipe and every buffer hold
			if _, err := io.WriteString(c.in, "[]\n"); err != nil {
				return // Serve returned, and its end of the pipe is closed
			}
			lines.Add(1)
		}
	})
	t.Cleanup(func() { c.cancel(); flood.Wait() })
	stalled(t, &lines)
	c.cancel()
	begin := time.Now()
	if err := c.wait(); !errors.Is(err, context.Canceled) || time.Since(begin) > time.Second {
		t.Errorf("Serve returned %v after %v", err, time.Since(begin))
	}
}

// stalled waits until a counter has not changed for a while.
func stalled(t *testing.T, counter *atomic.Int64) {
	t.Helper()
	end := time.After(10 * time.Second)
	for before := int64(-1); counter.Load() != before; {
		before = counter.Load()
		select {
		case <-time.After(300 * time.Millisecond):
		case <-end:
			t.Fatalf("after %d lines the server still reads", before)
		}
	}
}

func TestNotificationsComeBeforeTheirAnswer(t *testing.T) {
	t.Parallel()
	c := start(t, Options{})
	c.initialize()
	for id := range 20 {
		c.call(id, "report")
		for i := range 20 {
			a := c.next()
			if a.Method != "notifications/progress" || a.Params["progress"] != float64(i) {
				t.Fatalf("call %d: got %+v, want progress %d", id, a, i)
			}
		}
		if a := c.next(); string(a.ID) != fmt.Sprint(id) {
			t.Fatalf("got %+v, want the answer to %d", a, id)
		}
	}
}

func TestRequestsBeforeInitialize(t *testing.T) {
	t.Parallel()
	c := start(t, Options{})
	c.send(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
	if a := c.next(); a.Error != nil || !strings.Contains(string(a.Result), "instant") {
		t.Errorf("got %+v", a)
	}
	c.initialize()
}

func TestStreamsEndWithTheInput(t *testing.T) {
	t.Parallel()
	c := start(t, Options{})
	c.send(`{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}`)
	c.in.Close()
	if err := c.wait(); err != nil {
		t.Errorf("Serve: %v", err)
	}
}

func TestIDsComeBackAsTheyWereSent(t *testing.T) {
	t.Parallel()
	c := start(t, Options{})
	for _, id := range []string{`0`, `-5`, `9007199254740993`, `1.5`, `"x"`, `""`, `"é\"<"`, `123456789012345678901234567890`} {
		c.send(`{"jsonrpc":"2.0","id":%s,"method":"ping"}`, id)
		var got, want any
		a := c.next()
		if err := errors.Join(json.Unmarshal(a.ID, &got), json.Unmarshal([]byte(id), &want)); err != nil || got != want {
			t.Errorf("sent %s, got %s, %v", id, a.ID, err)
		}
		if id == `9007199254740993` && string(a.ID) != id {
			t.Errorf("sent %s, got %s", id, a.ID)
		}
	}
}

func TestAdmitSeesRequestsInOrder(t *testing.T) {
	t.Parallel()
	var tools []string // written by the one goroutine that reads
	var ended sync.WaitGroup
	ended.Add(30)
	c := start(t, Options{Admit: func(ctx context.Context, call Call) (context.Context, func()) {
		tools = append(tools, call.Method+" "+call.Tool)
		return ctx, ended.Done
	}})
	var want []string
	for i := range 30 {
		tool := []string{"instant", "panic", "none"}[i%3]
		c.call(i, tool)
		want = append(want, "tools/call "+tool)
	}
	c.in.Close()
	if got := c.rest(); len(got) != 30 {
		t.Errorf("got %d answers", len(got))
	}
	ended.Wait()
	if !slices.Equal(tools, want) {
		t.Errorf("got %v", tools)
	}
}
