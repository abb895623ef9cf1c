package sandbox

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path"
	"strconv"
	"strings"
)

// A mount is one line of /proc/self/mountinfo; see proc_pid_mountinfo(5).
type mount struct {
	id, parent int
	device     string // major:minor
	root       string // the folder of the file system that is mounted
	point      string // where, as this process sees it
	kind       string // of the file system, such as ext4
	unbindable bool
}

// mountTable reads the mounts of this process's mount namespace, each after the
// mount that it covers.
func mountTable() ([]mount, error) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return parseMounts(f)
}

func parseMounts(r io.Reader) ([]mount, error) {
	var mounts []mount
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxMountLine)
	for lines.Scan() {
		m, err := parseMount(lines.Text())
		if err != nil {
			return nil, err
		}
		mounts = append(mounts, m)
	}
	return mounts, lines.Err()
}

// maxMountLine bounds a line: overlays of many layers have long ones.
const maxMountLine = 1 << 20

func parseMount(line string) (mount, error) {
	fields := strings.Split(line, " ")
	if len(fields) < 7 {
		return mount{}, fmt.Errorf("mountinfo has the line %.200q", line)
	}
	id, err1 := strconv.Atoi(fields[0])
	parent, err2 := strconv.Atoi(fields[1])
	if err1 != nil || err2 != nil {
		return mount{}, fmt.Errorf("mountinfo has the line %.200q", line)
	}
	m := mount{id: id, parent: parent, device: fields[2], root: unescapeMount(fields[3]), point: unescapeMount(fields[4])}
	for i, field := range fields[6:] {
		if field == "-" {
			if rest := fields[6+i+1:]; len(rest) > 0 {
				m.kind = rest[0]
			}
			break
		}
		m.unbindable = m.unbindable || field == "unbindable"
	}
	return m, nil
}

// unescapeMount decodes a path of mountinfo, where spaces, tabs, line feeds and
// backslashes are three octal digits after a backslash.
func unescapeMount(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(c))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// below returns the part of name that follows dir, and whether name is below
// dir and not dir itself. Both are clean and absolute.
func below(name, dir string) (rest string, ok bool) {
	return strings.CutPrefix(name, strings.TrimSuffix(dir, "/")+"/")
}

// shownBy reports whether m shows just what its parent shows at that place, as
// when a folder is bound to itself to become read-only.
func (m mount) shownBy(parent mount) bool {
	rest, ok := below(m.point, parent.point)
	if !ok && m.point != parent.point {
		return false
	}
	return m.device == parent.device && m.root == path.Join(parent.root, rest)
}
