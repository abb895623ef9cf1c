package userfolders

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNames(t *testing.T) {
	back := "back_slash"
	if runtime.GOOS == "windows" {
		back = "slash" // a folder in another
	}
	for _, test := range []struct {
		dirs []string
		want string
	}{
		{nil, ""},
		{[]string{"/home/ada/data"}, "data"},
		{[]string{"/home/ada/data", "/srv/data/", "/x/data"}, "data data-2 data-3"},
		{[]string{"/a/data-2", "/a/data", "/b/data"}, "data-2 data data-3"},
		{[]string{"/a/data", "/a/data/", "/a/./data"}, "data"},
		{[]string{"/a/my reports"}, "my reports"},
		{[]string{"/a/Ausga\u0308nge", "/b/Ausgänge"}, "Ausgänge Ausgänge-2"},
		{[]string{"/a/two\nlines", "/a/\x1b[31mred", "/a/bad\xff", `/a/back\slash`}, "two_lines _[31mred bad_ " + back},
		{[]string{"/a/\u202etxt.exe", "/a/日本"}, "_txt.exe 日本"},
		{[]string{"/home/ada/.config"}, ".config"},
		{[]string{"/"}, "_"},
	} {
		var names []string
		for _, f := range New(test.dirs) {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("%q: got %q, want %q", test.dirs, got, test.want)
		}
	}
}

func TestLongName(t *testing.T) {
	long := strings.Repeat("日", 85)
	folders := New([]string{"/a/" + long, "/b/" + long})
	for _, f := range folders {
		if len(f.Name) > 255 || !utf8.ValidString(f.Name) {
			t.Errorf("%q has %d bytes", f.Name, len(f.Name))
		}
	}
	if folders[0].Name == folders[1].Name {
		t.Error("both are called the same")
	}
}

func TestMapping(t *testing.T) {
	folders := New([]string{"/home/ada/work", "/home/ada/work/data", "/srv/data"})
	for host, inside := range map[string]string{
		"/home/ada/work":            "/mnt/user/work",
		"/home/ada/work/a b.csv":    "/mnt/user/work/a b.csv",
		"/home/ada/work/data":       "/mnt/user/data",
		"/home/ada/work/data/x/y":   "/mnt/user/data/x/y",
		"/home/ada/work/./z/../a":   "/mnt/user/work/a",
		"/srv/data/x":               "/mnt/user/data-2/x",
		"/srv/data_evil/x":          "",
		"/srv/data/../secret":       "",
		"/home/ada":                 "",
		"/home/ada/workshop/x":      "",
		"/mnt/user/work":            "",
		"/home/ada/work/..secret/x": "/mnt/user/work/..secret/x",
	} {
		got, ok := folders.Inside(filepath.FromSlash(host))
		if got != inside || ok != (inside != "") {
			t.Errorf("Inside(%q) = %q, %v", host, got, ok)
		}
	}
	for inside, host := range map[string]string{
		"/mnt/user/work":              "/home/ada/work",
		"/mnt/user/work/":             "/home/ada/work",
		"/mnt/user/data/x.csv":        "/home/ada/work/data/x.csv",
		"/mnt/user/data-2/x/../y":     "/srv/data/y",
		"/mnt/user":                   "",
		"/mnt/user/other":             "",
		"/mnt/user/data-20":           "",
		"/mnt/user/data-2/../../x":    "",
		"/mnt/data/x":                 "",
		"/mnt/user/work/../../../etc": "",
	} {
		got, ok := folders.Outside(inside)
		if got != filepath.FromSlash(host) || ok != (host != "") {
			t.Errorf("Outside(%q) = %q, %v", inside, got, ok)
		}
	}
}

func TestHidden(t *testing.T) {
	for _, name := range []string{".env", ".git", "...", "\u200b.env", " .env", "．env", "‥x", "\t.x"} {
		if !Hidden(name) {
			t.Errorf("%q is not hidden", name)
		}
	}
	for _, name := range []string{"env", "a.b", ".", "..", "", "_env", "日本", "-.x"} {
		if Hidden(name) {
			t.Errorf("%q is hidden", name)
		}
	}
}
