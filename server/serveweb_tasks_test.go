package server

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/conversation"
)

// taskAnswer is what either form of tasks is answered with.
type taskAnswer struct {
	Result struct {
		ResultType, TaskID, Status string
		Task                       struct{ TaskID, Status string }
		Tasks                      []struct{ TaskID string }
		Content                    []struct{ Text string }
		Result                     struct{ Content []struct{ Text string } }
	}
	Error *struct {
		Code    int
		Message string
	}
}

func readTask(t *testing.T, text string) (a taskAnswer) {
	t.Helper()
	for line := range strings.Lines(text) {
		_ = json.Unmarshal([]byte(strings.TrimPrefix(line, "data: ")), &a)
	}
	return a
}

const coreInitialize = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}`

// beginCore begins a session of the version that has tasks in itself.
func (s *webServer) beginCore(token string) string {
	s.t.Helper()
	return s.do(request{token: token, body: coreInitialize}).header.Get("Mcp-Session-Id")
}

func coreTask(id int, code string) string {
	return strings.Replace(runCall(id, code), `"params":{`, `"params":{"task":{},`, 1)
}

func aboutTask(id int, method, taskID string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":{"taskId":%q}}`, id, method, taskID)
}

// TestWebTaskOfASession: a task belongs to its session and ends with it.
func TestWebTaskOfASession(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{})
	one, two := s.beginCore(ada), s.beginCore(ada)
	in := func(session, body string) taskAnswer {
		return readTask(t, s.do(request{session: session, body: body}).text)
	}
	first := in(one, coreTask(1, "wait")).Result.Task.TaskID
	<-s.pool.running
	if got := in(one, aboutTask(2, "tasks/get", first)); got.Result.Status != "working" {
		t.Errorf("got %+v", got)
	}
	for _, method := range []string{"tasks/get", "tasks/result", "tasks/cancel"} {
		if got := in(two, aboutTask(3, method, first)); got.Error == nil || got.Error.Code != -32602 {
			t.Errorf("%s in another session: %+v", method, got)
		}
	}
	if got := in(two, aboutTask(4, "tasks/list", "")); len(got.Result.Tasks) != 0 {
		t.Errorf("another session sees %+v", got)
	}
	s.pool.release <- struct{}{}
	if got := in(one, aboutTask(5, "tasks/result", first)); len(got.Result.Content) != 1 || !strings.Contains(got.Result.Content[0].Text, "<>") {
		t.Errorf("the result is %+v", got)
	}
	in(one, coreTask(6, "wait"))
	running := <-s.pool.running
	s.do(request{method: "DELETE", session: one})
	select {
	case <-running.Done():
	case <-time.After(10 * time.Second):
		t.Error("the task outlives its session")
	}
}

// TestWebTaskOverSSE: a stream gets the progress and the result of a task that it waits for.
func TestWebTaskOverSSE(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{})
	c := s.sse(ada)
	s.do(request{path: c.endpoint, body: coreInitialize})
	c.next()
	s.do(request{path: c.endpoint, body: strings.Replace(coreTask(1, "wait"), `"task"`, `"_meta":{"progressToken":"p"},"task"`, 1)})
	id := readTask(t, c.nextAnswer()).Result.Task.TaskID
	<-s.pool.running
	s.do(request{path: c.endpoint, body: aboutTask(2, "tasks/result", id)})
	progress := c.next()
	if !strings.Contains(progress, `"progressToken":"p"`) || !strings.Contains(progress, id) {
		t.Errorf("got %s", progress)
	}
	s.pool.release <- struct{}{}
	text := c.nextAnswer()
	if got := readTask(t, text); len(got.Result.Content) != 1 || !strings.Contains(got.Result.Content[0].Text, "<>") {
		t.Errorf("the result is %s", text)
	}
}

// nextAnswer returns the data of the next event that is no notification.
func (c *sseClient) nextAnswer() string {
	c.s.t.Helper()
	for {
		if text := c.next(); !strings.Contains(text, `"method":"notifications/`) {
			return text
		}
	}
}

// withTasks is a request of a client that declares the extension.
func withTasks(r request) request {
	r.body = strings.Replace(r.body, `clientCapabilities":{}`, `clientCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}`, 1)
	return r
}

func modernTask(method, id string) request {
	return withTasks(modern(method, id, fmt.Sprintf(`"taskId":%q`, id)))
}

// TestWebTaskOfAUser: a task of the extension belongs to its user, and goes on when the
// client that got it hangs up.
func TestWebTaskOfAUser(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{})
	if got := readTask(t, s.do(withTasks(modernRun("set 5", ""))).text); got.Result.ResultType != "complete" {
		t.Errorf("what is quick: %+v", got)
	}
	ctx, hangUp := context.WithCancel(t.Context())
	response := s.open(ctx, withTasks(modernRun("wait", "")))
	var made taskAnswer
	if err := json.NewDecoder(response.Body).Decode(&made); err != nil || made.Result.ResultType != "task" {
		t.Fatalf("got %+v, %v", made, err)
	}
	hangUp()
	response.Body.Close()
	id := made.Result.TaskID
	running := <-s.pool.running
	for _, method := range []string{"tasks/get", "tasks/cancel", "tasks/update"} {
		stranger := modernTask(method, id)
		stranger.token = bob
		if got := s.do(stranger); got.status != 400 || got.message.Error == nil || got.message.Error.Code != -32602 {
			t.Errorf("%s of another user: %d %s", method, got.status, got.text)
		}
		other := modernTask(method, id)
		other.header["Mcp-Name"] = "other"
		if got := s.do(other); got.status != 400 || got.message.Error.Code != -32020 {
			t.Errorf("%s with another name in the header: %d %s", method, got.status, got.text)
		}
		if got := s.do(modern(method, id, fmt.Sprintf(`"taskId":%q`, id))); got.status != 400 || got.message.Error.Code != -32021 {
			t.Errorf("%s without the extension: %d %s", method, got.status, got.text)
		}
	}
	if running.Err() != nil {
		t.Error("the task ended with its request")
	}
	s.pool.release <- struct{}{}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		got := readTask(t, s.do(modernTask("tasks/get", id)).text)
		if got.Result.Status == "completed" {
			if text := got.Result.Result.Content; len(text) != 2 || handleText.FindString(text[0].Text) == "" || !strings.Contains(text[1].Text, "<>") {
				t.Errorf("the result is %+v", got)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("got %+v", got)
		}
	}
}

// TestWebTaskIsCancelled: to cancel a task is to cancel its call.
func TestWebTaskIsCancelled(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{})
	id := readTask(t, s.do(withTasks(modernRun("wait", ""))).text).Result.TaskID
	running := <-s.pool.running
	s.do(modernTask("tasks/cancel", id))
	if got := readTask(t, s.do(modernTask("tasks/get", id)).text); got.Result.Status != "cancelled" {
		t.Errorf("got %+v", got)
	}
	select {
	case <-running.Done(): // this pool heeds no interrupt
	case <-time.After(20 * time.Second):
		t.Error("the code goes on")
	}
}
