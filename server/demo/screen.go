package demo

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

// maxShown is how many bytes of a text are shown.
const maxShown = 1200

// A screen shows the conversation and counts what was checked.
type screen struct {
	to       io.Writer
	images   int
	right    int
	heard    string // the scenario that is under way
	problems []string
}

func (s *screen) printf(format string, args ...any) { fmt.Fprintf(s.to, format, args...) }

// bold returns text that stands out on a terminal.
func (s *screen) bold(text string) string {
	file, ok := s.to.(*os.File)
	if !ok {
		return text
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return text
	}
	return "\x1b[1m" + text + "\x1b[0m"
}

func (s *screen) heading(title string) {
	s.heard = title
	s.printf("\n%s\n", s.bold(title))
}

// call shows what the agent asks for.
func (s *screen) call(tool string, args map[string]any) {
	if code, ok := args["code"].(string); ok && len(args) == 1 {
		s.printf("  ▶ %s\n%s", tool, indent("    >>> ", code))
		return
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(args)) {
		parts = append(parts, fmt.Sprintf("%s=%.100q", name, fmt.Sprint(args[name])))
	}
	s.printf("  ▶ %s(%s)\n", tool, strings.Join(parts, ", "))
}

// text shows a block of an answer.
func (s *screen) text(text string) {
	if len(text) > maxShown {
		text = strings.ToValidUTF8(text[:maxShown], "") + " …"
	}
	s.printf("%s", indent("    ", strings.TrimRight(text, "\n")))
}

func (s *screen) took(failed bool, took time.Duration) {
	how := "answered"
	if failed {
		how = "answered with an error"
	}
	s.printf("    (%s after %s)\n", how, took.Round(100*time.Microsecond))
}

// check counts an expectation and shows it.
func (s *screen) check(ok bool, format string, args ...any) {
	if !ok {
		s.wrong("expected: "+format, args...)
		return
	}
	s.right++
	s.printf("  ✓ %s\n", fmt.Sprintf(format, args...))
}

func (s *screen) wrong(format string, args ...any) {
	problem := fmt.Sprintf(format, args...)
	s.problems = append(s.problems, s.heard+": "+problem)
	s.printf("  ✗ %s\n", problem)
}

// summary lists what was wrong. The error is nil if nothing was.
func (s *screen) summary(out string, took time.Duration) error {
	s.printf("  %d checks passed, %d failed, in %.1f s.\n", s.right, len(s.problems), took.Seconds())
	s.printf("  %d images and the downloads are in %s\n", s.images, out)
	if len(s.problems) == 0 {
		return nil
	}
	s.printf("\n  What was wrong:\n")
	for _, problem := range s.problems {
		s.printf("%s", indent("  - ", problem))
	}
	return errors.New("the demonstration found wrong answers, listed above")
}

// indent puts prefix before each line; if it is a bullet, before the first only,
// and space before the others.
func indent(prefix, text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		b.WriteString(strings.TrimRight(prefix+line, " ") + "\n")
		if strings.TrimSpace(prefix) == "-" {
			prefix = strings.Repeat(" ", len(prefix))
		}
	}
	return b.String()
}
