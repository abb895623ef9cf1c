package wsl

import (
	"archive/tar"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// maxAccounts is how large a file of accounts may be, in bytes.
const maxAccounts = 1 << 20

// copySystem copies the entries of the system's archive. Devices are the kernel's, and
// some files are WSL's.
func (a *archive) copySystem(w *tar.Writer, over bool) error {
	f, err := os.Open(a.system)
	if err != nil {
		return fmt.Errorf("the system for the distribution of WSL: %w. %s", err, takeSystem)
	}
	defer f.Close()
	c := copying{w: w, over: over, machine: a.machine, without: map[string]bool{}}
	for name := range accounts {
		c.without[name] = true
	}
	if err := c.all(f); err != nil {
		return fmt.Errorf("%s: %w. %s", a.system, err, takeSystem)
	}
	return nil
}

// copying is a system that is being copied.
type copying struct {
	w       *tar.Writer
	over    bool
	machine machine
	known   bool            // that its programs are for the machine
	shell   bool            // was there
	without map[string]bool // files of accounts that were not there
}

func (c *copying) all(file io.Reader) error {
	plain, err := uncompressed(file)
	if err != nil {
		return err
	}
	whole := &ending{r: plain}
	for r := tar.NewReader(whole); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = c.entry(h, r)
		}
		if err != nil {
			return err
		}
	}
	if err := whole.check(); err != nil {
		return err
	}
	if !c.shell || !c.known {
		return errors.New("it is no archive of a Linux system: it has no /bin/sh")
	}
	for name := range c.without {
		if err := add(c.w, addition{name: name, mode: 0o644, text: accounts[name].none + accounts[name].line}); err != nil {
			return err
		}
	}
	return nil
}

func (c *copying) entry(h *tar.Header, content io.Reader) error {
	name := path.Clean("/" + h.Name)[1:]
	if name == "bin/sh" || name == "usr/bin/sh" {
		c.shell = true
	}
	e := &tar.Header{Typeflag: h.Typeflag, Name: name, Mode: h.Mode, Uid: h.Uid, Gid: h.Gid, ModTime: h.ModTime, PAXRecords: attributes(h)}
	switch h.Typeflag {
	case tar.TypeDir:
		e.Name += "/"
	case tar.TypeReg, tar.TypeGNUSparse:
		e.Typeflag, e.Size = tar.TypeReg, h.Size
	case tar.TypeSymlink:
		e.Linkname = h.Linkname
	case tar.TypeLink:
		e.Linkname = path.Clean("/" + h.Linkname)[1:]
	default:
		return nil
	}
	if name == "" || c.leftOut(name) {
		return nil
	}
	if lines, ok := accounts[name]; ok && e.Typeflag == tar.TypeReg {
		delete(c.without, name)
		return c.account(e, content, lines.line)
	}
	return c.copy(e, content)
}

func (c *copying) copy(e *tar.Header, content io.Reader) error {
	if e.Typeflag == tar.TypeReg && !c.known {
		b := bufio.NewReaderSize(content, 512)
		head, _ := b.Peek(machineEnd)
		if m, ok := parseMachine(head); ok {
			if m != c.machine {
				return fmt.Errorf("it is for another processor (%v) than the Linux program (%v)", m, c.machine)
			}
			c.known = true
		}
		content = b
	}
	if err := c.w.WriteHeader(e); err != nil {
		return err
	}
	_, err := io.CopyN(c.w, content, e.Size)
	return err
}

// account copies a file of accounts with a line more, if it is not in there.
func (c *copying) account(e *tar.Header, content io.Reader, line string) error {
	if e.Size > maxAccounts {
		return fmt.Errorf("%s has %d bytes", e.Name, e.Size)
	}
	text, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		text = append(text, '\n')
	}
	if !bytes.Contains(append([]byte("\n"), text...), []byte("\n"+userName+":")) {
		text = append(text, line...)
	}
	e.Size = int64(len(text))
	return c.copy(e, bytes.NewReader(text))
}

// attributes are the extended ones of an entry.
func attributes(h *tar.Header) map[string]string {
	var kept map[string]string
	for key, value := range h.PAXRecords {
		if strings.HasPrefix(key, "SCHILY.xattr.") {
			if kept == nil {
				kept = map[string]string{}
			}
			kept[key] = value
		}
	}
	return kept
}

// leftOut reports whether an entry is not copied: what is added, what WSL writes when the
// distribution starts, and in one that runs what is mounted and what is in use.
func (c *copying) leftOut(name string) bool {
	switch name {
	case "etc/wsl.conf", "etc/wsl-distribution.conf", "etc/resolv.conf", "etc/hosts", "etc/hostname", programPath, endPath, stampPath:
		return true
	}
	top, _, below := strings.Cut(name, "/")
	switch top {
	case cachePath:
		return true
	case "dev", "proc", "sys", "run":
		return below || c.over
	case "mnt", "tmp":
		return c.over
	}
	return false
}
