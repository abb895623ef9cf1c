package wsl

import (
	"archive/tar"
	"fmt"
	"io"
	"os"
	"time"
)

// What the distribution has besides its system; paths without the first slash.
const (
	programPath = "usr/bin/dynamic-sessions-mcp"
	endPath     = "usr/lib/dynamic-sessions-mcp/end"
	stampPath   = "usr/lib/dynamic-sessions-mcp/stamp"
	cachePath   = "cache"
	userName    = "sessions"
	userID      = 65532
)

// An addition is a file of the distribution, or a folder if its name ends with a slash.
type addition struct {
	name  string
	mode  int64
	owner int // and group
	text  string
}

// The settings are those of WslDistributionConfig.cpp and main.cpp. Of graphics and GPU the
// distribution would have folders of Windows. By the latter file nothing appears in the
// Start menu and in Windows Terminal.
var additions = []addition{
	{name: "etc/wsl.conf", mode: 0o644, text: `[automount]
enabled=false
mountFsTab=false
ldconfig=false
[interop]
enabled=false
appendWindowsPath=false
[gpu]
enabled=false
appendLibPath=false
[general]
guiApplications=false
[boot]
systemd=false
[user]
default=` + userName + "\n"},
	{name: "etc/wsl-distribution.conf", mode: 0o644, text: `[shortcut]
enabled=false
[windowsterminal]
enabled=false
`},
	{name: "usr/lib/dynamic-sessions-mcp/", mode: 0o755},
	{name: endPath, mode: 0o755, text: `# end VARIABLE=VALUE: kills the pool that has this in its environment. What a pool leaves
# sees to itself: it has other arguments.
for environ in /proc/[0-9]*/environ; do
	process=${environ%/environ}
	if grep -zqxF -e "$1" "$environ" 2>/dev/null && grep -zqxF -e --stdio "$process/cmdline"; then
		kill -KILL "${process#/proc/}"
	fi
done
`},
	{name: cachePath + "/", mode: 0o700, owner: userID},
	{name: "tmp/", mode: 0o1777},
}

// accounts are the lines for the user, by the file that they are in, and the files for a
// system without.
var accounts = map[string]struct{ line, none string }{
	"etc/passwd": {fmt.Sprintf("%s:x:%d:%d::/%s:/bin/sh\n", userName, userID, userID, cachePath), "root:x:0:0:root:/root:/bin/sh\n"},
	"etc/group":  {fmt.Sprintf("%s:x:%d:\n", userName, userID), "root:x:0:\n"},
}

func add(w *tar.Writer, e addition) error {
	h := &tar.Header{Name: e.name, Mode: e.mode, Size: int64(len(e.text)), Uid: e.owner, Gid: e.owner, ModTime: time.Unix(0, 0)}
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	_, err := io.WriteString(w, e.text)
	return err
}

func (a *archive) addProgram(w *tar.Writer) error {
	f, err := os.Open(a.program)
	if err != nil {
		return fmt.Errorf("the Linux program for the sessions: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("the Linux program for the sessions: %w", err)
	}
	if err := w.WriteHeader(&tar.Header{Name: programPath, Mode: 0o755, Size: info.Size(), ModTime: time.Unix(0, 0)}); err != nil {
		return err
	}
	if _, err := io.CopyN(w, f, info.Size()); err != nil {
		return fmt.Errorf("the Linux program for the sessions: %w", err)
	}
	return nil
}
