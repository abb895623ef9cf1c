package kernel

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// command runs a command, which must not kill the kernel.
func (p *process) command(t testing.TB, c sessions.Command) *Outcome {
	t.Helper()
	o, err := p.RunWithin(nil, sessions.Request{Command: &c})
	if err != nil {
		t.Fatalf("%.100v: %v", c, err)
	}
	if o.Error != nil {
		t.Errorf("%.100v: %.500s", c, o.Error.Traceback)
	}
	return o
}

func TestCommands(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	long := "# " + strings.Repeat("x", 200<<10) + "\n"
	for _, test := range []struct {
		name           string
		command        sessions.Command
		exit           int
		stdout, stderr string
	}{
		{"output", sessions.Command{Shell: "echo out; echo err >&2"}, 0, "out\n", "err\n"},
		{"exit status", sessions.Command{Shell: "exit 3"}, 3, "", ""},
		{"false", sessions.Command{Shell: "false"}, 1, "", ""},
		{"killed by a signal", sessions.Command{Shell: "kill -KILL $$"}, 137, "", ""},
		{"a broken pipe", sessions.Command{Shell: "yes | head -n 1; echo ${PIPESTATUS[0]}"}, 0, "y\n141\n", ""},
		{"no such command", sessions.Command{Shell: "no-such-program"}, 127, "", "/bin/bash: line 1: no-such-program: command not found\n"},
		{"bash", sessions.Command{Shell: `a=(1 2 3); [[ ${a[1]} == 2 ]] && echo "$0 ${#a[@]}"`}, 0, "/bin/bash 3\n", ""},
		{"no input", sessions.Command{Shell: "cat; echo end"}, 0, "end\n", ""},
		{"input", sessions.Command{Shell: `read a; read b; echo "$b$a"`, Stdin: "first\nsecond\n"}, 0, "secondfirst\n", ""},
		{"much input", sessions.Command{Args: []string{"wc", "-c"}, Stdin: strings.Repeat("ä", 1<<20)}, 0, "2097152\n", ""},
		{"words as they are", sessions.Command{Args: []string{"printf", "%s|", "$HOME", "a b", "*", "", "'"}}, 0, "$HOME|a b|*||'|", ""},
		{"no such program", sessions.Command{Args: []string{"no-such-program", "x"}}, 127, "", "no-such-program: command not found\n"},
		{"no program", sessions.Command{Args: []string{"/etc/passwd"}}, 126, "", "/etc/passwd: Permission denied\n"},
		{"a long line", sessions.Command{Shell: long + "echo $#; cat; exit 7", Stdin: "in"}, 7, "0\nin", ""},
		{"a long word", sessions.Command{Args: []string{"true", long}}, 126, "", "true: Argument list too long\n"},
		{"other letters", sessions.Command{Shell: "printf 'Umsätze 売上'"}, 0, "Umsätze 売上", ""},
		{"a wrong line", sessions.Command{Shell: "echo 'open"}, 2, "",
			"/bin/bash: -c: line 1: unexpected EOF while looking for matching `''\n"},
		{"what goes on", sessions.Command{Shell: "sleep 100 & echo here"}, 0, "here\n", ""},
	} {
		o := p.command(t, test.command)
		if o.ExitCode != test.exit || o.Stdout != test.stdout || o.Stderr != test.stderr || o.Error != nil ||
			string(o.Result) != `""` || o.Interrupted {
			t.Errorf("%s: exit %d, stdout %.200q, stderr %.200q, %+v", test.name, o.ExitCode, o.Stdout, o.Stderr, o)
		}
	}
}

// A command has what code would give a program, and leaves nothing in the
// interpreter.
func TestCommandsAndCode(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.run(t, "import os; os.environ['GIVEN'] = 'by code'; os.mkdir('below'); os.chdir('below'); kept = 1; before = set(globals())")
	p.value(t, "6 * 7")
	o := p.command(t, sessions.Command{Shell: "echo $GIVEN; pwd; X=1; cd /; echo text > " + filepath.Join(p.data, "below", "file")})
	if o.Stdout != "by code\n"+filepath.Join(p.data, "below")+"\n" || o.ExitCode != 0 {
		t.Errorf("%+v", o)
	}
	for _, test := range []struct{ code, want string }{
		{"_", "42"},
		{"kept", "1"},
		{"open('file').read()", `"text\n"`},
		{"os.getcwd()[-6:]", `"/below"`},
		{"'X' in os.environ", "false"},
		{"sorted(n for n in set(globals()) - before if n.strip('_'))", `"['before']"`},
		{"try: 1/0\nexcept Exception as e: import traceback; text = traceback.format_exc()\ntext.split('<cell ')[1][:1]", `"9"`},
	} {
		if got := p.value(t, test.code); got != test.want {
			t.Errorf("%s is %s, want %s", test.code, got, test.want)
		}
	}
	p.run(t, "os.rmdir is not None; import shutil; shutil.rmtree('../below')")
	if o := p.command(t, sessions.Command{Shell: "echo alive"}); o.Stdout != "alive\n" {
		t.Errorf("without a working directory: %+v", o)
	}
}

