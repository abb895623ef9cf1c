// Package hostpath knows how people and models write paths of the user's computer:
//
//	hostpath.Native("/mnt/c/Users/ada/a.csv")  // C:\Users\ada\a.csv on Windows
//	hostpath.Native(`C:\Users\ada\a.csv`)      // /mnt/c/Users/ada/a.csv in WSL
//	hostpath.Example("data")                   // /home/you/data, C:\Users\you\data
//
// WSL, Git Bash and Cygwin have drives of Windows among their folders. Whoever thinks
// of one of them writes a path that this system does not have, and means a drive all
// the same. A path is only spelled in another way: what may be opened is for package
// hostfs.
package hostpath

import (
	"os"
	"runtime"
	"strings"
)

const onWindows = runtime.GOOS == "windows"

// Native returns a path as this system writes it: on Windows that of a drive, where it
// is written as in WSL, Git Bash or Cygwin, or with the prefix \\?\; elsewhere, where
// drives of Windows are in /mnt as in WSL, the path there. Any other is returned as
// it is.
func Native(path string) string {
	if onWindows {
		return toWindows(path)
	}
	return toMount(path, "/mnt")
}

// Example is the path of a file or a folder in somebody's home folder, for texts that
// say what is expected.
func Example(name string) string {
	if onWindows {
		return `C:\Users\you\` + strings.ReplaceAll(name, "/", `\`)
	}
	return "/home/you/" + name
}

// Short is [Example] as people write it who have a shell: ~/data.
func Short(name string) string {
	if onWindows {
		return Example(name)
	}
	return "~/" + name
}

// toMount returns the path of a drive of Windows that is in the folder mounts.
func toMount(path, mounts string) string {
	drive, rest, ok := cutDrive(withoutPrefix(path))
	if !ok {
		return path
	}
	mount := mounts + "/" + strings.ToLower(drive)
	if info, err := os.Stat(mount); err != nil || !info.IsDir() {
		return path
	}
	return mount + strings.ReplaceAll(rest, `\`, "/")
}

// toWindows returns the path of Windows that a path means.
func toWindows(path string) string {
	plain := withoutPrefix(path)
	if drive, rest, ok := cutDrive(plain); ok {
		return strings.ToUpper(drive) + ":" + backslashed(rest)
	}
	if drive, rest, ok := cutMount(plain); ok {
		return strings.ToUpper(drive) + ":" + backslashed(rest)
	}
	return plain
}

// withoutPrefix returns a path without what turns the parsing of Windows off: \\?\ and,
// before a drive, \\.\ and \??\. Other paths that begin like this are devices.
func withoutPrefix(path string) string {
	const length = len(`\\?\`)
	if len(path) < length {
		return path
	}
	rest := path[length:]
	switch strings.ReplaceAll(path[:length], "/", `\`) {
	case `\\?\`, `\\.\`, `\??\`:
		if share, ok := cutFold(backslashed(rest), `UNC\`); ok {
			return `\\` + share
		}
		if _, _, ok := cutDrive(rest); ok {
			return rest
		}
	}
	return path
}

// cutDrive cuts C:\x, C:/x and, as in URLs, /C:/x, after the colon.
func cutDrive(path string) (drive, rest string, ok bool) {
	if len(path) > 2 && isSeparator(path[0]) && path[2] == ':' {
		path = path[1:]
	}
	if len(path) < 3 || !isLetter(path[0]) || path[1] != ':' || !isSeparator(path[2]) {
		return "", "", false
	}
	return path[:1], path[2:], true
}

// cutMount cuts /mnt/c/x (WSL), /cygdrive/c/x (Cygwin) and /c/x (Git Bash) after the
// letter of the drive.
func cutMount(path string) (drive, rest string, ok bool) {
	if path == "" || !isSeparator(path[0]) {
		return "", "", false
	}
	below := path
	for _, dir := range []string{`\mnt\`, `\cygdrive\`} {
		if after, found := cutFold(backslashed(path), dir); found {
			below = `\` + after
			break
		}
	}
	if len(below) < 2 || !isLetter(below[1]) || len(below) > 2 && !isSeparator(below[2]) {
		return "", "", false
	}
	if rest = below[2:]; rest == "" {
		rest = `\`
	}
	return below[1:2], rest, true
}

// cutFold is [strings.CutPrefix] whatever case the letters have.
func cutFold(s, prefix string) (after string, found bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

func backslashed(path string) string { return strings.ReplaceAll(path, "/", `\`) }

func isSeparator(c byte) bool { return c == '/' || c == '\\' }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
