package render

import (
	"fmt"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
	"dynamic-sessions-mcp/tools/sessionpath"
)

// maxEntries bounds how many files one answer lists.
const maxEntries = 200

// An Entry is a file, or a folder with what is below it.
type Entry struct {
	sessions.File
	Files int   // below a folder
	Bytes int64 // of them
}

// Listed is what was found in a folder.
type Listed struct {
	Where   string // the folder within a sentence
	Entries []Entry
	// Omitted and Unusable are those of [sessions.Listing].
	Omitted  int
	Unusable []string
	// Pattern says that only what matches a pattern is listed, and Deeper how many
	// files match in the folders, if none does outside of them.
	Pattern bool
	Deeper  int
	// Partly says that there are more files in the folders than were counted.
	Partly bool
}

// Text writes the entries as lines that a model reads and code can split.
func (l Listed) Text(d sessionpath.Dir) string {
	var b strings.Builder
	where := l.Where
	n := len(l.Entries)
	if !l.Pattern {
		n += len(l.Unusable)
	}
	switch {
	case n == 0 && l.Deeper > 0:
		return fmt.Sprintf("No files in %s itself match; %s in its folders: pass recursive: true.", where, prose.Count(l.Deeper, "does", "do"))
	case n == 0 && l.Pattern:
		return "No files in " + where + " match." + l.more()
	case n == 0 && l.Omitted == 0:
		return "No files in " + where + "."
	}
	fmt.Fprintf(&b, "%s in %s%s:", prose.Count(n, "entry", "entries"), where, l.total())
	l.lines(&b, d)
	if !l.Pattern {
		l.unusable(&b, d)
	}
	b.WriteString(l.more())
	return b.String()
}

// total says how many files there are with those in folders, if there are any.
func (l Listed) total() string {
	files, size, folders := 0, int64(0), 0
	for _, e := range l.Entries {
		if e.Dir {
			folders++
			files += e.Files
			size += e.Bytes
			continue
		}
		files++
		size += e.Size
	}
	if len(l.Entries) < 2 && folders == 0 {
		return ""
	}
	return fmt.Sprintf(" (%s%s, %s)", l.atLeast(), prose.Count(files, "file", "files"), prose.Rounded(size))
}

func (l Listed) atLeast() string {
	if l.Partly {
		return "at least "
	}
	return ""
}

// lines writes a line for each entry.
func (l Listed) lines(b *strings.Builder, d sessionpath.Dir) {
	listed := l.Entries[:min(len(l.Entries), maxEntries)]
	names := make([]string, len(listed))
	for i, e := range listed {
		names[i] = d.Relative(e.Name)
		if e.Dir {
			names[i] += "/"
		}
	}
	for i, name := range prose.Names(names) {
		e := listed[i]
		what := prose.Size(e.Size)
		switch {
		case e.Dir && e.Modified.IsZero():
			what = "folder of the user's"
		case e.Dir && e.Files == 0:
			what = "folder, no files"
		case e.Dir:
			what = "folder, " + l.atLeast() + prose.Count(e.Files, "file", "files") + ", " + prose.Rounded(e.Bytes)
		}
		if e.Modified.IsZero() {
			fmt.Fprintf(b, "\n%s\t%s", name, what)
			continue
		}
		fmt.Fprintf(b, "\n%s\t%s\t%s UTC", name, what, e.Modified.UTC().Format(time.DateTime))
	}
	if more := len(l.Entries) - len(listed); more > 0 {
		fmt.Fprintf(b, "\n%s; pass a folder as path, a pattern, or list them with os.scandir in run_python.", prose.Count(more, "more entry", "more entries"))
	}
}

// unusable names entries whose names no tool can be given.
func (l Listed) unusable(b *strings.Builder, d sessionpath.Dir) {
	if len(l.Unusable) == 0 {
		return
	}
	for _, name := range l.Unusable {
		fmt.Fprintf(b, "\n%s\tcannot be named here", prose.Quote(name))
	}
	fmt.Fprintf(b, "\n%s not UTF-8, as in archives from other systems, or with control characters: the tools cannot take such names. "+
		"Rename them in run_python: os.rename(%s, \"new name\"). zipfile.ZipFile(..., metadata_encoding=\"cp932\") reads names in Shift-JIS, \"gbk\" those in Chinese.",
		prose.Count(len(l.Unusable), "of the names is", "of the names are"), bytesLiteral(d.Path(l.Unusable[0])))
}

// more says what there is besides.
func (l Listed) more() string {
	switch more := l.Omitted - len(l.Unusable); {
	case l.Omitted < 0:
		return "\nThere are many more entries; list them with os.scandir in run_python."
	case more > 0:
		return fmt.Sprintf("\n%s omitted: links, devices, names that the tools cannot take, or entries beyond the limit.", prose.Count(more, "more is", "more are"))
	}
	return ""
}

// bytesLiteral writes a name as Python's bytes, with escapes for all that is not
// ASCII: a name that is not text has no other exact form.
func bytesLiteral(name string) string {
	var b strings.Builder
	b.WriteString(`b"`)
	for _, c := range []byte(name) {
		switch {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(rune(c)))
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
