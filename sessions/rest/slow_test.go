package rest_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

// oneConn is a listener with one connection.
type oneConn chan net.Conn

func (l oneConn) Accept() (net.Conn, error) {
	if conn, ok := <-l; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (l oneConn) Close() error   { return nil }
func (l oneConn) Addr() net.Addr { return &net.TCPAddr{} }

// A client that stops in the middle of what it said it would send gets an
// answer in the end, and does not hold its connection for ever.
func TestBodiesThatNeverCome(t *testing.T) {
	t.Parallel()
	const form = "multipart/form-data; boundary=b"
	for _, tt := range []struct {
		request, contentType, sent string
		status                     int
		within                     time.Duration
		says                       string
	}{
		{"POST /executions" + flat, "", `{"code":`, 400, time.Minute, "too slowly"},
		{"POST /files" + flat, form, "--b\r\n", 400, 30 * time.Second, "no more of the form arrived for 30s"},
		{"POST /files" + flat, form, "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nx\r\n--b--\r\n", 200, 30 * time.Second, ""},
		{"POST /files?identifier=abc", form, "", 400, 30 * time.Second, ""},
		{"POST /nothing" + flat, "", "", 404, 30 * time.Second, ""},
		{"GET /files" + flat, "", "", 200, 30 * time.Second, ""},
		{"GET /health", "", "", 200, 30 * time.Second, ""},
		{"DELETE /session" + flat, "", "", 204, 30 * time.Second, ""},
	} {
		t.Run(tt.request+" "+fmt.Sprint(len(tt.sent)), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				handler := rest.New(&sessionstest.Fake{}, rest.Options{})
				server := &http.Server{Handler: handler}
				conns := make(oneConn, 1)
				client, conn := net.Pipe()
				conns <- conn
				served := make(chan error, 1)
				go func() { served <- server.Serve(conns) }()
				defer func() {
					close(conns)
					if err := <-served; !errors.Is(err, net.ErrClosed) {
						t.Error(err)
					}
					if err := handler.Close(); err != nil {
						t.Error(err)
					}
				}()
				begin := time.Now()
				_, err := fmt.Fprintf(client, "%s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: 9999\r\n\r\n%s", tt.request, tt.contentType, tt.sent)
				if err != nil {
					t.Fatal(err)
				}
				response, err := http.ReadResponse(bufio.NewReader(client), nil)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(response.Body)
				if err != nil || tt.says != "" && !strings.Contains(string(body), tt.says) {
					t.Errorf("got %s, %v", body, err)
				}
				if took := time.Since(begin); response.StatusCode != tt.status || took > tt.within+time.Second {
					t.Errorf("got %d after %v, want %d within %v", response.StatusCode, took, tt.status, tt.within)
				}
				if _, err := client.Read(make([]byte, 1)); err != io.EOF {
					t.Errorf("the connection is not closed: %v", err)
				}
			})
		})
	}
}
