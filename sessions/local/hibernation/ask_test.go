package hibernation_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/egress"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
)

// TestAsked: what the user has decided holds for one session, whatever becomes of its
// interpreter, and for no other. Between runs nobody is asked.
func TestAsked(t *testing.T) {
	t.Parallel()
	rules, err := egress.ParseRules([]string{"ask"})
	if err != nil {
		t.Fatal(err)
	}
	pool := localtest.New(t, local.Options{Cooldown: time.Millisecond, Egress: rules})
	var mu sync.Mutex
	var asked []string
	ask := func(q sessions.Question) bool {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, q.Host)
		go q.Answer(strings.HasPrefix(q.Host, "yes"))
		return true
	}
	run := func(id sessions.ID, code string, restart bool) string {
		t.Helper()
		x, err := pool.Execute(t.Context(), id, sessions.Request{Code: code, Restart: restart, Ask: ask})
		if err != nil {
			t.Fatal(err)
		}
		if x.Error != nil {
			return x.Error.Traceback
		}
		for _, c := range x.Connections {
			x.Stdout += c.Refused + "\n"
		}
		return x.Stdout
	}
	get := func(host string) string {
		return fmt.Sprintf("import urllib.request\ntry: urllib.request.urlopen('https://%s/')\nexcept OSError as e: print(e)", host)
	}
	const reached, declined = "cannot be reached: ", "the user was asked, and does not allow"
	one, other := sessions.NewID(), sessions.NewID()
	check := func(what string, id sessions.ID, host, want string, restart bool, questions ...string) {
		t.Helper()
		if text := run(id, get(host), restart); !strings.Contains(text, want) {
			t.Errorf("%s: %s, want %q", what, text, want)
		}
		mu.Lock()
		defer mu.Unlock()
		if !slices.Equal(asked, questions) {
			t.Errorf("%s: asked %q, want %q", what, asked, questions)
		}
		asked = nil
	}
	check("first", one, "yes.example", reached, false, "yes.example")
	check("first", one, "no.example", declined, false, "no.example")
	sleep(t, pool, one)
	check("after sleep", one, "yes.example", reached, false)
	check("after sleep", one, "no.example", declined, false)
	check("after a restart", one, "yes.example", reached, true)
	run(one, "import os; os._exit(1)", false)
	check("after its interpreter died", one, "no.example", declined, false)
	check("another session", other, "yes.example", reached, false, "yes.example")
	run(one, `import threading, time
told = threading.Event()
def later():
    global said
    time.sleep(1)
    try: urllib.request.urlopen('https://background.example/')
    except OSError as e: said = str(e)
    told.set()
threading.Thread(target=later).start()`, false)
	if x := localtest.Execute(t, pool, one, "told.wait(30), said"); !strings.Contains(x.Text, "background.example is not open to this session") || len(asked) != 0 {
		t.Errorf("in the background: %s %+v, asked %q", x.Text, x.Error, asked)
	}
}
