package longruns

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// A taskClient knows tasks: those of MCP 2025-11-25, or the extension of 2026-07-28.
type taskClient struct {
	t      *testing.T
	core   bool
	handle string // of the session; "" if the client need not name it
	send   func(body string, header map[string]string) (answer string)
	ids    int
}

// taskResult is what the client reads of any result.
type taskResult struct {
	TaskID, Status, StatusMessage, ResultType string
	PollInterval, PollIntervalMs              int
	Task                                      struct{ TaskID string }
	Content                                   []e2etest.Block
	IsError                                   bool
	Result                                    *taskResult
}

func (c *taskClient) do(method string, params map[string]any) taskResult {
	c.t.Helper()
	c.ids++
	header := map[string]string{}
	if c.core {
		header["Mcp-Protocol-Version"] = "2025-11-25"
	} else {
		const prefix, version = "io.modelcontextprotocol/", "2026-07-28"
		params["_meta"] = map[string]any{
			prefix + "protocolVersion": version, prefix + "clientInfo": map[string]string{"name": "test", "version": "1"},
			prefix + "clientCapabilities": map[string]any{"extensions": map[string]any{prefix + "tasks": map[string]any{}}},
		}
		header = map[string]string{"Mcp-Protocol-Version": version, "Mcp-Method": method}
		for _, named := range []string{"name", "taskId"} {
			if name, ok := params[named].(string); ok {
				header["Mcp-Name"] = name
			}
		}
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": c.ids, "method": method, "params": params})
	if err != nil {
		c.t.Fatal(err)
	}
	text := c.send(string(body), header)
	var answer struct {
		Result taskResult
		Error  *struct{ Message string }
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil || answer.Error != nil {
		c.t.Fatalf("%s: %v %s", method, err, text)
	}
	return answer.Result
}

func (c *taskClient) call(tool string, arguments map[string]any, task bool) taskResult {
	c.t.Helper()
	if c.handle != "" {
		arguments["session_id"] = c.handle
	}
	params := map[string]any{"name": tool, "arguments": arguments}
	if task && c.core {
		params["task"] = map[string]any{}
	}
	return c.do("tools/call", params)
}

// run runs code without asking for a task, again until it takes less than an answer may.
func (c *taskClient) run(code string) taskResult {
	c.t.Helper()
	for {
		got := c.call("run_python", map[string]any{"code": code}, false)
		if got.TaskID != "" {
			return c.result(got.TaskID)
		}
		if !got.IsError && !goesOn.MatchString(got.Content[0].Text) {
			return got
		}
		for !c.call("wait_for_run", map[string]any{}, false).IsError {
		}
	}
}

// begin begins a task and returns its ID.
func (c *taskClient) begin(code string) string {
	c.t.Helper()
	made := c.call("run_python", map[string]any{"code": code}, true)
	if made.TaskID += made.Task.TaskID; made.TaskID == "" {
		c.t.Fatalf("no task: %+v", made)
	}
	return made.TaskID
}

// await asks how a task stands until that is no longer as it was.
func (c *taskClient) await(id, until string) taskResult {
	c.t.Helper()
	for {
		got := c.do("tasks/get", map[string]any{"taskId": id})
		if got.Status != "working" || strings.Contains(got.StatusMessage, until) && until != "" {
			return got
		}
		if poll := got.PollInterval + got.PollIntervalMs; poll < 1000 || poll > 5000 {
			c.t.Fatalf("to be asked every %d ms", poll)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// result waits for the result of a task.
func (c *taskClient) result(id string) taskResult {
	c.t.Helper()
	if c.core {
		return c.do("tasks/result", map[string]any{"taskId": id})
	}
	got := c.await(id, "")
	if got.Result == nil {
		c.t.Fatalf("no result: %+v", got)
	}
	return *got.Result
}

const coreHello = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}`

// taskClients are clients of both forms, over both transports.
func taskClients(t *testing.T) map[string]func(*testing.T) *taskClient {
	program := e2etest.Program(t)
	stdio := func(core bool) func(*testing.T) *taskClient {
		return func(t *testing.T) *taskClient {
			p := e2etest.StartStdio(t, program, "--answer-within=1s", "--out=none")
			if core {
				p.Call(coreHello)
			}
			return &taskClient{t: t, core: core, send: func(body string, _ map[string]string) string {
				answer, _ := p.Call(body)
				return answer
			}}
		}
	}
	web := func(core bool) func(*testing.T) *taskClient {
		return func(t *testing.T) *taskClient {
			server := e2etest.StartWeb(t, program, "--answer-within=1s")
			caller := e2etest.NewCaller(t, server.URL, server.Token)
			c := &taskClient{t: t, core: core, send: func(body string, header map[string]string) string {
				return caller.Send("POST", "/mcp", body, header).Text()
			}}
			if core {
				hello := caller.Send("POST", "/mcp", coreHello, nil)
				caller.Session = hello.Header.Get("Mcp-Session-Id")
				hello.End()
			} else {
				first := c.call("upload_file", map[string]any{"filename": "x.txt", "content": "x"}, false)
				c.handle = caller.Handle(first.Content[0].Text)
			}
			return c
		}
	}
	return map[string]func(*testing.T) *taskClient{"stdio-core": stdio(true), "stdio-extension": stdio(false), "http-core": web(true), "http-extension": web(false)}
}

// TestTasks: a task has the result of the call, text and picture; its run is the session's,
// for wait_for_run too; and to cancel it stops the code.
func TestTasks(t *testing.T) {
	t.Parallel()
	for name, start := range taskClients(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t)
			const code = "print('begun', flush=True); time.sleep(delay); plt.plot([1, 2]); plt.show(); 6 * 7"
			c.run("import time, matplotlib.pyplot as plt; plt.plot([2, 1]); plt.show(); delay = 0")
			want := c.run(code)
			c.run("delay = 2.5")

			id := c.begin(code)
			if got := c.await(id, "begun"); !strings.Contains(got.StatusMessage, ", running ") || !strings.HasSuffix(got.StatusMessage, ": begun") {
				t.Errorf("the status is %q", got.StatusMessage)
			}
			got := c.result(id)
			if fmt.Sprint(got.Content) != fmt.Sprint(want.Content) || len(got.Content) < 2 {
				t.Errorf("the task has the result\n%.500v\nand the call\n%.500v", got.Content, want.Content)
			}

			id = c.begin("print('stop me', flush=True); time.sleep(600)")
			c.await(id, "stop me")
			stopped := c.call("wait_for_run", map[string]any{"stop": true}, false)
			if text := fmt.Sprint(stopped.Content); !strings.Contains(text, "as you asked") {
				t.Errorf("wait_for_run: %.500s", text)
			}
			if text := fmt.Sprint(c.result(id).Content); !strings.Contains(text, "as you asked") || !strings.Contains(text, "stop me") {
				t.Errorf("the result of what was stopped: %.500s", text)
			}

			id = c.begin("print('cancel me', flush=True); time.sleep(600)")
			c.await(id, "cancel me")
			c.do("tasks/cancel", map[string]any{"taskId": id})
			if got := c.await(id, ""); got.Status != "cancelled" {
				t.Errorf("got %+v", got)
			}
			next := fmt.Sprint(c.run("delay").Content)
			if !strings.Contains(next, "because its call was cancelled. The last that it wrote: cancel me") || !strings.Contains(next, "2.5") {
				t.Errorf("after it: %.500s", next)
			}
		})
	}
}
