package server

import (
	"testing"
	"time"

	"dynamic-sessions-mcp/server/filelinks"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/sessionpath"
)

// linksTo makes the links of a service whose address nobody calls.
func linksTo(tb testing.TB, pool sessions.Pool) *filelinks.Links {
	tb.Helper()
	links, err := filelinks.New(filelinks.Options{Pool: pool, Dir: sessionpath.New(""), URL: "http://127.0.0.1:9", Life: time.Hour, Principal: caller})
	if err != nil {
		tb.Fatal(err)
	}
	return links
}
