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
const maxEntries = 300

// Listing writes what was found in the folder dir below d, "" for d itself, as lines
// that a model reads and code can split.
func Listing(d sessionpath.Dir, dir string, found sessions.Listing) string {
	where := d.Where()
	if dir != "" {
		where = prose.Name(d.Path(dir))
	}
	var b strings.Builder
	switch n := len(found.Files) + len(found.Unusable); {
	case n == 0 && found.Omitted == 0:
		return "No files in " + where + "."
	case n == 1:
		fmt.Fprintf(&b, "1 entry in %s:", where)
	default:
		fmt.Fprintf(&b, "%d entries in %s:", n, where)
	}
	listed := found.Files[:min(len(found.Files), maxEntries)]
	names := make([]string, len(listed))
	for i, f := range listed {
		names[i] = d.Relative(f.Name)
		if f.Dir {
			names[i] += "/"
		}
	}
	for i, name := range prose.Names(names) {
		f := listed[i]
		modified := f.Modified.UTC().Format(time.DateTime) + " UTC"
		if f.Dir {
			fmt.Fprintf(&b, "\n%s\tfolder\t%s", name, modified)
			continue
		}
		fmt.Fprintf(&b, "\n%s\t%s\t%s", name, prose.Size(f.Size), modified)
	}
	for _, name := range found.Unusable {
		fmt.Fprintf(&b, "\n%s\tcannot be named here", prose.Quote(name))
	}
	if more := len(found.Files) - len(listed); more > 0 {
		fmt.Fprintf(&b, "\n%s not shown; pass a folder as path, or list them with os.scandir in run_python.", prose.Count(more, "more entry is", "more entries are"))
	}
	if n := len(found.Unusable); n > 0 {
		fmt.Fprintf(&b, "\n%s not UTF-8, as in archives from other systems, or contain control characters: the tools cannot take such names. "+
			"Rename them in run_python: os.rename(%s, \"new name\"). zipfile.ZipFile(..., metadata_encoding=\"cp932\") reads names in Shift-JIS, \"gbk\" those in Chinese.",
			prose.Count(n, "of the names is", "of the names are"), bytesLiteral(d.Path(found.Unusable[0])))
	}
	switch more := found.Omitted - len(found.Unusable); {
	case found.Omitted < 0:
		b.WriteString("\nMany more entries are omitted; list them with os.scandir in run_python.")
	case more > 0:
		fmt.Fprintf(&b, "\n%s omitted: links, devices, names that the tools cannot take, or entries beyond the limit.", prose.Count(more, "more is", "more are"))
	}
	return b.String()
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
