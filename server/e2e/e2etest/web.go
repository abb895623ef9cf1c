package e2etest

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// Web is the program as it serves MCP over HTTP.
type Web struct {
	*Process
	URL   string // without a path
	Token string // "" with --no-auth
}

var webAddress = regexp.MustCompile(`serving MCP at (http://[^/\s]+)/mcp`)

// StartWeb starts "serve --transport=http" at a free port, with a token of its own
// unless --no-auth is among the flags.
func StartWeb(tb testing.TB, program string, flags ...string) *Web {
	tb.Helper()
	args := append([]string{"serve", "--transport=http", "--listen=127.0.0.1:0"}, flags...)
	if slices.Contains(flags, "--no-auth") {
		p := Start(tb, program, args...)
		return &Web{Process: p, URL: p.Await(webAddress)[1]}
	}
	tokenFile := filepath.Join(tb.TempDir(), "token")
	p := Start(tb, program, append(args, "--auth-token-file="+tokenFile)...)
	return &Web{Process: p, URL: p.Await(webAddress)[1], Token: readToken(tb, tokenFile)}
}

func readToken(tb testing.TB, path string) string {
	tb.Helper()
	token, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return string(bytes.TrimSpace(token))
}
