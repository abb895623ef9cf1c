package e2etest

import (
	"os"
	"path/filepath"
	"testing"
)

// engineCommand is the command docker: an image is a file beside it, and a container is a process
// that leaves a file while it runs.
const engineCommand = `#!/bin/sh
here="$(dirname "$0")"
echo "$*" >>"$here/calls"
case "$1 $2" in
"version --format") [ ! -e "$here/hangs" ] || exec sleep 60; [ ! -e "$here/down" ] || { echo 'Cannot connect to the Docker daemon' >&2; exit 1; } ;;
"image inspect") [ -e "$here/image" ] ;;
"build --tag") [ ! -e "$here/full" ] || { echo 'no space left on device' >&2; exit 1; }; cp "$6/program" "$here/image" ;;
"rm --force") ;;
"image ls") echo dynamic-sessions-mcp-engine:mine; [ ! -e "$here/old" ] || cat "$here/old" ;;
"container ls") ;;
"image rm") rm "$here/old" ;;
"context inspect") echo unix:///var/run/docker.sock ;;
"info --format") echo '[name=rootless]' ;;
"run --rm")
	while [ "$1" != pool ]; do
		case "$1" in type=bind,*) folder="${1#*,source=}"; folder="${folder%,target=*}" ;; esac
		shift
	done
	[ -z "$folder" ] || [ ! -e "$here/denied" ] || { echo 'Mounts denied: the path is not shared' >&2; exit 125; }
	for word; do
		shift
		case "$word" in --cache-dir=*) ;; --allow-dir=*) set -- "$@" "--allow-dir=$folder" ;; *) set -- "$@" "$word" ;; esac
	done
	echo $$ >"$here/container"
	exec "$here/image" "$@"
	;;
*) echo "unknown: $*" >&2; exit 64 ;;
esac
`

// EngineFolder returns a folder, with spaces and umlauts in its path, that has a command
// docker, which starts the program without a container.
func EngineFolder(tb testing.TB) string {
	tb.Helper()
	dir := filepath.Join(tb.TempDir(), "ein Ordner für Häfen")
	if err := os.Mkdir(dir, 0o700); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "docker"), []byte(engineCommand), 0o700); err != nil {
		tb.Fatal(err)
	}
	return dir
}
