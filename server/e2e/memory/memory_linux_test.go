//go:build !race

// Package memory attacks the built program with code that makes it keep what it
// can, over every transport: its memory must stay small.
package memory

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// maxServer is what the server may have in memory at most, and retainedServer what
// of it may stay for longer than a moment, beyond what it had before. In bytes.
const maxServer, retainedServer = 400_000_000, 80_000_000

// forge is code that writes frames of its own making to the host.
const forge = `import os, struct, base64
kernel = get_ipython().kernel
def send(head, *parts):
    head = head.replace('SEQ', str(kernel.run.seq)).encode()
    for data in (struct.pack('>II', len(head), sum(map(len, parts))), head, *parts):
        data = memoryview(data)
        while data: data = data[os.write(kernel.wire.outbound, data):]
MiB = 1 << 20
`

// hostile is code that makes the server keep as much as it can, by the way in
// which it does.
var hostile = map[string]string{
	"a byte of 64 MiB": `junk = b'j' * (64 * MiB - 1)
with kernel.wire.lock:
    for i in range(40 // few):
        send('{"type":"display","seq":SEQ,"id":null,"parts":[["nothing",%d],["a/b",1]]}' % len(junk), junk, b'x')
`,
	"large displays": `with kernel.wire.lock:
    for i in range(20 // few):
        big = b'\x89PNG\r\n\x1a\n' + os.urandom(MiB) * 15
        send('{"type":"display","seq":SEQ,"id":"d%d","parts":[["image/png",%d]]}' % (i % 3, len(big)), big)
        send('{"type":"display","seq":SEQ,"id":"d%d","update":true,"parts":[["image/png",%d]]}' % (i % 3, len(big)), big)
`,
	"many of everything": `with kernel.wire.lock:
    for i in range(500 // few):
        send('{"type":"display","seq":SEQ,"id":"%s","parts":[%s]}' % ('i' * 20000, ','.join('["a/%s%d",0]' % ('b' * 8, j) for j in range(2000))))
        send('{"type":"error","seq":SEQ,"sizes":[1,200000]}', b'e' * (MiB + 200001))
        send('{"type":"tail","seq":SEQ,"name":"stderr"}', b't' * 60 * MiB if i % 100 == 0 else b't')
`,
	"pictures": `import io
from PIL import Image
def encoded(mode, size, form, **how):
    out = io.BytesIO()
    Image.new(mode, size).save(out, form, **how)
    return out.getvalue()
pictures = [('png', encoded('RGBA', (6500, 6500), 'PNG')), ('png', encoded('L', (7000, 7000), 'PNG')),
    ('jpeg', encoded('RGB', (6000, 4000), 'JPEG', progressive=True)), ('jpeg', encoded('RGB', (6900, 6900), 'JPEG', subsampling=0))]
with kernel.wire.lock:
    for kind, big in pictures * 2:
        send('{"type":"display","seq":SEQ,"id":null,"parts":[["image/%s",%d]]}' % (kind, len(big)), big)
`,
	"texts": `print('\0' * 2 * MiB); print('é\xff\n' * MiB); import sys
print('"' * 2 * MiB, file=sys.stderr)
raise ValueError('\1' * MiB)
`,
}

// TestServerMemory lets code send what it likes, over the real program and real
// sandboxes. The server must stay small, answer, and keep nothing.
func TestServerMemory(t *testing.T) {
	program := e2etest.Program(t)
	for name, start := range map[string]func(*testing.T, string) *victim{"stdio": startStdioVictim, "HTTP": startWebVictim, "REST": startRESTVictim} {
		t.Run(name, func(t *testing.T) {
			v := start(t, program)
			v.run(t, 0, "6 * 7")
			before := v.memory(t, "RssAnon")
			var conversations sync.WaitGroup
			for i := range v.conversations {
				conversations.Go(func() {
					for what, code := range hostile {
						if answer := v.run(t, i, fmt.Sprintf("few = %d\n", v.conversations)+forge+code); !strings.Contains(answer, "result") {
							t.Errorf("%s: %.500s", what, answer)
						}
					}
				})
			}
			conversations.Wait()
			if peak := v.memory(t, "VmHWM"); peak > maxServer {
				t.Errorf("the server had %d MB", peak/1_000_000)
			}
			if answer := v.run(t, 0, "6 * 7"); !strings.Contains(answer, "42") {
				t.Errorf("afterwards: %.500s", answer)
			}
			v.shrinks(t, before+retainedServer)
		})
	}
}

