package e2etest

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"
)

// Pool is the program as it serves the REST API.
type Pool struct {
	*Process `json:"-"`
	Endpoint string
	CABundle string // with --tls-self-signed
	Token    string `json:"-"` // "" with --no-auth
}

// StartPool starts "pool" at a free port, with a token of its own unless --no-auth
// is among the flags.
func StartPool(tb testing.TB, program string, flags ...string) *Pool {
	tb.Helper()
	args := append([]string{"pool", "--listen=127.0.0.1:0"}, flags...)
	tokenFile := ""
	if !slices.Contains(flags, "--no-auth") {
		tokenFile = filepath.Join(tb.TempDir(), "token")
		args = append(args, "--auth-token-file="+tokenFile)
	}
	pool := &Pool{Process: Start(tb, program, args...)}
	line, err := pool.Out.ReadBytes('\n')
	if err != nil {
		tb.Fatalf("the pool did not start: %v\n%s", err, pool.Said())
	}
	if err := json.Unmarshal(line, pool); err != nil {
		tb.Fatalf("%v: %q", err, line)
	}
	if tokenFile != "" {
		pool.Token = readToken(tb, tokenFile)
	}
	return pool
}
