package sandbox

import (
	"slices"
	"strings"
	"testing"
)

func TestParseMounts(t *testing.T) {
	t.Parallel()
	const table = `24 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
25 24 0:5 /a\040b /usr/with\040space\011tab\012line\134slash rw master:1 propagate_from:2 - 9p drvfs rw,dirsync
26 24 0:6 / /usr/x ro unbindable - tmpfs none rw
27 24 0:7 / /usr/\0zz rw - tmpfs unbindable rw
`
	got, err := parseMounts(strings.NewReader(table))
	want := []mount{
		{24, 1, "8:1", "/", "/", "ext4", false},
		{25, 24, "0:5", "/a b", "/usr/with space\ttab\nline\\slash", "9p", false},
		{26, 24, "0:6", "/", "/usr/x", "tmpfs", true},
		{27, 24, "0:7", "/", `/usr/\0zz`, "tmpfs", false},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, bad := range []string{"x", "24 1 8:1 / /", "a 1 8:1 / / rw - ext4 x rw", "1 b 8:1 / / rw - ext4 x rw"} {
		if _, err := parseMounts(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestToCover(t *testing.T) {
	t.Parallel()
	// The tree of /usr, which is part of the root's file system.
	tree := mount{id: 10, parent: 1, device: "8:1", root: "/usr", point: "/t"}
	blank := func(m mount) bool { return m.device == "9:9" }
	for _, test := range []struct {
		name   string
		source string
		mounts []mount
		want   string
	}{
		{"nothing", "/usr", nil, ""},
		{"a folder", "/usr", []mount{{11, 10, "0:5", "/", "/t/lib/wsl/lib", "", false}}, "/t/lib/wsl/lib"},
		{"elsewhere", "/usr", []mount{{11, 10, "0:5", "/", "/t2/lib", "", false}, {12, 1, "0:5", "/", "/usr/lib/wsl", "", false}}, ""},
		{"nested", "/usr", []mount{{11, 10, "0:5", "/", "/t/a/b/c", "", false}, {12, 11, "0:6", "/", "/t/a/b/c/d", "", false}, {13, 10, "0:6", "/", "/t/a/b2", "", false}}, "/t/a/b/c /t/a/b2"},
		{"on top of each other", "/usr", []mount{{11, 10, "0:5", "/", "/t/a", "", false}, {12, 11, "0:6", "/", "/t/a", "", false}}, "/t/a"},
		{"covered", "/usr", []mount{{11, 10, "0:5", "/", "/t/a", "", false}, {12, 11, "0:6", "/", "/t/a/b", "", false}, {13, 11, "9:9", "/", "/t/a", "", false}}, ""},
		{"on top of a cover", "/usr", []mount{{11, 10, "9:9", "/", "/t/a", "", false}, {12, 11, "0:6", "/", "/t/a", "", false}}, "/t/a"},
		{"the system's libraries", "/usr", []mount{{11, 10, "0:5", "/", "/t/lib", "", false}, {12, 11, "0:6", "/", "/t/lib/wsl", "", false}}, "/t/lib/wsl"},
		{"not the system's", "/opt/lib", []mount{{11, 10, "0:5", "/", "/t/lib", "", false}}, "/t/lib"},
		{"a folder bound to itself", "/usr", []mount{{11, 10, "8:1", "/usr/share/x", "/t/share/x", "", false}}, ""},
		{"a folder bound to another", "/usr", []mount{{11, 10, "8:1", "/usr/share/y", "/t/share/x", "", false}}, "/t/share/x"},
		{"bound to itself below what is covered", "/usr", []mount{{11, 10, "0:5", "/", "/t/s", "", false}, {12, 11, "0:5", "/x", "/t/s/x", "", false}}, "/t/s"},
		{"/usr/local", "/usr", []mount{{11, 10, "0:5", "/", "/t/local", "", false}}, "/t/local"},
	} {
		got := toCover(append([]mount{tree}, test.mounts...), "/t", test.source, blank)
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
