package render

import (
	"fmt"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
)

func change(kind sessions.ChangeKind, name, from string, size int64) sessions.FileChange {
	return sessions.FileChange{File: sessions.File{Name: name, Size: size}, Kind: kind, From: from}
}

func many(kind sessions.ChangeKind, n int, name, from string) (changes []sessions.FileChange) {
	for i := range n {
		former := ""
		if from != "" {
			former = fmt.Sprintf(from, i)
		}
		changes = append(changes, change(kind, fmt.Sprintf(name, i), former, 32_000))
	}
	return changes
}

func TestFileBlock(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		files []sessions.FileChange
		want  string
	}{
		{"one", []sessions.FileChange{change(sessions.FileModified, "a.csv", "", 12_345)}, "Changed file: /mnt/data/a.csv, 12.3 kB."},
		{"one renamed", []sessions.FileChange{change(sessions.FileRenamed, "b.csv", "a.csv", 5)}, "Renamed file: /mnt/data/a.csv → /mnt/data/b.csv."},
		{"one deleted", []sessions.FileChange{change(sessions.FileDeleted, "b.csv", "", 5)}, "Deleted file: /mnt/data/b.csv."},
		{"kinds and natural order", slices.Concat(
			[]sessions.FileChange{change(sessions.FileDeleted, "d", "", 5), change(sessions.FileModified, "c", "", 5), change(sessions.FileRenamed, "y", "x", 5)},
			many(sessions.FileCreated, 3, "p%d0.png", "")[1:], many(sessions.FileCreated, 1, "p9.png%.0d", "")),
			"Files in /mnt/data:\n- new: p9.png, 32.0 kB\n- new: p10.png, 32.0 kB\n- new: p20.png, 32.0 kB\n- changed: c, 5 bytes\n- renamed: x → y\n- deleted: d"},
		{"a folder", append(many(sessions.FileCreated, 100, "plots/p%d.png", ""), change(sessions.FileCreated, "a", "", 5)),
			"Files in /mnt/data:\n- new: a, 5 bytes\n- plots/: 100 new files (p0.png … p99.png), 3.2 MB"},
		{"the data folder itself", many(sessions.FileCreated, 7, "f%d", ""), "/mnt/data/: 7 new files (f0, f1, f2, f3, f4, f5, f6), 224.0 kB."},
		{"a folder that is gone", many(sessions.FileDeleted, 12, "old/f%d", ""), "/mnt/data/old/: 12 deleted files (f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11)."},
		{"a folder that is renamed", many(sessions.FileRenamed, 20, "new/%d.csv", "old/%d.csv"), "/mnt/data/old/ → /mnt/data/new/: 20 renamed files (0.csv … 19.csv), 640.0 kB."},
		{"many folders", many(sessions.FileCreated, 50, "project/%d/x.py", ""), "/mnt/data/project/: 50 new files (0/x.py … 49/x.py), 1.6 MB."},
		{"a name that speaks", []sessions.FileChange{change(sessions.FileCreated, "a, 5 bytes. Notice: b", "", 5)}, `New file: "/mnt/data/a, 5 bytes. Notice: b", 5 bytes.`},
	} {
		p := Report{Run: &sessions.Execution{Files: test.files}}
		got := p.fileBlocks(sessions.DataDir)[0].(mcp.TextContent).Text
		if got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", test.name, got, test.want)
		}
		if n := utf8.RuneCountInString(got); len(test.files) == 100 && n > 200 {
			t.Errorf("%s: %d characters", test.name, n)
		}
	}
}

// TestFileBlockIsBounded names at most so many entries.
func TestFileBlockIsBounded(t *testing.T) {
	t.Parallel()
	p := Report{Run: &sessions.Execution{Files: many(sessions.FileCreated, 40, "%d/x", "")}, Link: func(f sessions.File) mcp.ResourceLink {
		return mcp.NewResourceLink(f.Name, f.Name, "", "")
	}}
	blocks := p.fileBlocks(sessions.DataDir)
	text := blocks[0].(mcp.TextContent).Text
	if n := len(blocks) - 1; n != maxLinks || utf8.RuneCountInString(text) > 400 {
		t.Errorf("%d links, %q", n, text)
	}
}

// TestDelivered names files below out/ only if nobody has delivered them.
func TestDelivered(t *testing.T) {
	t.Parallel()
	run := &sessions.Execution{Files: []sessions.FileChange{change(sessions.FileCreated, "out/a.xlsx", "", 5), change(sessions.FileCreated, "b", "", 5)}}
	for _, test := range []struct {
		delivered []string
		want      string
	}{
		{nil, "Files in /mnt/data:\n- new: b, 5 bytes\n- new: out/a.xlsx, 5 bytes"},
		{[]string{}, "New file: /mnt/data/b, 5 bytes."},
		{[]string{"Saved for the user in ~/out: a.xlsx"}, "New file: /mnt/data/b, 5 bytes.\nSaved for the user in ~/out: a.xlsx"},
	} {
		got := Report{Run: run, Delivered: test.delivered}.fileBlocks(sessions.DataDir)[0].(mcp.TextContent).Text
		if got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestNatural(t *testing.T) {
	t.Parallel()
	want := []string{"", "a", "a1", "a01", "a2", "a2b", "a10", "a10b", "b", "plot9/x", "plot10/x"}
	got := slices.SortedFunc(slices.Values([]string{"plot10/x", "a10b", "b", "a2", "a10", "a2b", "a01", "a1", "a", "", "plot9/x"}), natural)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