// Code that has broken what it shares with the kernel does not keep commands
// from running.
func TestCommandsAfterSabotage(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	for _, code := range []string{
		"import subprocess; subprocess.Popen = subprocess.run = None",
		"import os; os.waitpid = os.listdir = os.open = os.kill = None",
		"import json; json.loads = None",
		"import sys; sys.stdout.close(); sys.stderr = None; __import__('posix').close(0)",
		"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); signal.signal(signal.SIGPIPE, signal.SIG_IGN)",
	} {
		p.run(t, code)
		if o := p.command(t, sessions.Command{Shell: "cat; echo on it; exit 4", Stdin: "x"}); o.Stdout != "xon it\n" || o.ExitCode != 4 {
			t.Errorf("after %q: %+v", code, o)
		}
	}
}

// Of a program that is interrupted nothing is left, in whatever groups and
// sessions its processes are.
func TestCommandIsInterrupted(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.run(t, "kept = 1")
	lines := map[string]string{
		"busy":            "%swhile :; do :; done",
		"deaf":            "trap '' INT TERM HUP QUIT; %swhile :; do sleep 1; done",
		"many":            "sleep 1000 & sleep 1000 & (sleep 1000; :) & %swait",
		"another group":   "%stimeout 1000 sleep 1000; :",
		"another session": "(setsid sleep 1000; :) & %swait",
		"orphans":         "(sleep 1000 &); (setsid bash -c 'sleep 1000; :' & %ssleep 1000; :); :",
		"output":          "%syes",
	}
	for name, line := range lines {
		marker := "mark" + strconv.Itoa(os.Getpid()) + "-" + strings.ReplaceAll(name, " ", "-")
		line = "export DSM_MARK=" + marker + "; " + strings.Replace(line, "%s", "echo started; ", 1)
		for how, request := range map[string]sessions.Request{
			"a command": {Command: &sessions.Command{Shell: line}},
			"a line":    {Code: "!" + line},
			"a cell":    {Code: "%%bash\n" + line},
		} {
			p.interrupt(t, name+" in "+how, request)
			if left := marked(t, marker); len(left) > 0 {
				t.Errorf("%s in %s: left: %v", name, how, left)
				kill(left)
			}
		}
	}
	if got := p.value(t, "kept"); got != "1" {
		t.Errorf("afterwards kept is %s", got)
	}
}

// interrupt interrupts what a request runs, thrice, once it has begun.
func (p *process) interrupt(t *testing.T, what string, request sessions.Request) {
	t.Helper()
	started := make(chan struct{}, 1)
	go func() {
		<-started
		for range 3 {
			_ = p.Interrupt()
		}
	}()
	begin := time.Now()
	request.Events = func(sessions.Event) {
		select {
		case started <- struct{}{}:
		default:
		}
	}
	o, err := p.RunWithin(nil, request)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if !o.Interrupted || o.Error == nil || !strings.HasPrefix(o.Stdout, "started\n") || time.Since(begin) > 20*time.Second {
		t.Errorf("%s: after %v: interrupted: %t, stdout %.100q, %v", what, time.Since(begin), o.Interrupted, o.Stdout, o.Error)
	}
}

func kill(pids []int) {
	for _, pid := range pids {
		if process, err := os.FindProcess(pid); err == nil {
			_ = process.Kill()
		}
	}
}

// marked returns the processes that have a variable of that value.
func marked(t *testing.T, value string) (found []int) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		data, _ := os.ReadFile(path) // it may have ended
		if strings.Contains(string(data), "DSM_MARK="+value+"\x00") {
			pid, _ := strconv.Atoi(strings.Split(path, "/")[2])
			found = append(found, pid)
		}
	}
	return found
}

// The host believes no exit status that there cannot be.
func TestForgedExit(t *testing.T) {
	t.Parallel()
	for _, exit := range []string{"-1", "256", "1e9", `"0"`} {
		var h header
		rec := newRecorder(Options{MaxOutput: 1 << 10}, nil, nil)
		err := json.Unmarshal([]byte(`{"type":"done","status":"ok","exit":`+exit+`}`), &h)
		if err == nil {
			err = rec.done(&h)
		}
		if err == nil {
			t.Errorf("exit %s is believed", exit)
		}
	}
}
