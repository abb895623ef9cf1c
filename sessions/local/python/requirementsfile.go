package python

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// A requirementsFile is a file of the user's with packages that are added to those of the
// embedded interpreter. Its format is pip's.
type requirementsFile struct {
	path string
	text []byte
}

// maxRequirements bounds the file: a package with thirty hashes takes 3 kB.
const maxRequirements = 4 << 20

// readRequirements reads a file and checks that it locks every package that it names.
func readRequirements(path string) (requirementsFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return requirementsFile{}, fmt.Errorf("%w: %w", errRequirements, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxRequirements+1))
	if err != nil {
		return requirementsFile{}, fmt.Errorf("%w: %w", errRequirements, err)
	}
	r := requirementsFile{path, text}
	return r, r.check()
}

// howToLock says how such a file is made.
const howToLock = "make the file with: uv pip compile --generate-hashes --python-version 3.14 INPUT.txt"

var (
	// locks is a requirement of one version, or of one file, without its hashes.
	locks = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(\[[^\]]*\])?\s*(===?\s*[^\s,;*]+\s*(;|$)|@\s*\S+)`)
	hash  = regexp.MustCompile(`\s--hash[= ](sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})(\s|$)`)
	// comment is what pip takes for one.
	comment = regexp.MustCompile(`(^|\s+)#.*$`)
)

// check reports the first line that locks nothing.
func (r requirementsFile) check() error {
	if len(r.text) > maxRequirements {
		return r.wrong(0, "it is larger than 4 MiB, and so no list of packages")
	}
	if bytes.IndexByte(r.text, 0) >= 0 {
		return r.wrong(0, "it is no text")
	}
	found := false
	for first, line := range r.lines() {
		words, hashes, _ := strings.Cut(line, " --hash")
		words = strings.TrimSpace(words)
		switch {
		case line == "":
			continue
		case strings.HasPrefix(line, "-"):
			if why := refusedOption(line); why != "" {
				return r.wrong(first, why)
			}
			continue
		case !locks.MatchString(words):
			return r.wrong(first, fmt.Sprintf("%s names no single version (NAME==VERSION); %s", quoted(words), howToLock))
		case hashes == "":
			return r.wrong(first, fmt.Sprintf("%s has no hash; %s", quoted(words), howToLock))
		case !hash.MatchString(line):
			return r.wrong(first, fmt.Sprintf("the hash of %s is not one of SHA-256; %s", quoted(words), howToLock))
		}
		found = true
	}
	if !found {
		return r.wrong(0, "it names no package; "+howToLock)
	}
	return nil
}

// lines returns the lines of the file by the number of their first part: without
// comments, and with those joined that end in a backslash.
func (r requirementsFile) lines() func(func(int, string) bool) {
	return func(yield func(int, string) bool) {
		var joined strings.Builder
		first, n := 1, 0
		for text := range strings.Lines(string(r.text)) {
			n++
			if joined.Len() == 0 {
				first = n
			}
			text = strings.TrimRight(text, "\r\n")
			if strings.HasPrefix(strings.TrimSpace(text), "#") {
				text = ""
			}
			if part, more := strings.CutSuffix(text, `\`); more {
				joined.WriteString(part + " ")
				continue
			}
			joined.WriteString(text)
			line := strings.TrimSpace(comment.ReplaceAllString(joined.String(), ""))
			joined.Reset()
			if !yield(first, line) {
				return
			}
		}
		if joined.Len() > 0 {
			yield(first, strings.TrimSpace(comment.ReplaceAllString(joined.String(), "")))
		}
	}
}

// refusedOption says why an option cannot stand in the file, "" if it can.
func refusedOption(line string) string {
	option, _, _ := strings.Cut(strings.Fields(line)[0], "=")
	switch option {
	case "-r", "--requirement", "-c", "--constraint":
		return option + " leads to another file; put all packages into this one"
	case "-e", "--editable":
		return option + " names a folder that may change; build a wheel of it and name that with its hash"
	case "--no-binary":
		return option + " has programs of others run at setup; only wheels are installed"
	}
	return ""
}

func quoted(s string) string { return fmt.Sprintf("%.80q", s) }

// wrong is the error of a line, or of the file for line 0.
func (r requirementsFile) wrong(line int, why string) error {
	if line == 0 {
		return fmt.Errorf("%w: %s: %s", errRequirements, r.path, why)
	}
	return fmt.Errorf("%w: %s, line %d: %s", errRequirements, r.path, line, why)
}

// write writes the file to the folder dir, as it was read, and returns its path.
func (r requirementsFile) write(dir string) (string, error) {
	path := filepath.Join(dir, "added.txt")
	return path, os.WriteFile(path, r.text, 0o600)
}

// failure says why pip did not install the packages.
func (r requirementsFile) failure(t *transcript) error {
	switch {
	case t.mismatch != "" || t.expect:
		return fmt.Errorf("%w: the hash of %s is not in %s: the package index, or a proxy on the way to it, has another file than the one that was locked. "+
			"The package was not used. Lock it again if you trust the index: uv pip compile --generate-hashes --upgrade-package NAME", errHashMismatch, t.mismatch, r.path)
	case t.unpinned:
		return fmt.Errorf("%w: %s lacks what its packages require (%s); %s", errRequirements, r.path, clip(t.last), howToLock)
	case t.missing != "" && t.listed:
		return fmt.Errorf("%w: %s: the package index has no wheel of %s for Python %s on this system", errRequirements, r.path, t.missing, embeddedVersion)
	case t.network == "" && t.refused == "" && t.missing == "" && !t.full && !strings.Contains(t.last, noBundle):
		return fmt.Errorf("%w: %s: pip says: %s", errRequirements, r.path, clip(t.last))
	}
	err := t.failure()
	if errors.Is(err, errNoNetwork) || errors.Is(err, errNoSpace) {
		return fmt.Errorf("the packages of %s: %w", r.path, err)
	}
	return err
}
