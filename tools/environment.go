package tools

import (
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
)

// Environment is what a model is told about where its code runs. It must not
// change while the server runs: descriptions of tools are static.
type Environment struct {
	// Python is the version of the interpreter, such as "3.14"; "" if unknown.
	Python string
	// Packages are notable ones that can be imported, the most useful first. As
	// many as fit are named.
	Packages []string
	// Network says that code can reach a network.
	Network bool
	// NetworkUnknown says that it is not known whether code can reach one.
	NetworkUnknown bool
	// OneFigure says that of the figures of a run only one is handed back, and
	// that output beyond what an answer holds is lost.
	OneFigure bool
	// Cooldown is how long an unused session is kept; 0 if unknown.
	Cooldown time.Duration
	// Kept says that the session outlives the conversation.
	Kept bool
	// DataDir is the folder of the session's files as the code names it; "" for
	// sessions.DataDir. "." says that the code works in that folder, whose path
	// is of no concern: files are then called by their names alone. Names below
	// sessions.DataDir are understood in any case.
	DataDir string
	// Warning is a sentence that everyone who uses the tools must know, such as
	// that nothing isolates the code. "" for none.
	Warning string
}

// maxDescription is what Claude Code shows of a description, in bytes.
const maxDescription = 2048

func (t *Tools) runPythonDescription(handled bool) string {
	e := t.env
	var b strings.Builder
	line := func(s string) { b.WriteString(s + "\n") }
	line("Run Python code. Use it whenever the answer needs calculation, data analysis, a plot, or reading and making files, instead of guessing the result.")
	if e.Warning != "" {
		line("WARNING: " + e.Warning)
	}
	line("")
	session := "- Variables, imports and files stay from call to call, in a session that only this conversation uses"
	if e.Kept {
		session = "- Variables, imports and files stay from call to call and from one conversation to the next, in a session that only this conversation uses now: look at what is there (dir(), list_files) before you make it again"
	}
	if e.Cooldown > 0 {
		session += "; it ends after " + prose.Span(e.Cooldown) + " without a call, and you are told when that happened"
	}
	if handled && t.sessionHandles != nil {
		session = "- Variables, imports and files stay from call to call, in the session that session_id names. The first answer tells it: pass it with every later call. A session ends after " + prose.Span(t.sessionHandles.Life()) + " without a call"
	}
	line(session + ".")
	line("- The value of the last expression is shown as in a notebook; print() shows more. IPython's magics, !commands and top-level await work. input() does not.")
	if e.OneFigure {
		line("- A matplotlib or seaborn figure comes back as an image by itself, one for each run: draw one figure a call, or use subplots. Never print base64.")
	} else {
		line("- Every matplotlib or seaborn figure comes back as an image by itself, also without plt.show(). Never print base64.")
	}
	line("- " + t.filesLive() + " The user's own files are not there until upload_file puts them there; list_files lists them; download_file hands files over. Save what the user should keep there.")
	switch {
	case e.NetworkUnknown:
		line("- There may be no network: try before you rely on downloads or pip install.")
	case e.Network:
		line("- The code can reach the network.")
	default:
		line("- There is no network: no downloads, no web requests, no pip install.")
	}
	line("- A run is stopped after " + prose.Span(t.timeout) + ", or after timeout_seconds (at most " + prose.Span(sessions.MaxTimeout) + "). For long work print progress and go in steps.")
	if e.OneFigure {
		line("- Long output is cut: print what matters, and write the rest to a file.")
	} else {
		line("- Output over 25,000 characters is shortened in the middle; the answer says where all of it is.")
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
