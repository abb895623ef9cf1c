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
		if e.shown = got; e.Unseen()() != why || (len(got) == 1) != (why == "") {
			t.Errorf("%+v: shows %v, %q", test, got, e.Unseen()())
		}
	}
}

// After a start that failed with folders there is one without.
func TestWithoutFolders(t *testing.T) {
	e := &Engine{kind: Container, opts: Options{Folders: []Folder{{Host: t.TempDir(), Name: "data"}}}}
	refused := errors.New("mounts denied")
	if e.WithoutFolders(refused) {
		t.Error("before a start")
	}
	if e.shown = e.foldersToShow(t.Context()); len(e.shown) != 1 || !strings.Contains(strings.Join(e.run("TAG"), " "), "--allow-dir=/host/data") {
		t.Fatalf("shows %v", e.shown)
	}
	if !e.WithoutFolders(refused) {
		t.Error("after a start with folders")
	}
	e.shown = e.foldersToShow(t.Context())
	if text := strings.Join(e.run("TAG"), " "); strings.Contains(text, "/host") || e.Unseen()() != "mounts denied" {
		t.Errorf("%s, because of %q", text, e.Unseen()())
	}
}

// If it fails without folders too, they were not the reason, and are shown again.
func TestBlamelessFolders(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for name, again := range map[string]func(*Engine){
		"a container that ends": func(e *Engine) { e.WithoutFolders(errors.New("no memory")) },
		"an engine that is gone": func(e *Engine) {
			if _, err := e.Start(t.Context(), func(string) {}); err == nil {
				t.Error("it has started")
			}
		},
	} {
		e := &Engine{kind: Container, opts: Options{Folders: []Folder{{Host: t.TempDir(), Name: "data"}}}}
		e.shown = e.foldersToShow(t.Context())
		if !e.WithoutFolders(errors.New("no memory")) || e.foldersToShow(t.Context()) != nil {
			t.Errorf("%s: the next start shows folders", name)
		}
		again(e)
		if len(e.foldersToShow(t.Context())) != 1 || e.Unseen()() != "" {
			t.Errorf("%s: the one after that does not, because of %q", name, e.Unseen()())
		}
	}
}

// A folder that is made or replaced later is not what the container shows.
func TestChangedFolders(t *testing.T) {
	dir := t.TempDir()
	folders := []Folder{{Host: dir + "/first", Name: "first"}, {Host: dir + "/second", Name: "second"}}
	do := func(errs ...error) {
		t.Helper()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	}
	do(os.Mkdir(folders[0].Host, 0o700))
	e := &Engine{kind: Container, opts: Options{Folders: folders}}
	e.shown = e.foldersToShow(t.Context())
	unseen := e.Unseen()
	says := func(when, folder string) {
		t.Helper()
		if got := unseen(); (got == "") != (folder == "") || !strings.HasPrefix(got, folder) {
			t.Errorf("%s: %q, want of %q", when, got, folder)
		}
	}
	says("at first", "")
	do(os.WriteFile(folders[0].Host+"/a", nil, 0o600))
	says("with a new file", "")
	do(os.Rename(folders[0].Host, dir+"/away"))
	says("when one has gone", "")
	do(os.Mkdir(folders[0].Host, 0o700))
	says("when it was replaced", folders[0].Host)
	do(os.Remove(folders[0].Host), os.Rename(dir+"/away", folders[0].Host))
	says("when it is back", "")
	do(os.Mkdir(folders[1].Host, 0o700))
	says("when the other was made", folders[1].Host)
}
