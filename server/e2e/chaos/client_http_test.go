//go:build chaos && linux

package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// An httpClient holds a conversation over streamable HTTP, in its sessions of
// 2025-06-18.
type httpClient struct {
	caller
	server  *server
	http    *http.Client
	session string
	next    int
}

func newHTTPClient(s *server) *httpClient {
	c := &httpClient{server: s, http: &http.Client{Transport: &http.Transport{}}}
	c.caller = caller{c.call}
	return c
}

func (c *httpClient) begin(ctx context.Context) error {
	if err := c.server.start(); err != nil {
		return err
	}
	c.session = ""
	response, err := c.send(ctx, "POST", initialize)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if c.session = response.Header.Get("Mcp-Session-Id"); c.session == "" {
		return fmt.Errorf("initialize: %s", response.Status)
	}
	response, err = c.send(ctx, "POST", initialized)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

func (c *httpClient) send(ctx context.Context, method, body string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://"+c.server.address+"/mcp", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	if c.session != "" {
		r.Header.Set("Mcp-Session-Id", c.session)
	}
	return c.http.Do(r)
}

func (c *httpClient) call(ctx context.Context, tool string, args map[string]any) (reply, error) {
	c.next++
	response, err := c.send(ctx, "POST", toolCall(c.next, tool, args))
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return reply{}, err
	case response.StatusCode == http.StatusNotFound:
		return reply{}, errEnded
	case response.StatusCode != http.StatusOK:
		return reply{text: response.Status + " " + string(text)}, nil
	}
	return c.find(string(text))
}

// find returns the answer among the events of a response.
func (c *httpClient) find(text string) (reply, error) {
	for line := range strings.Lines(text) {
		var m message
		if json.Unmarshal([]byte(strings.TrimPrefix(line, "data: ")), &m) == nil && string(m.ID) == fmt.Sprint(c.next) && m.Method == "" {
			return m.reply(), nil
		}
	}
	return reply{}, fmt.Errorf("no answer in %q", text[:min(len(text), 500)])
}

// vanish drops the connection.
func (c *httpClient) vanish(ctx context.Context, code string, after time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, after)
	defer cancel()
	_, _ = c.run(ctx, code, 20)
}

func (c *httpClient) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if response, err := c.send(ctx, http.MethodDelete, ""); err == nil {
		response.Body.Close()
	}
	c.http.CloseIdleConnections()
}
