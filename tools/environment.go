package tools

import (
	"fmt"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions/userfolders"
	"dynamic-sessions-mcp/tools/prose"
)

// Environment is what a model is told about where its code runs. It must not
// change while the server runs: descriptions of tools are static.
type Environment struct {
	// Python is the version of the interpreter, such as "3.14"; "" if unknown.
	Python string
	// Packages are notable packages that can be imported, the most useful first.
	// The description names as many as fit.
	Packages []string
	// Network says that code can reach a network.
	Network bool
	// Hosts are those that code reaches where it has no network otherwise, as --egress
	// names them, and Index says that it reaches a package index.
	Hosts []string
	Index bool
	// Asks says that the user is asked, once in a conversation, about each other host that
	// code wants to connect with, where the client can ask.
	Asks bool
	// Secrets are those that code uses without seeing them, and Hosts are their hosts.
	Secrets []Secret
	// NetworkUnknown says that it is not known whether code can reach one.
	NetworkUnknown bool
	// OneFigure says that a run returns only one of its figures, all output at its end, and that output
	// beyond what an answer holds is lost.
	OneFigure bool
	// Cooldown is how long an unused session is kept; 0 if unknown.
	Cooldown time.Duration
	// Named says that the session outlives the conversation.
	Named bool
	// DataDir is the folder of the session's files as the code names it; "" for
	// sessions.DataDir. "." says that the code works in that folder, so that names
	// alone do. Names below sessions.DataDir are always understood.
	DataDir string
	// Folders are the user's folders that code sees; nil if it sees none.
	Folders userfolders.Folders
	// OutFolder is the folder of the user, as texts name it, in which files are saved
	// that code writes to the folder sessions.OutDir. "" if they are not.
	OutFolder string
	// OutLinks says that answers have links to these files instead.
	OutLinks bool
	// Elsewhere says that the user is not at the computer of the server: the tools have
	// no arguments that name its files.
	Elsewhere bool
	// Warning is a sentence that every user of the tools must know, such as that
	// nothing isolates the code. "" for none.
	Warning string
}

// A Secret is a variable of the session's environment with a placeholder that is good for
// requests to one host.
type Secret struct{ Name, Host string }

// maxDescription is what Claude Code shows of a description, in bytes.
const maxDescription = 2048

func (t *Tools) runPythonDescription(sessionHandle bool) string {
	e := t.env
	var b strings.Builder
	line := func(s string) { b.WriteString(s + "\n") }
	line("Run Python code. Use it for calculations, data analysis, plots, and reading or writing files, instead of guessing the result.")
	if e.Warning != "" {
		line("WARNING: " + e.Warning)
	}
	line("")
	session := "- Variables, imports and files persist between calls, in a session that only this conversation uses"
	if e.Named {
		session = "- Variables, imports and files persist between calls and between conversations, in a session that only this conversation uses now: check what exists (dir(), list_files) before you recreate it"
	}
	if e.Cooldown > 0 {
		session += "; it expires after " + prose.Span(e.Cooldown) + " without a call, and the next answer says so"
	}
	if sessionHandle && t.sessionHandles != nil {
		session = "- Variables, imports and files persist between calls, in the session that session_id names. The first answer returns the session_id: pass it with every later call. A session expires after " + prose.Span(t.sessionHandles.Life()) + " without a call"
	}
	line(session + ".")
	line("- The value of the last expression is shown, as in a notebook; print() shows more. IPython magics, !commands and top-level await work; input() does not.")
	if e.OneFigure {
		line("- One matplotlib or seaborn figure per call is returned as an image automatically; use subplots for more. Never print base64.")
	} else {
		line("- Every matplotlib or seaborn figure is returned as an image automatically, even without plt.show(). Never print base64.")
	}
	line("- " + t.filesLive() + " " + t.theirFiles())
	if out := t.forUser(); out != "" {
		line("- " + out)
	} else {
		line("- list_files lists files, download_file delivers them: save what the user should keep.")
	}
	switch {
	case e.NetworkUnknown:
		line("- There may be no network: test it before you rely on downloads or pip install.")
	case e.Network:
		line("- The code has network access.")
	case e.reaches():
		line("- " + e.egress())
	default:
		line("- There is no network: no downloads or web requests. pip installs uploaded wheels only.")
	}
	soFar := ", the answer has the output so far and the code goes on: wait_for_run waits for the rest. It is stopped after "
	if e.OneFigure {
		soFar = ", the answer says so and the code goes on: wait_for_run waits for its output, which comes at its end. It is stopped after "
	}
	line("- If code takes longer than " + prose.Span(t.answerWithin) + soFar +
		prose.Span(t.maxRun) + ", or after timeout_seconds. Print progress.")
	if e.OneFigure {
		line("- Long output is cut: print what matters and write the rest to a file.")
	} else {
		line(fmt.Sprintf("- Output over %d characters is shortened in the middle; the answer says where all of it is.", t.maxText))
	}
	b.WriteString("- Python")
	if e.Python != "" {
		b.WriteString(" " + e.Python)
	}
	if e.Packages != nil {
		b.WriteString(" with " + e.packages(maxDescription-1-b.Len()-len(" with ")))
	}
	b.WriteString(".")
	return b.String()
}

