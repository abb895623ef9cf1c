//go:build mcpclients

package mcpclients

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"
)

// listTools looks at what the client knows of the tools: the argument for
// handles is there where it is needed, and only there.
func listTools(t *testing.T, s *scene) {
	tools, err := s.first.talk.tools(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tool := range tools {
		names = append(names, tool.Name)
		if _, has := tool.InputSchema.Properties["session_id"]; has != s.via.handles() {
			t.Errorf("%s: session_id is %t", tool.Name, has)
		}
	}
	wants(t, "tools", strings.Join(names, " "), "download_file list_files run_python upload_file wait_for_run")
}

// playProgress runs code in two conversations at the same time. Each call is
// told of its own output.
func playProgress(t *testing.T, s *scene) {
	agents := map[string]*agent{"apple": s.first, "pear": s.second}
	reports := map[string][]mcpProgress{}
	var mu sync.Mutex
	var both sync.WaitGroup
	ctx, cancel := context.WithTimeout(t.Context(), callTime)
	defer cancel()
	for fruit, agent := range agents {
		both.Go(func() {
			code := "import time\nfor i in range(5):\n    print('" + fruit + "', i, flush=True)\n    time.sleep(0.5)\n'" + fruit + "'"
			result, err := agent.try(ctx, "run_python", map[string]any{"code": code}, func(p mcpProgress) {
				mu.Lock()
				defer mu.Unlock()
				reports[fruit] = append(reports[fruit], p)
			})
			if err != nil || result.section("result") != "'"+fruit+"'" {
				t.Errorf("%s: %v, %v", fruit, result, err)
			}
		})
	}
	both.Wait()
	mu.Lock()
	defer mu.Unlock()
	for fruit := range agents {
		if len(reports[fruit]) < 2 {
			t.Errorf("%s: the reports are %v", fruit, reports[fruit])
		}
		last, own := 0.0, 0
		for _, p := range reports[fruit] {
			if strings.HasPrefix(p.Message, "running ") && strings.Contains(p.Message, ": "+fruit) {
				own++
			} else if !strings.HasPrefix(p.Message, "waiting ") { // for the interpreter to wake
				t.Errorf("%s: the message is %q", fruit, p.Message)
			}
			if p.Progress <= last {
				t.Errorf("%s: %v after %v", fruit, p.Progress, last)
			}
			last = p.Progress
		}
		if own == 0 {
			t.Errorf("%s: no report has its output: %v", fruit, reports[fruit])
		}
	}
}

// playCancel gives up a call that would run for a minute. The code is
// interrupted, and its session lives on.
func playCancel(t *testing.T, s *scene) {
	ctx, cancel := context.WithTimeout(t.Context(), callTime)
	defer cancel()
	s.first.run(t, "marker, stopped = 7, False")
	code := "import time\nmarker = 8\ntry:\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    stopped = True\n    raise"
	began := time.Now()
	result, err := s.first.try(ctx, "run_python", map[string]any{"code": code}, func(mcpProgress) { cancel() })
	if err == nil {
		t.Errorf("a cancelled call was answered: %v", result)
	}
	wants(t, "after the cancelled call", s.first.run(t, "(marker, stopped, x)").section("result"), "(8, True, 40)")
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}

// playStranger uses a handle that names no session, where there are handles.
func playStranger(t *testing.T, s *scene) {
	if !s.via.handles() {
		refused := s.first.call(t, "run_python", map[string]any{"code": "1", "session_id": "py-unknown"})
		if !refused.IsError || !strings.Contains(refused.text(), "session_id") {
			t.Errorf("a handle in a conversation that has none: %v", refused)
		}
		return
	}
	start, end := s.first.handle[:len(s.first.handle)-2], "AA"
	if s.first.handle == start+end {
		end = "BB"
	}
	for _, handle := range []string{"py-unknown", s.first.handle + "A", start + end} {
		refused, err := s.first.talk.call(t.Context(), "run_python", map[string]any{"code": "x", "session_id": handle}, nil)
		if err != nil {
			t.Fatal(err)
		}
		said := refused.text()
		if !refused.IsError || !strings.Contains(said, "There is no session with this session_id") || !strings.Contains(said, "call run_python or upload_file without session_id") {
			t.Errorf("the handle %q: %v", handle, refused)
		}
	}
	if resource, err := s.first.talk.read(t.Context(), "sandbox:///mnt/data/hello.txt?session_id=py-unknown"); err == nil || !strings.Contains(err.Error(), "There is no session") {
		t.Errorf("a file of an unknown handle: %v, %v", resource, err)
	}
	wants(t, "x", s.first.run(t, "x").section("result"), "40")
}

// playEnd closes the conversations. With them the server ends their sessions,
// unless handles name them.
func playEnd(t *testing.T, s *scene) {
	kind := conversationsGauge(s.via.gauge)
	before := s.server.gauges(t)
	if before[kind] < 2 {
		t.Fatalf("before: %v", before)
	}
	for _, a := range []*agent{s.first, s.second} {
		if err := a.end(); err != nil {
			t.Errorf("closing: %v", err)
		}
	}
	want := before[kind] - 2
	if s.via.handles() {
		want = before[kind]
	}
	all := func(gauges map[string]float64) float64 {
		return gauges[sessionsGauge("in_use")] + gauges[sessionsGauge("idle")] + gauges[sessionsGauge("asleep")]
	}
	s.server.waitFor(t, "the conversations end", func(gauges map[string]float64) bool {
		return gauges[kind] == want && all(gauges) == all(before)-(before[kind]-want)
	})
	if !s.via.handles() {
		return
	}
	// Another client of the same user goes on with the handle.
	later := s.begin(t, s.server)
	later.handle = s.first.handle
	wants(t, "x of a later client", later.run(t, "x").section("result"), "40")
}
