package restapi

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions/local"
)

// recordedClient is a client of Azure's dynamic sessions that no package registry
// has, so that it cannot run here. It has what the client sent when it was built
// from its public source and run against the pool: the bytes are as recorded, but
// for the token, the host and the code.
type recordedClient struct {
	name       string
	identifier string // as it writes it
	common     string // headers of every request
	json, file string // headers of one that runs code, and of one that uploads
	execute    string // the body that runs code
	upload     string // the body that uploads a file
	filename   string // in that
	download   string // the name in the path of its download
}

func recordedClients() []recordedClient {
	return []recordedClient{{
		// LangChain4j's SessionsREPLTool (code-execution-engines/
		// langchain4j-code-execution-engine-azure-acads, of 2026-08) with the HTTP
		// client of Java 17, which offers HTTP/2 with every request. It makes an
		// address of the name as it is, and so cannot fetch one with a space.
		name:       "LangChain4j",
		identifier: "lc4j-session-1",
		common: "Connection: Upgrade, HTTP2-Settings\nHTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA\n" +
			"Upgrade: h2c\nAuthorization: Bearer token\n",
		json:    "Content-Type: application/json\nUser-Agent: langchain4j-azure-dynamic-sessions\n",
		file:    "User-Agent: Java-http-client/17.0.15\nContent-Type: multipart/form-data; boundary=----1795661705952\n",
		execute: `{"properties":{"code":%s,"codeInputType":"inline","executionType":"synchronous"}}`,
		upload: "------1795661705952\r\nContent-Disposition: form-data; name=\"file\"; filename=\"Umsätze.csv\"\r\n" +
			"Content-Type: application/json\r\n\r\na,b\n1,2\n\r\n------1795661705952--\r\n",
		filename: "Umsätze.csv",
		download: "Ums%C3%A4tze.csv",
	}, {
		// LangChain.js's SessionsPythonREPLTool of @langchain/azure-dynamic-sessions
		// 1.0.1 (until 2026-04 in libs/community) with the fetch of Node 20.
		name:       "LangChain.js",
		identifier: "lcjs-session%7C1",
		common: "connection: keep-alive\nAuthorization: Bearer token\n" +
			"User-Agent: langchainjs-azure-dynamic-sessions (Language=JavaScript; node.js/v20.20.2; linux; x64)\n" +
			"accept: */*\naccept-language: *\nsec-fetch-mode: cors\naccept-encoding: gzip, deflate\n",
		json:    "Content-Type: application/json\n",
		file:    "content-type: multipart/form-data; boundary=----formdata-undici-087622560507\n",
		execute: `{"properties":{"codeInputType":"inline","executionType":"synchronous","code":%s}}`,
		upload: "------formdata-undici-087622560507\r\nContent-Disposition: form-data; name=\"file\"; filename=\"Umsätze 2024.csv\"\r\n" +
			"Content-Type: application/octet-stream\r\n\r\na,b\n1,2\n\r\n------formdata-undici-087622560507--\r\n",
		filename: "Umsätze 2024.csv",
		download: "Ums%C3%A4tze%202024.csv",
	}}
}

// TestRecordedClients sends what the clients sent. Each reads its answers as JSON,
// by the names that are here.
func TestRecordedClients(t *testing.T) {
	host := strings.TrimPrefix(serveLocalREST(t, local.Options{}), "http://")
	for _, c := range recordedClients() {
		t.Run(c.name, func(t *testing.T) {
			conn := dialRecorded(t, c, host)
			file := `{"$id":"1","value":[{"$id":"2","properties":{"$id":"3","filename":"` + c.filename + `","size":8,"lastModifiedTime":"TIME"}}]}`
			conn.runs("print('hello')\n6 * 7", `"status":"Success","stdout":"hello\n","stderr":"","result":42`)
			conn.runs("x = 20", `"status":"Success","stdout":"","stderr":"","result":""`)
			conn.runs("x + 1", `"status":"Success","stdout":"","stderr":"","result":21`)
			conn.runs("print('ä' * 3)", `"status":"Success","stdout":"äää\n","stderr":"","result":""`)
			conn.runs("1 / 0", `"status":"Failure","stdout":"","stderr":"Traceback (most recent call last):\n…ZeroDivisionError: division by zero","result":""`)
			conn.runs("import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()",
				`"status":"Success","stdout":"","stderr":"","result":{"type":"image","format":"png","base64_data":"iVBORw0KGgo…"}`)
			conn.answers(http.StatusOK, conn.send("POST", "/files/upload", c.file, c.upload), file)
			conn.answers(http.StatusOK, conn.send("GET", "/files", "", ""), file)
			conn.answers(http.StatusOK, conn.send("GET", "/files/content/"+c.download, "", ""), "a,b\n1,2\n")
			conn.answers(http.StatusNotFound, conn.send("GET", "/files/content/missing.txt", "", ""), `{"error":{"code":"NotFound",…}}`)
		})
	}
}

// recordedConn is the one connection that a client keeps to the service.
type recordedConn struct {
	t      *testing.T
	client recordedClient
	host   string
	conn   net.Conn
	in     *bufio.Reader
}

func dialRecorded(t *testing.T, c recordedClient, host string) *recordedConn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &recordedConn{t: t, client: c, host: host, conn: conn, in: bufio.NewReader(conn)}
}

// recordedAnswer is what came back.
type recordedAnswer struct {
	status int
	body   string
}

// send sends one request, and reads what comes back.
func (c *recordedConn) send(method, path, headers, body string) recordedAnswer {
	c.t.Helper()
	var request bytes.Buffer
	fmt.Fprintf(&request, "%s %s?identifier=%s&api-version=2024-02-02-preview HTTP/1.1\r\n", method, path, c.client.identifier)
	head := fmt.Sprintf("Host: %s\nContent-Length: %d\n%s%s", c.host, len(body), c.client.common, headers)
	request.WriteString(strings.ReplaceAll(head, "\n", "\r\n") + "\r\n" + body)
	if _, err := c.conn.Write(request.Bytes()); err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	resp, err := http.ReadResponse(c.in, &http.Request{Method: method})
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return recordedAnswer{resp.StatusCode, string(got)}
}

// runs runs code and expects that of the answer's properties.
func (c *recordedConn) runs(code, want string) {
	c.t.Helper()
	quoted, err := json.Marshal(code)
	if err != nil {
		c.t.Fatal(err)
	}
	got := c.send("POST", "/code/execute", c.client.json, fmt.Sprintf(c.client.execute, quoted))
	c.answers(http.StatusOK, got, `{"$id":"1","properties":{"$id":"2",`+want+`,"executionTimeInMilliseconds":MS}}`)
}

// answers expects an answer, to the letter but for times and what is left out.
func (c *recordedConn) answers(status int, got recordedAnswer, want string) {
	c.t.Helper()
	body := walkTime.ReplaceAllString(got.body, `"lastModifiedTime":"TIME"`)
	body = walkDuration.ReplaceAllString(body, `"executionTimeInMilliseconds":MS}`)
	begin, end, cut := strings.Cut(want, "…")
	whole := body == want || cut && strings.HasPrefix(body, begin) && strings.HasSuffix(body, end)
	if got.status != status || !whole {
		c.t.Errorf("got  %d %.500s\nwant %d %s", got.status, body, status, want)
	}
}