// filesLive says where files are and how code names them.
func (t *Tools) filesLive() string {
	if t.dir.IsWorkingDir() {
		return "Files live in the working directory: use relative names, e.g. open('data.csv')."
	}
	return "Files live in " + t.dir.Where() + ": use full paths such as " + t.dir.Path("data.csv") + "."
}

// packages names as many packages as fit in limit bytes.
func (e Environment) packages(limit int) string {
	const more = " and more"
	list := ""
	for i, name := range e.Packages {
		if i > 0 {
			name = ", " + name
		}
		if len(list)+len(name)+len(more) > limit {
			return list + more
		}
		list += name
	}
	return list
}

// reaches reports whether code reaches anything where it has no network, or may if the user
// allows it.
func (e Environment) reaches() bool { return e.Index || e.Asks || len(e.Hosts) > 0 }

// maxHosts is how many hosts the description names.
const maxHosts = 5

// egress says what code reaches.
func (e Environment) egress() string {
	var b strings.Builder
	if e.Index {
		b.WriteString("pip installs from the package index. ")
	}
	switch n := len(e.Hosts); {
	case n == 0 && !e.Asks:
		b.WriteString("There is no other network.")
	case n == 0:
		b.WriteString("Code reaches a host, by HTTP and HTTPS, if the user allows it. When it connects")
	case n > maxHosts:
		fmt.Fprintf(&b, "Only these hosts can be reached, by HTTP and HTTPS: %s and %d more.", strings.Join(e.Hosts[:maxHosts], ", "), n-maxHosts)
	default:
		fmt.Fprintf(&b, "Only these hosts can be reached, by HTTP and HTTPS: %s.", strings.Join(e.Hosts, ", "))
	}
	if e.Asks {
		if len(e.Hosts) > 0 {
			b.WriteString(" When code connects to another one")
		}
		b.WriteString(", the user is asked, if the client can ask, while the code waits: just try it.")
	}
	b.WriteString(e.secrets())
	return b.String()
}

// maxSecrets is how many secrets the description names.
const maxSecrets = 4

// secrets says how code uses secrets.
func (e Environment) secrets() string {
	if len(e.Secrets) == 0 {
		return ""
	}
	var names []string
	for _, s := range e.Secrets[:min(len(e.Secrets), maxSecrets)] {
		names = append(names, fmt.Sprintf("os.environ['%s'] for %s", s.Name, s.Host))
	}
	more := ""
	if n := len(e.Secrets) - maxSecrets; n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return " Use " + strings.Join(names, ", ") + more + " as the key in headers or the query over HTTPS: it is a placeholder, which the server replaces on the way."
}
