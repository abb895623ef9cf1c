package tools

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// sessionNotices says what happened to the session since the last run, and
// reports whether it was replaced by a new one.
func (t *Tools) sessionNotices(ctx context.Context, a *answer, id sessions.ID, run *sessions.Execution) (restarted bool) {
	t.sayEarlier(ctx, a, id, run)
	restarted, uploads := t.history.observe(id, run.Incarnation)
	if restarted {
		a.notices.say("The session was restarted before this code ran, for example because it had not been used for long: "+
			"variables, imports and files from before are gone. %s", t.lost(ctx, id, uploads))
	}
	if run.Restart != "" {
		a.notices.say("This code ran in a new interpreter, since %s: variables and imports from before are gone, files were kept.",
			plain(string(run.Restart), 200))
	}
	return restarted
}

// lost says which uploaded files must be uploaded again: those that were not
// uploaded to the new session already.
func (t *Tools) lost(ctx context.Context, id sessions.ID, uploads []string) string {
	const again = "Define again what is still needed"
	if found, err := t.pool.List(ctx, id, "", true); err == nil {
		uploads = slices.DeleteFunc(uploads, func(name string) bool {
			there := slices.ContainsFunc(found.Files, func(f sessions.File) bool { return f.Name == name })
			if there {
				t.history.uploaded(id, name)
			}
			return there
		})
	}
	if len(uploads) == 0 {
		return again + "."
	}
	last := uploads[max(0, len(uploads)-20):]
	names := make([]string, len(last))
	for i, name := range last {
		names[i] = shown(t.dir.relative(name))
	}
	return again + ", and upload again what was uploaded before: " + strings.Join(names, ", ") + "."
}

// outcomeNotices says how a run ended that did not end by itself, and what of
// its output is missing.
func (a *answer) outcomeNotices(run *sessions.Execution, limit time.Duration) {
	variables := "Variables were kept."
	if run.VariablesLost {
		variables = "Variables and imports are gone, files were kept."
	}
	switch run.Status {
	case sessions.Succeeded, sessions.Failed:
		if run.VariablesLost {
			a.notices.say("The interpreter did not survive this run. %s", variables)
		}
	case sessions.TimedOut:
		advice := "Do less at a time."
		if limit < sessions.MaxTimeout {
			advice = fmt.Sprintf("Do less at a time, or give a larger timeout_seconds (at most %d).", maxSeconds)
		}
		a.notices.say("Timed out: the code was stopped after %s. %s %s", span(limit), variables, advice)
	case sessions.OutOfMemory:
		a.notices.say("Out of memory: the code used more than the session may. %s Work on smaller pieces, or read only the columns and rows that are needed.", variables)
	case sessions.MachineOutOfMemory:
		a.notices.say("The machine ran out of memory, and the code was killed since its session held the most of it. %s Work on smaller pieces, or try again when other sessions have ended.", variables)
	case sessions.DiskFull:
		a.notices.say("Disk full: the code filled the session's disk. %s Delete files in %s that are not needed before the next run.", variables, a.dir.where())
	case sessions.Died:
		a.notices.say("The interpreter ended in the middle of the code (an exit, a crash in native code, or a kill). %s", variables)
	default:
		a.notices.say("The run ended with the status %q. %s", plain(string(run.Status), 60), variables)
	}
	a.diskNotice(run.Disk)
	for _, cut := range run.Truncated {
		a.truncation(cut)
	}
	if run.ShortOfMemory {
		a.notices.say("The server is short of memory, since many large answers are under way: %s. Run it again later, or save what is missing to files in %s.",
			missing(run), a.dir.where())
		return
	}
	if run.DisplaysDropped > 0 {
		a.notices.say("%s left out, since there were too many or they were too large. Show fewer, or save them to files in %s.",
			count(run.DisplaysDropped, "figure or display was", "figures or displays were"), a.dir.where())
	}
}

// diskNotice says what may be done in a session that may add nothing, and what
// became of what it added all the same.
func (a *answer) diskNotice(d *sessions.Disk) {
	if d == nil {
		return
	}
	if d.Removed > 0 {
		a.notices.say("%s written beyond the disk limit: removed, or cut back to the size before.",
			count(d.Removed, "file or folder was", "files and folders were"))
	}
	switch {
	case d.HostFull:
		a.notices.say("The disk of the machine that runs the sessions is nearly full: until that is mended, code that writes files is stopped and what it wrote is removed. Tell the user.")
	case d.FilesFull():
		a.notices.say("The session has %d of %d files and folders: only code that deletes some runs to its end. Delete files in %s first.", d.Files, d.MaxFiles, a.dir.where())
	case d.Full():
		a.notices.say("The session is at its disk limit (%s of %s): only code that deletes files runs to its end. Delete files in %s first.", size(d.Used), size(d.Limit), a.dir.where())
	}
}

func (a *answer) truncation(cut sessions.Truncation) {
	stream := plain(cut.Stream, 20)
	if cut.File == "" {
		a.notices.say("%s was cut: the program wrote %s and the rest was not kept. Print less.", stream, size(cut.Total))
		return
	}
	a.notices.say("%s was cut: the program wrote %s, all of which is in %s.", stream, size(cut.Total), shown(a.dir.path(cut.File)))
}

// missing says what there was no memory for.
func missing(run *sessions.Execution) string {
	if run.DisplaysDropped == 0 {
		return "a part of the output is left out"
	}
	return count(run.DisplaysDropped, "figure or display was", "figures or displays were") + " left out, and texts may be cut"
}
