package rest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/sessions/wire"
)

// FuzzRequest looks for a request that the service cannot answer as it must:
// with a success, or with an error, in its envelope or of JSON-RPC, that is not its
// own fault.
func FuzzRequest(f *testing.F) {
	form := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"/mnt/data/f\"\r\n\r\nhi\r\n--b--\r\n"
	for _, seed := range [][4]string{
		{"POST", "/executions" + flat, `{"code":"6*7","timeoutInSeconds":60,"outputStreamsMaxLength":3}`, "application/json"},
		{"POST", "/executions" + flat, `{"code":"Ng==","codeInputType":"InlineBase64","executionType":"Asynchronous"}`, ""},
		{"POST", "/executions" + shellQuery, `{"execCommandAndArgs":["a",""],"stdin":"x","shellCommand":null}`, ""},
		{"POST", "/mcp", `[{"jsonrpc":"2.0","id":"1","method":"tools/call","params":{"name":"runShellCommandInRemoteEnvironment","arguments":{"environmentId":"abcd","shellCommand":"x"}}}]`, ""},
		{"POST", "/mcp", `{"jsonrpc":"2.0"}`, ""},
		{"POST", "//code/execute" + wrapped, `{"properties":{"code":"1","identifier":"x"}}`, ""},
		{"POST", "/python/execute?identifier=a;b%", `{"properties":{"pythonCode":"1"}}`, ""},
		{"POST", "/files/upload" + wrapped, form, "multipart/form-data; boundary=b"},
		{"POST", "/files" + flat + "&path=/mnt/data/x", form, "application/json"},
		{"POST", "/files" + flat, strings.Replace(form, "\r\n\r\n", "\r\nContent-Length: 7\r\n\r\n", 1), "multipart/form-data; boundary=\"b\""},
		{"GET", "/files/content/%2e%2e%2fx/content" + flat, "", ""},
		{"GET", "/subscriptions/a/resourceGroups/b/sessionPools/c/files" + flat + "&recursive=true", "", ""},
		{"DELETE", "/files/a%00" + flat, "", ""},
		{"HEAD", "/session" + flat, "", ""},
		{"GET", "/listSessions?skip=99999999999999999999", "", ""},
		{"POST", "/.management/stopSession" + flat, "", ""},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	f.Fuzz(func(t *testing.T, method, target, body, contentType string) {
		r, err := http.NewRequestWithContext(t.Context(), method, "http://127.0.0.1/", io.NopCloser(strings.NewReader(body)))
		if err != nil {
			return
		}
		if r.URL, err = r.URL.Parse(target); err != nil || r.URL.Host != "127.0.0.1" {
			return // such requests do not reach a handler
		}
		r.Header.Set("Content-Type", contentType)
		handler := rest.New(&sessionstest.Fake{MaxSessions: 3, MaxFile: 1 << 20}, rest.Options{MaxUpload: 1 << 20})
		defer handler.Close()
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Fatalf("%s %s: %d %s", method, target, w.Code, w.Body)
		}
		if strings.HasPrefix(w.Body.String(), `{"jsonrpc":"2.0","id":null,"error":{"code":-32`) {
			return // as MCP has it
		}
		var e wire.Envelope
		if w.Code >= 400 && (json.Unmarshal(w.Body.Bytes(), &e) != nil || e.Error.Code == "" || e.Error.Message == "") {
			t.Fatalf("%s %s: %d without an envelope: %s", method, target, w.Code, w.Body)
		}
	})
}
