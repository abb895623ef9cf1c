package engine

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// A path with what CSV quotes is one field for engines that read CSV.
func TestMountText(t *testing.T) {
	for host, want := range map[string]string{
		"/home/ada/data":      `type=bind,source=/home/ada/data,target=/host/data,readonly`,
		`C:\Users\Ada\Häfen`:  `type=bind,source=C:\Users\Ada\Häfen,target=/host/data,readonly`,
		"/home/ada/a, b=c":    `type=bind,"source=/home/ada/a, b=c",target=/host/data,readonly`,
		`/home/ada/"quoted"`:  `type=bind,"source=/home/ada/""quoted""",target=/host/data,readonly`,
		"/home/ada/two\nrows": "type=bind,\"source=/home/ada/two\nrows\",target=/host/data,readonly",
	} {
		if got := (Folder{Host: host, Name: "data"}).mount(); got != want {
			t.Errorf("%q: got %s, want %s", host, got, want)
		}
	}
}

// Folders are shown by an engine of this machine that reads them as this user. Whoever
// sees none is told why.
func TestFoldersToShow(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	root := os.Geteuid() == 0 // to whom nothing is closed
	folders := []Folder{{Host: dir, Name: "data"}}
	for _, test := range []struct {
		kind         Kind
		context      string
		options      string
		environ, why string
	}{
		{Docker, "unix:///var/run/docker.sock", "[name=seccomp name=rootless]", "", ""},
		{Docker, "npipe:////./pipe/docker_engine", "[name=rootless]", "", ""},
		{Docker, "ssh://ada@example.com", "[name=rootless]", "", "Docker runs on another machine"},
		{Docker, "tcp://10.0.0.1:2376", "[name=rootless]", "", "Docker runs on another machine"},
		{Docker, "unix:///var/run/docker.sock", "[name=seccomp]", "", "Docker runs as root, and a container of it would show files that you may not read"},
		{Nerdctl, "", "[name=rootless]", "", ""},
		{Nerdctl, "", "[]", "", "nerdctl runs as root, and a container of it would show files that you may not read"},
		{Podman, "", "", "", ""},
		{Podman, "", "", "CONTAINER_HOST", "Podman runs on another machine"},
		{Podman, "", "", "CONTAINER_CONNECTION", "Podman runs on another machine"},
		{Container, "", "", "", ""},
	} {
		t.Setenv("CONTAINER_HOST", "")
		t.Setenv("CONTAINER_CONNECTION", "")
		if test.environ != "" {
			t.Setenv(test.environ, "ssh://ada@example.com/run/podman.sock")
		}
		put(t, dir, string(test.kind), `case "$1" in context) echo '`+test.context+`' ;; info) echo '`+test.options+`' ;; *) exit 64 ;; esac`)
		e := &Engine{kind: test.kind, opts: Options{Folders: folders}}
		got := e.foldersToShow(t.Context())
		why := test.why
		if root && strings.Contains(why, "as root") {
			why = ""
		}
		if e.Unseen() != why || (len(got) == 1) != (why == "") {
			t.Errorf("%+v: shows %v, %q", test, got, e.Unseen())
		}
	}
}

// After a start that failed with folders there is one without, and only one.
func TestWithoutFolders(t *testing.T) {
	e := &Engine{kind: Container, opts: Options{Folders: []Folder{{Host: t.TempDir(), Name: "data"}}}}
	refused := errors.New("mounts denied")
	if e.WithoutFolders(refused) {
		t.Error("before a start")
	}
	if e.shown = e.foldersToShow(t.Context()); len(e.shown) != 1 || !strings.Contains(strings.Join(e.run("TAG"), " "), "--allow-dir=/host/data") {
		t.Fatalf("shows %v", e.shown)
	}
	if !e.WithoutFolders(refused) || e.WithoutFolders(refused) {
		t.Error("want one start without folders")
	}
	e.shown = e.foldersToShow(t.Context())
	if text := strings.Join(e.run("TAG"), " "); strings.Contains(text, "/host") || e.Unseen() != "mounts denied" {
		t.Errorf("%s, because of %q", text, e.Unseen())
	}
}
