package bench

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/azure"
)

// A pool is this program as it serves the REST API, and a client that talks to it.
// Its methods may be called concurrently.
type pool struct {
	*process
	client *azure.Pool
}

// startPool starts a pool with the flags of the user and some of its own, and waits
// until it serves. The caller closes it.
func (b *bench) startPool(ctx context.Context, flags ...string) (*pool, error) {
	token := rand.Text()
	file, err := os.CreateTemp(b.dir, "token-*")
	if err != nil {
		return nil, err
	}
	_, err = file.WriteString(token)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	cmd := exec.Command(b.command, slices.Concat([]string{"pool", "--listen=127.0.0.1:0", "--auth-token-file=" + file.Name()}, b.Flags, flags)...)
	cmd.Env = ownEnvironment()
	out, outW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout = outW
	p := &pool{}
	p.process, err = startProcess("the pool", cmd)
	if err = errors.Join(err, outW.Close()); err != nil {
		return nil, errors.Join(err, out.Close())
	}
	if p.client, err = p.connect(ctx, out, token); err != nil {
		p.stop()
		return nil, orInterrupted(ctx, err)
	}
	return p, nil
}

// connect waits until the pool says where it serves.
func (p *pool) connect(ctx context.Context, out io.ReadCloser, token string) (*azure.Pool, error) {
	defer out.Close()
	defer context.AfterFunc(ctx, p.kill)()
	text, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		return nil, p.lost(err)
	}
	var announced struct{ Endpoint string }
	if err := json.Unmarshal(text, &announced); err != nil {
		return nil, fmt.Errorf("the pool announced itself with %q: %w", text, err)
	}
	endpoint, err := azure.ParseEndpoint(announced.Endpoint)
	if err != nil {
		return nil, err
	}
	return azure.New(azure.Options{Endpoint: endpoint, Transport: bearer{token, &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}},
		MaxRun: runSeconds * time.Second, MaxUpload: 1 << 40})
}

// A bearer sends requests with a token.
type bearer struct {
	token  string
	client *http.Client
}

// Do implements policy.Transporter.
func (b bearer) Do(request *http.Request) (*http.Response, error) {
	request.Header.Set("Authorization", "Bearer "+b.token)
	return b.client.Do(request)
}

// run runs code in a session, which must succeed, and returns how long that took.
func (p *pool) run(ctx context.Context, id sessions.ID, code string) (time.Duration, error) {
	began := time.Now()
	x, err := p.client.Execute(ctx, id, sessions.Request{Code: code})
	took := time.Since(began)
	switch {
	case err != nil:
		return took, orInterrupted(ctx, err)
	case x.Error != nil:
		return took, fmt.Errorf("%s: %s", x.Error.Name, x.Error.Message)
	case x.Status != sessions.Succeeded:
		return took, fmt.Errorf("the code %s", x.Status)
	case code == calculation:
		return took, checkResult(x.Text)
	}
	return took, nil
}

// close ends the pool and all its sessions.
func (p *pool) close() {
	_ = p.client.Close()
	p.stop()
}
