// Package wsl starts the built program as serve --engine=wsl, with a command of this test
// in the place of wsl.exe, which unpacks the distribution into a folder and really starts
// the program in it. Package windows does the same with the program of Windows in wine.
package wsl

import (
	"strings"
	"sync"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// TestDemo plays the conversation of the README. The next server finds the distribution,
// and nothing else is left.
func TestDemo(t *testing.T) {
	l := newLab(t)
	out, err := l.command(t, "demo", "--out="+t.TempDir()).CombinedOutput()
	if err != nil || !strings.Contains(string(out), " 0 failed") {
		t.Fatalf("%v\n%s", err, out)
	}
	if pid := l.pool(); pid != 0 {
		awaitEnd(t, pid)
	}
	want42(t, l.serve(t))
	if n := l.calls(t, "--import"); n != 1 {
		t.Errorf("%d imports", n)
	}
	if left := l.left(t); len(left) != 1 || left[0] != "disk" {
		t.Errorf("left: %q", left)
	}
}

// TestProgress asserts that a client is told what a first call waits for.
func TestProgress(t *testing.T) {
	l := newLab(t)
	l.mark(t, "slow", "")
	server := &e2etest.Stdio{Process: e2etest.StartCommand(t, l.command(t, "serve", "--warm=0", "--out=none"))}
	server.Greet()
	server.Send(strings.Replace(e2etest.RunPython(1, "print(6 * 7)"), `"params":{`, `"params":{"_meta":{"progressToken":1},`, 1))
	var said strings.Builder
	for said.Len() == 0 || !strings.Contains(said.String(), `"id":1`) {
		line, err := server.Out.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		said.WriteString(line)
	}
	for _, want := range []string{"making the distribution of WSL for the sessions, which is done once", "42"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("want %q in\n%s", want, said.String())
		}
	}
}

// TestTwoAtOnce starts two servers before there is a distribution.
func TestTwoAtOnce(t *testing.T) {
	l := newLab(t)
	agents := []*e2etest.Agent{l.serve(t), l.serve(t)}
	var asking sync.WaitGroup
	texts := make([]string, len(agents))
	for i, agent := range agents {
		asking.Go(func() { texts[i] = agent.Run("print(6 * 7)").Text() })
	}
	asking.Wait()
	for _, text := range texts {
		if !strings.Contains(text, "42") {
			t.Error(text)
		}
	}
	if n := l.calls(t, "--import"); n != 1 {
		t.Errorf("%d imports", n)
	}
}
