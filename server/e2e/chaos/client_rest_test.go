//go:build chaos && linux

package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"time"
)

// A restClient has a session of its own behind Azure's REST API.
type restClient struct {
	server      *server
	http        *http.Client
	id          string
	incarnation string // of the session that answered last
	replaced    bool   // it is another one than before, which the next reply says
}

func newRESTClient(s *server, id string) *restClient {
	return &restClient{server: s, http: &http.Client{Transport: &http.Transport{}}, id: id}
}

func (c *restClient) begin(context.Context) error { return c.server.start() }

// send returns status and body of an answer, and takes down which session it
// came from.
func (c *restClient) send(ctx context.Context, method, path, kind string, body io.Reader) (int, []byte, error) {
	query := url.Values{"api-version": {"2024-10-02-preview"}, "identifier": {c.id}}
	r, err := http.NewRequestWithContext(ctx, method, "http://"+c.server.address+path+"?"+query.Encode(), body)
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Dynamic-Sessions-Details", "true")
	response, err := c.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if guid := response.Header.Get("X-Ms-Session-Guid"); guid != "" {
		c.replaced = c.replaced || c.incarnation != "" && c.incarnation != guid
		c.incarnation = guid
	}
	return response.StatusCode, text, err
}

func (c *restClient) run(ctx context.Context, code string, timeout int) (reply, error) {
	body, err := json.Marshal(map[string]any{"code": code, "timeoutInSeconds": timeout})
	if err != nil {
		return reply{}, err
	}
	status, text, err := c.send(ctx, "POST", "/executions", "application/json", bytes.NewReader(body))
	if err != nil || status != http.StatusOK {
		return reply{text: fmt.Sprintf("%d %s", status, text)}, err
	}
	var x struct {
		Status string
		Result struct{ Stdout string }
		Extra  struct {
			Restart       string
			VariablesLost bool
			Rollback      *struct{ Runs int }
		} `json:"dynamicSessions"`
	}
	if err := json.Unmarshal(text, &x); err != nil {
		return reply{}, fmt.Errorf("%s: %w", text, err)
	}
	said := x.Result.Stdout
	if c.replaced || x.Extra.Restart != "" || x.Extra.VariablesLost {
		said += "\nvariables are gone: " + x.Extra.Restart
	}
	if x.Extra.Rollback != nil {
		said += fmt.Sprintf("\nrolled back: %d", x.Extra.Rollback.Runs)
	}
	c.replaced = false
	return reply{text: said, ok: x.Status == "Succeeded"}, nil
}

func (c *restClient) upload(ctx context.Context, name, content string) (reply, error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		return reply{}, err
	}
	fmt.Fprint(part, content)
	form.Close()
	status, text, err := c.send(ctx, "POST", "/files", form.FormDataContentType(), &body)
	return reply{text: fmt.Sprintf("%d %s", status, text), ok: status == http.StatusOK}, err
}

func (c *restClient) download(ctx context.Context, name string) (reply, error) {
	status, text, err := c.send(ctx, "GET", "/files/"+name+"/content", "", nil)
	r := reply{text: fmt.Sprintf("%d %s", status, text), ok: status == http.StatusOK}
	if r.ok {
		r.text, r.fed = string(text), string(text)
	}
	return r, err
}

func (c *restClient) vanish(ctx context.Context, code string, after time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, after)
	defer cancel()
	_, _ = c.run(ctx, code, 20)
}

func (c *restClient) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	_, _, _ = c.send(ctx, "POST", "/.management/stopSession", "", nil)
	c.http.CloseIdleConnections()
}
