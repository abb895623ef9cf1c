package local_test

import (
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
)

// TestNoNetwork asserts that whatever fails for want of a network says so in a few
// words, and that nothing else does.
func TestNoNetwork(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{})
	id := sessions.NewID()
	const said = "No network: the session reaches no other computer."
	localtest.Execute(t, pool, id, "import requests, urllib.request, socket, subprocess, http.client, asyncio, pandas as pd")
	for _, code := range []string{
		"requests.get('https://example.com/data.csv', timeout=5)",
		"requests.get('http://192.0.2.1/', timeout=5)",
		"urllib.request.urlopen('https://example.com')",
		"pd.read_csv('https://example.com/' + 'long/' * 100 + 'data.csv')",
		"socket.create_connection(('192.0.2.1', 443), 2)",
		"socket.gethostbyname('example.com')",
		"socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
		"http.client.HTTPSConnection('example.com').request('GET', '/')",
		"await asyncio.open_connection('example.com', 443)",
		"def fetch():\n  try: requests.get('https://example.com')\n  except Exception as e: raise RuntimeError('no data') from e\nfetch()",
	} {
		x := localtest.Execute(t, pool, id, code)
		if x.Error == nil {
			t.Errorf("%q: no error", code)
			continue
		}
		if trace := x.Error.Traceback; strings.Count(trace, said) != 1 || len(trace) > 400 || strings.Contains(trace, "site-packages") || x.Stderr != "" {
			t.Errorf("%q: %d characters: %.2000s, stderr %q", code, len(trace), trace, x.Stderr)
		}
	}
	for _, code := range []string{
		"!python3 -c \"import urllib.request; urllib.request.urlopen('https://example.com')\"",
		"try: requests.get('https://example.com')\nexcept Exception as e: print('Error:', e)",
	} {
		if x := localtest.Execute(t, pool, id, code); !strings.HasSuffix(strings.TrimSpace(x.Stderr), "needed.") || strings.Count(x.Stderr, said) != 1 {
			t.Errorf("%q: stderr %q, error %+v", code, x.Stderr, x.Error)
		}
	}
	for _, code := range []string{"socket.create_connection(('127.0.0.1', 9), 2)", "requests.get('http://localhost:9')", "socket.getaddrinfo('localhost', 'nosuchservice')", "1 / 0"} {
		if x := localtest.Execute(t, pool, id, code); x.Error == nil || strings.Contains(x.Error.Traceback, said) || strings.Contains(x.Stderr, said) {
			t.Errorf("%q: %+v, stderr %q", code, x.Error, x.Stderr)
		}
	}
}

// TestLimitsAreNamed asserts that errors tell the limits which they come from.
func TestLimitsAreNamed(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{Memory: 700 << 20, Disk: 60 << 20})
	id := sessions.NewID()
	for code, says := range map[string]string{
		"bytearray(1 << 62)":                        "A session may use 700 MB of memory in all.",
		"open('big', 'wb').write(bytes(100 << 20))": "A file of this session may have at most 62914560 bytes.",
		"open('/tmp/big', 'wb').write(bytes(10)); raise OSError(28, 'No space', 'x')": "It has 60 MB.",
		"open('/usr/x', 'w')": "'/usr/x' can only be read. Write below /mnt/data.",
	} {
		if x := localtest.Execute(t, pool, id, code); x.Error == nil || !strings.Contains(x.Error.Traceback, says) {
			t.Errorf("%q: %+v", code, x.Error)
		}
	}
	if x := localtest.Execute(t, pool, id, "b = b'x' * (2 << 30)"); x.Status != sessions.OutOfMemory || x.MemoryLimit != 700<<20 {
		t.Errorf("status %q, limit %d", x.Status, x.MemoryLimit)
	}
}
