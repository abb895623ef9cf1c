package server

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/httpserver"
)

func TestWebBadInput(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{})
	id := s.begin(ada)
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	z.Write(bytes.Repeat([]byte(" "), 10<<20))
	z.Close()
	json := func(k, v string) map[string]string { return map[string]string{k: v} }
	for name, tt := range map[string]struct {
		request
		status, code int
	}{
		"deep nesting":        {request{body: `{"jsonrpc":"2.0","id":1,"method":"ping","params":` + strings.Repeat(`[`, 30000) + strings.Repeat(`]`, 30000) + `}`}, 400, -32700},
		"deeper and long":     {request{body: `{"jsonrpc":"2.0","id":1,"method":"ping","params":` + strings.Repeat(`[`, 100000) + strings.Repeat(`]`, 100000) + `}`}, 400, -32600},
		"batch":               {request{body: "[" + initializeBody + "]"}, 400, -32600},
		"no JSON":             {request{body: "hello"}, 400, -32700},
		"empty":               {request{body: ""}, 400, -32700},
		"not UTF-8":           {request{body: "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"a\":\"\xff\"}}"}, 400, -32700},
		"no method":           {request{body: `{"jsonrpc":"2.0","id":1}`}, 400, -32600},
		"method and result":   {request{body: `{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}`}, 200, -32600},
		"duplicate arguments": {request{body: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"run_python","arguments":{"code":"get","code":"set 1"}}}`}, 200, 0},
		"gzip":                {request{body: bomb.String(), header: json("Content-Encoding", "gzip")}, 415, -32600},
		"wrong type":          {request{body: initializeBody, header: json("Content-Type", "text/plain")}, 415, -32600},
		"no type":             {request{body: initializeBody, header: json("Content-Type", "")}, 415, -32600},
		"nothing accepted":    {request{body: initializeBody, header: json("Accept", "text/html")}, 406, -32600},
		"wrong version":       {request{body: runCall(1, "get"), header: json("Mcp-Protocol-Version", "1999-01-01")}, 400, -32600},
		"PUT":                 {request{method: "PUT"}, 405, -32600},
		"GET":                 {request{method: "GET"}, 405, -32600},
		"HEAD":                {request{method: "HEAD"}, 405, 0},
		"POST to the stream":  {request{path: "/sse"}, 405, -32600},
		"GET a message":       {request{path: "/message", method: "GET"}, 405, -32600},
		"unknown method":      {request{body: `{"jsonrpc":"2.0","id":1,"method":"dance"}`}, 200, -32601},
		"initialize twice":    {request{body: initializeBody}, 400, -32600},
	} {
		tt.session = id
		a := s.do(tt.request)
		code := 0
		if a.message.Error != nil {
			code = a.message.Error.Code
		}
		if a.status != tt.status || code != tt.code || a.status == 405 && a.header.Get("Allow") == "" {
			t.Errorf("%s: %d, code %d: %.200s", name, a.status, code, a.text)
		}
	}
	if a := s.do(request{session: id, body: runCall(1, "set 1")}); !strings.Contains(a.message.text(), "<1>") {
		t.Errorf("afterwards: %s", a.text)
	}
}

func TestWebModernHeaders(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{})
	for name, tt := range map[string]struct {
		change       map[string]string
		status, code int
	}{
		"right":             {nil, 200, 0},
		"old session":       {map[string]string{"Mcp-Session-Id": "anything"}, 200, 0},
		"no version":        {map[string]string{"Mcp-Protocol-Version": ""}, 400, -32020},
		"another version":   {map[string]string{"Mcp-Protocol-Version": "2025-06-18"}, 400, -32020},
		"a version to come": {map[string]string{"Mcp-Protocol-Version": "2099-01-01"}, 400, -32020},
		"no method":         {map[string]string{"Mcp-Method": ""}, 400, -32020},
		"another method":    {map[string]string{"Mcp-Method": "tools/list"}, 400, -32020},
		"another name":      {map[string]string{"Mcp-Name": "list_files"}, 400, -32020},
		"resumed":           {map[string]string{"Last-Event-ID": "7"}, 400, -32020},
	} {
		r := modernRun("get", "")
		for k, v := range tt.change {
			r.header[k] = v
		}
		a := s.do(r)
		code := 0
		if a.message.Error != nil {
			code = a.message.Error.Code
		}
		if a.status != tt.status || code != tt.code {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	unknown := modernRun("get", "")
	unknown.body = strings.ReplaceAll(unknown.body, "2026-07-28", "2099-01-01")
	unknown.header["Mcp-Protocol-Version"] = "2099-01-01"
	if a := s.do(unknown); a.status != 400 || a.message.Error == nil || !strings.Contains(a.text, "2025-11-25") {
		t.Errorf("a version to come: %d %s", a.status, a.text)
	}
	if a := s.do(modern("dance", "", "")); a.status != 404 || a.message.Error.Code != -32601 {
		t.Errorf("unknown method: %d %s", a.status, a.text)
	}
	if a := s.do(modern("server/discover", "", "")); a.status != 200 || !strings.Contains(a.text, "2026-07-28") {
		t.Errorf("server/discover: %d %s", a.status, a.text)
	}
	if a := s.do(modern("subscriptions/listen", "", `"notifications":{"toolsListChanged":true}`)); a.status != 200 || !strings.Contains(a.text, "acknowledged") {
		t.Errorf("subscriptions/listen: %d %s", a.status, a.text)
	}
	for _, method := range []string{"GET", "DELETE"} {
		if a := s.do(request{method: method, header: map[string]string{"Mcp-Protocol-Version": "2026-07-28"}}); a.status != 405 {
			t.Errorf("%s: %d", method, a.status)
		}
	}
}

// dial opens a connection and writes the head of a POST.
func (s *webServer) dial(head string) (net.Conn, *bufio.Reader) {
	s.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n%s\r\n\r\n", ada, head)
	return conn, bufio.NewReader(conn)
}

func TestWebHugeBodies(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{}, "--max-upload=1MB")
	_, in := s.dial("Content-Length: 300000000")
	if line, _ := in.ReadString('\n'); !strings.Contains(line, " 413 ") {
		t.Errorf("300 MB: %q", line)
	}
	conn, in := s.dial("Transfer-Encoding: chunked")
	go func() {
		chunk := fmt.Sprintf("%x\r\n%s\r\n", 1<<20, strings.Repeat(" ", 1<<20))
		for { // without end
			if _, err := io.WriteString(conn, chunk); err != nil {
				return
			}
		}
	}()
	if line, _ := in.ReadString('\n'); !strings.Contains(line, " 413 ") {
		t.Errorf("without end: %q", line)
	}
	conn.Close()
	s.begin(ada)
}

func TestWebManyRequestsOnOneConnection(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{})
	id := s.begin(ada)
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const ping = `{"jsonrpc":"2.0","id":1,"method":"ping"}`
	go func() {
		for range 10_000 {
			fmt.Fprintf(conn, "POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nMcp-Session-Id: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", ada, id, len(ping), ping)
		}
	}()
	in := bufio.NewReader(conn)
	for i := range 10_000 {
		response, err := http.ReadResponse(in, nil)
		if err != nil || response.StatusCode != 200 {
			t.Fatalf("request %d: %v", i, err)
		}
		io.Copy(io.Discard, response.Body)
	}
}

func TestWebHeadersAreBounded(t *testing.T) {
	t.Parallel()
	done := make(chan error, 1)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		done <- httpserver.Serve(ctx, listener, http.NotFoundHandler(), httpserver.Options{Grace: time.Second})
	}()
	r, _ := http.NewRequestWithContext(ctx, "GET", "http://"+listener.Addr().String(), nil)
	r.Header.Set("X", strings.Repeat("x", 200<<10))
	if response, err := http.DefaultClient.Do(r); err != nil || response.StatusCode != 431 {
		t.Errorf("got %v, %v", response, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
