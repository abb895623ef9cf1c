package sessionstest

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// testOutputWhileItRuns has code write and show things, and go on when all of it was told
// in its order, or the pool has said that it tells nothing before the end. What is told is
// the beginning of what the outcome has.
func testOutputWhileItRuns(t *testing.T, s *subject) {
	s.run("import os, time\nfrom PIL import Image\nfrom IPython.display import display")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	told := make(chan sessions.Event, 100)
	x := make(chan *sessions.Execution, 1)
	go func() {
		run, err := s.Execute(ctx, s.id, sessions.Request{Events: func(e sessions.Event) { told <- e }, Code: `print('one')
display(Image.new('RGB', (8, 8), 'red'))
print('two')
while not os.path.exists('/mnt/data/go'): time.sleep(.01)
print('three')`})
		if err != nil {
			t.Error(err)
		}
		x <- run
	}()
	order, stdout := "", ""
	silent := false
	for order != "one\n[picture]two\n" && !silent {
		select {
		case e := <-told:
			switch e.Kind {
			case sessions.EventSilent:
				silent = true
			case sessions.EventStdout:
				order, stdout = order+e.Text, stdout+e.Text
			case sessions.EventDisplay:
				order += "[picture]"
				if !bytes.HasPrefix(e.Display.Data["image/png"], pngMagic) {
					t.Errorf("the display is no PNG")
				}
			}
		case <-ctx.Done():
			t.Fatalf("told in time: %q", order)
		}
	}
	s.upload("go", "")
	run := <-x
	if run == nil || run.Stdout != "one\ntwo\nthree\n" || !strings.HasPrefix(run.Stdout, stdout) || len(run.Displays) != 1 {
		t.Fatalf("%+v", run)
	}
}