// A victim is the real program, which code attacks.
type victim struct {
	pid           int
	conversations int
	run           func(t *testing.T, conversation int, code string) (answer string)
}

// memory returns a value of the process's status in bytes.
func (v *victim) memory(t *testing.T, name string) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", v.pid))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(name + `:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		t.Fatalf("no %s in %s", name, status)
	}
	n, err := strconv.ParseInt(string(found[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n * 1024
}

// shrinks waits until the memory of the server itself is at most so much.
func (v *victim) shrinks(t *testing.T, most int64) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; {
		now := v.memory(t, "RssAnon")
		if now <= most {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("the server keeps %d MB, want at most %d", now/1_000_000, most/1_000_000)
			return
		}
		<-time.After(100 * time.Millisecond)
	}
}

const runRequest = `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"run_python","arguments":{"code":%s,"timeout_seconds":200}}}`

func quoted(code string) string {
	text, err := json.Marshal(code)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func startStdioVictim(t *testing.T, program string) *victim {
	s := e2etest.StartStdio(t, program, "--log-level=error")
	id := 0
	return &victim{pid: s.Pid(), conversations: 1, run: func(t *testing.T, _ int, code string) string {
		id++
		if _, err := fmt.Fprintf(s.In, runRequest+"\n", id, quoted(code)); err != nil {
			t.Error(err)
		}
		answer, err := s.Out.ReadString('\n')
		if err != nil {
			t.Error(err)
		}
		return answer
	}}
}

// post returns what the server answers.
func post(t *testing.T, url, body string, header map[string]string) (string, http.Header) {
	r, err := http.NewRequestWithContext(t.Context(), "POST", url, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return "", nil
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	for name, value := range header {
		r.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return "", nil
	}
	defer answer.Body.Close()
	var text bytes.Buffer
	if _, err := io.Copy(&text, io.LimitReader(answer.Body, 1<<20)); err != nil {
		t.Error(err)
	}
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Error(err)
	}
	return text.String(), answer.Header
}

func startWebVictim(t *testing.T, program string) *victim {
	web := e2etest.StartWeb(t, program, "--no-auth", "--log-level=error")
	v := &victim{pid: web.Pid(), conversations: 6}
	names := make([]string, v.conversations)
	for i := range names {
		_, header := post(t, web.URL+"/mcp", e2etest.Initialize, nil)
		names[i] = header.Get("Mcp-Session-Id")
	}
	v.run = func(t *testing.T, i int, code string) string {
		answer, _ := post(t, web.URL+"/mcp", fmt.Sprintf(runRequest, 1, quoted(code)), map[string]string{"Mcp-Session-Id": names[i]})
		return answer
	}
	return v
}

func startRESTVictim(t *testing.T, program string) *victim {
	pool := e2etest.StartPool(t, program, "--no-auth", "--log-level=error")
	return &victim{pid: pool.Pid(), conversations: 6, run: func(t *testing.T, i int, code string) string {
		answer, _ := post(t, fmt.Sprintf("%s/executions?api-version=2025-10-02-preview&identifier=victim-%d", pool.Endpoint, i),
			`{"code":`+quoted(code)+`,"codeInputType":"Inline","executionType":"Synchronous","timeoutInSeconds":200}`,
			map[string]string{"Dynamic-Sessions-Details": "1"})
		return answer
	}}
}
