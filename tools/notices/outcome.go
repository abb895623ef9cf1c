package notices

import (
	"fmt"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
	"dynamic-sessions-mcp/tools/sessionpath"
)

// Outcome adds how a run ended that did not end by itself, and which displays are
// missing. limit is the time that the run had, and longest what it might have had; dir
// names files.
func (l *List) Outcome(dir sessionpath.Dir, run *sessions.Execution, limit, longest time.Duration) {
	l.ending(dir, run, limit, longest)
	l.disk(dir, run.Disk)
	l.leftOut(dir, run)
}

func (l *List) ending(dir sessionpath.Dir, run *sessions.Execution, limit, longest time.Duration) {
	variables := "Variables were kept."
	if run.VariablesLost {
		variables = "Variables and imports are gone, files were kept."
	}
	died := run.VariablesLost
	if run.Rollback != nil && run.Rollback.Why == "" {
		died, variables = true, rolledBack(run)
	}
	switch run.Status {
	case sessions.Succeeded, sessions.Failed:
		if died {
			l.say("The interpreter did not survive this run. %s", variables)
		}
	case sessions.TimedOut:
		advice := "Do less per call."
		if limit < longest {
			advice = fmt.Sprintf("Do less per call, or pass a larger timeout_seconds (at most %d).", int(longest/time.Second))
		}
		l.say("Timed out: the code was stopped after %s. %s %s", prose.Span(limit), variables, advice)
	case sessions.Stopped:
		l.say("Stopped after %s, as you asked. %s", prose.Span(run.Duration.Truncate(time.Second)), variables)
	case sessions.OutOfMemory:
		most := ""
		if run.MemoryLimit > 0 {
			most = fmt.Sprintf(", which is %d MB", run.MemoryLimit>>20)
		}
		l.say("Out of memory: the code used more memory than the session may use%s. %s Work on smaller pieces, or read only the columns and rows that you need.", most, variables)
	case sessions.MachineOutOfMemory:
		l.say("The machine ran out of memory, and the code was killed because its session used the most. %s Work on smaller pieces, or try again when other sessions have ended.", variables)
	case sessions.DiskFull:
		l.say("Disk full: the code filled the session's disk%s. %s Delete files in %s that you do not need before the next run%s.",
			sizeOf(run.Disk), variables, dir.Where(), largest(dir, run.Disk))
	case sessions.Died:
		l.say("The interpreter exited while the code ran (an exit, a crash in native code, or a kill). %s", variables)
	default:
		l.say("The run ended with the status %q. %s", prose.Line(string(run.Status), 60), variables)
	}
}

// disk says what a session can still do that may add nothing to its disk, and what
// became of files that it added nevertheless.
func (l *List) disk(dir sessionpath.Dir, d *sessions.Disk) {
	if d == nil {
		return
	}
	if d.Removed > 0 {
		l.say("%s written beyond the disk limit and then removed, or cut back to the earlier size.",
			prose.Count(d.Removed, "file or folder was", "files and folders were"))
	}
	switch {
	case d.HostFull:
		l.say("The disk of the machine that runs the sessions is nearly full: until that is fixed, code that writes files is stopped and what it wrote is removed. Tell the user.")
	case d.FilesFull():
		l.say("The session has %d of %d files and folders: only code that deletes some can finish. Delete files in %s first.", d.Files, d.MaxFiles, dir.Where())
	case d.Full():
		l.say("The session is at its disk limit (%s of %s): only code that deletes files can finish. Delete files in %s first%s.", prose.Size(d.Used), prose.Size(d.Limit), dir.Where(), largest(dir, d))
	}
}

// sizeOf is how large a disk is, in brackets, "" if that is not known.
func sizeOf(d *sessions.Disk) string {
	if d == nil || d.Limit == 0 {
		return ""
	}
	return " (" + prose.Size(d.Limit) + ")"
}

// largest names the files that take the most of the disk.
func largest(dir sessionpath.Dir, d *sessions.Disk) string {
	if d == nil {
		return ""
	}
	var names []string
	for _, f := range d.Largest[:min(len(d.Largest), 3)] {
		names = append(names, fmt.Sprintf("%s (%s)", prose.Name(dir.Path(f.Name)), prose.Size(f.Size)))
	}
	if len(names) == 0 {
		return ""
	}
	return "; the largest are " + strings.Join(names, ", ")
}

// Truncation says that the pool cut a stream.
func (l *List) Truncation(dir sessionpath.Dir, cut sessions.Truncation) {
	stream := prose.Line(cut.Stream, 20)
	if cut.File == "" {
		l.say("%s was cut: the program wrote %s and the rest was not kept. Print less.", stream, prose.Size(cut.Total))
		return
	}
	l.say("%s was cut: the program wrote %s; all of it is in %s.", stream, prose.Size(cut.Total), prose.Name(dir.Path(cut.File)))
}

// leftOut says what there was no room or no memory for.
func (l *List) leftOut(dir sessionpath.Dir, run *sessions.Execution) {
	switch {
	case run.ShortOfMemory:
		l.say("The server is short of memory because many large answers are in progress: %s. Run it again later, or save what is missing to files in %s.",
			missing(run), dir.Where())
	case run.DisplaysDropped > 0:
		l.say("%s left out because there were too many or they were too large. Show fewer, or save them to files in %s.",
			prose.Count(run.DisplaysDropped, "figure or display was", "figures or displays were"), dir.Where())
	}
}

// missing says what there was no memory for.
func missing(run *sessions.Execution) string {
	if run.DisplaysDropped == 0 {
		return "part of the output is left out"
	}
	return prose.Count(run.DisplaysDropped, "figure or display was", "figures or displays were") + " left out, and texts may be cut"
}
