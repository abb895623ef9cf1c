package engine

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	usedNow  = repository + ":0000000000000001"
	unused   = repository + ":0000000000000002"
	running  = repository + ":0000000000000003"
	justUsed = repository + ":0000000000000004" // by a container that appears after the list
	latest   = repository + ":000000000000000a" // of those that nothing uses
)

// Images of earlier versions go but for the latest, and nothing else: neither those that
// containers use nor what others have made, whatever it is called.
func TestRemoveOld(t *testing.T) {
	for _, where := range []string{"", "localhost/", "docker.io/library/"} {
		t.Run("names with "+where, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("PATH", dir+":/usr/bin:/bin")
			put(t, dir, "docker", `
case "$1 $2" in
"image ls") cat "`+dir+`/images" ;;
"container ls") echo 'debian:trixie'; echo '`+where+running+`' ;;
"image rm") [ "$3" != `+justUsed+` ] || { echo 'conflict: a container uses it' >&2; exit 1; }; echo "$3" >>"`+dir+`/removed" ;;
*) exit 64 ;;
esac`)
			others := []string{
				repository + ":mine", repository + ":latest", repository + "-2:0000000000000005", "example.com/" + repository + ":0000000000000006",
				repository + ":00000000000000070", "my" + repository + ":0000000000000008", "<none>:<none>", "debian:0000000000000009",
			}
			names := slices.Concat(others, []string{where + running, where + usedNow, where + latest, where + unused, where + running, where + justUsed, where + unused})
			if err := os.WriteFile(filepath.Join(dir, "images"), []byte(strings.Join(names, "\n")+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			e := &Engine{kind: Docker}
			if removed, err := e.RemoveOld(t.Context()); removed != nil || err != nil {
				t.Errorf("before a start: %v, %v", removed, err)
			}
			e.tag = usedNow
			removed, err := e.RemoveOld(t.Context())
			if !slices.Equal(removed, []string{unused}) || err == nil || err.Error() != "removing "+justUsed+": conflict: a container uses it" {
				t.Errorf("removed %v, %v", removed, err)
			}
			if did, err := os.ReadFile(filepath.Join(dir, "removed")); string(did) != unused+"\n" {
				t.Errorf("the engine removed %q, %v", did, err)
			}
		})
	}
}

// Without an answer of the engine nothing is removed.
func TestRemoveOldUnanswered(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	e := &Engine{kind: Podman, tag: usedNow}
	for script, want := range map[string]string{
		"echo 'no daemon' >&2; exit 1": "listing the images of Podman: no daemon",
		`[ "$1" = image ] || { echo 'no rights' >&2; exit 1; }; [ "$2" = ls ] || touch "` + dir + `/removed"; printf "%s\\n" ` + unused + ` ` + latest: "listing the containers of Podman: no rights",
	} {
		put(t, dir, "podman", script)
		if removed, err := e.RemoveOld(t.Context()); removed != nil || err == nil || err.Error() != want {
			t.Errorf("%v, %v, want %s", removed, err, want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "removed")); err == nil {
		t.Error("an image was removed")
	}
}

// Another program or base image has another image.
func TestTag(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"one": "1", "two": "2"} {
		put(t, dir, name, text)
	}
	tags := map[string]bool{}
	for _, program := range []string{"one", "two"} {
		for _, base := range []string{"debian", "ubuntu"} {
			tag, err := tagOf(filepath.Join(dir, program), base)
			if err != nil || !ours.MatchString(tag) {
				t.Errorf("%s, %v", tag, err)
			}
			tags[tag] = true
		}
	}
	if len(tags) != 4 {
		t.Errorf("%d images: %v", len(tags), tags)
	}
}
