package delivery

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
	"dynamic-sessions-mcp/tools/sessionpath"
)

// A report is what jobs did that has not been told yet.
type report struct {
	saved   []savedFile
	refused []refusal
	failed  []string // files that nothing could be done about, by name
	why     string   // of failed
	omitted int      // entries that the pool does not list
	more    int      // files beyond maxFiles
}

// A savedFile is a file that is on the host: from the session's path, as the host's,
// and want what it would be if that were free.
type savedFile struct{ from, want, as string }

// A refusal is why one file is not on the host.
type refusal struct{ name, why string }

func (r *report) add(o report) {
	r.saved = append(r.saved, o.saved...)
	r.refused = append(r.refused, o.refused...)
	r.failed = append(r.failed, o.failed...)
	if o.why != "" {
		r.why = o.why
	}
	r.omitted, r.more = r.omitted+o.omitted, r.more+o.more
}

func (r *report) skip(name, why string) { r.refused = append(r.refused, refusal{name, why}) }

func (r *report) fail(name, why string) {
	r.why = why
	if name != "" {
		r.failed = append(r.failed, name)
	}
}

func (r *report) failAll(files []result, err error) {
	why, _ := whyNot(err)
	for _, f := range files {
		r.fail(f.rel, why)
	}
}

// note notes an error of one file. A file that is gone is no concern of anybody.
func (r *report) note(f result, err error) {
	why, _ := whyNot(err)
	switch {
	case errors.Is(err, errTooMuch):
		r.skip(f.rel, "with it, all files would be larger than a session's disk, which --disk sets")
	case errors.Is(err, fs.ErrExist):
		r.skip(f.rel, "too many files of its name are there")
	case why != "":
		r.skip(f.rel, why+"; the next run tries again")
	}
}

const (
	maxNamed   = 8 // files that a line names
	maxRefused = 5
)

// lines writes the report. current is a file that is still being copied, "" for none.
func (r *report) lines(opts Options, current string) []string {
	lines := []string{} // not nil: nobody else need name the files
	where, out := short(opts.Folder, opts.Home), pathOf(opts.Dir, "")
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	slices.SortStableFunc(r.saved, func(a, b savedFile) int { return prose.CompareNatural(a.as, b.as) })
	if len(r.saved) > 0 {
		list, count := names(r.saved), ""
		if len(r.saved) > maxNamed && len(list) > 1 {
			count = fmt.Sprintf("%d files: ", len(r.saved))
		}
		say("Saved for the user in %s: %s%s", where, count, strings.Join(list, ", "))
	}
	if current != "" {
		say("Still being saved in %s: %s. The answer to a later run says when that is done.", where, current)
	}
	if r.why != "" {
		say("Not saved in %s, because %s%s. Nothing is lost: the files stay in %s, and the next run tries again. Tell the user.",
			where, r.why, list(": ", r.failed), out)
	}
	if len(r.refused) > 0 {
		say("Not saved: %s.", refusals(r.refused))
	}
	if r.omitted != 0 {
		kinds := "links, devices, or files whose names have control characters"
		if r.omitted == 1 {
			kinds = "a link, a device, or a file whose name has control characters"
		}
		say("Not saved: %s of %s (%s).", entries(r.omitted), out, kinds)
	}
	if r.more > 0 {
		say("Not saved: %s, since a session can save %d. Pack them into one, for example with shutil.make_archive(%q, \"zip\", …).",
			prose.Count(r.more, "more file", "more files"), maxFiles, pathOf(opts.Dir, "all"))
	}
	return lines
}

func entries(n int) string {
	if n < 0 {
		return "many entries"
	}
	return prose.Count(n, "entry", "entries")
}

// pathOf is the path by which code opens a file below [sessions.OutDir].
func pathOf(dir sessionpath.Dir, rel string) string {
	return strings.TrimSuffix(dir.Path(sessions.OutDir+"/"+rel), "/")
}

// names are the saved files, or if they are many the folders that they are in.
func names(files []savedFile) []string {
	slices.SortStableFunc(files, func(a, b savedFile) int { return strings.Compare(a.as, b.as) })
	files = slices.CompactFunc(files, func(a, b savedFile) bool { return a.as == b.as })
	var list []string
	for i := 0; i < len(files); {
		top, n := folderOf(files[i].as), 1
		for top != "" && len(files) > maxNamed && i+n < len(files) && folderOf(files[i+n].as) == top {
			n++
		}
		if n > 1 {
			list = append(list, fmt.Sprintf("%s (%d files)", prose.Name(top+"/"), n))
		} else {
			list = append(list, files[i].String())
		}
		i += n
	}
	if extra := len(list) - maxNamed; extra > 0 {
		list = append(list[:maxNamed], fmt.Sprintf("and %d more", extra))
	}
	return list
}

func folderOf(path string) string {
	top, _, found := strings.Cut(path, "/")
	if !found {
		return ""
	}
	return top
}

// String names the file, and says why it has another name than in the session.
func (f savedFile) String() string {
	switch {
	case f.as == f.from:
		return prose.Name(f.as)
	case f.as != f.want:
		return fmt.Sprintf("%s (%s there is another file, or was changed)", prose.Name(f.as), prose.Name(f.want))
	}
	return fmt.Sprintf("%s (%s, so that nothing runs it by accident)", prose.Name(f.as), prose.Name(f.from))
}

// refusals groups files by why they are not saved.
func refusals(all []refusal) string {
	var groups []string
	for len(all) > 0 && len(groups) < maxRefused {
		why := all[0].why
		var named []string
		all = slices.DeleteFunc(all, func(r refusal) bool {
			if r.why == why {
				named = append(named, r.name)
			}
			return r.why == why
		})
		groups = append(groups, list("", named)+" ("+why+")")
	}
	if len(all) > 0 {
		groups = append(groups, fmt.Sprintf("and %d more", len(all)))
	}
	return strings.Join(groups, ", ")
}

// list names some files, after a text if there are any.
func list(before string, files []string) string {
	if len(files) == 0 {
		return ""
	}
	var named []string
	for _, f := range files[:min(len(files), maxRefused)] {
		named = append(named, prose.Name(f))
	}
	if extra := len(files) - len(named); extra > 0 {
		named = append(named, fmt.Sprintf("and %d more", extra))
	}
	return before + strings.Join(named, ", ")
}

// short is a path with ~ for the home folder.
func short(dir, home string) string {
	if rel, err := filepath.Rel(home, dir); home != "" && err == nil && filepath.IsLocal(rel) && filepath.Separator == '/' {
		dir = "~/" + rel
	}
	return prose.Line(dir, 300)
}
