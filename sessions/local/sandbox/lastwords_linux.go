package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"
)

// lastWords is what gVisor's processes of one sandbox write before they end by
// themselves: a message, or the report of a panic. It is nowhere else, since their
// standard error is the null device. The program in the sandbox cannot write there.
type lastWords struct {
	r, w *os.File
	text tail
	end  chan struct{} // closed when nobody can write any more
}

const (
	maxLastWords = 16 << 10
	// maxLastLine bounds what is passed on.
	maxLastLine = 300
)

func openLastWords() (*lastWords, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	l := &lastWords{r: r, w: w, text: tail{max: maxLastWords}, end: make(chan struct{})}
	go l.listen()
	return l, nil
}

func (l *lastWords) listen() {
	defer close(l.end)
	_, _ = io.Copy(&l.text, l.r)
}

// path is where gVisor opens the pipe as the file for its messages.
func (l *lastWords) path() string { return fmt.Sprintf("/proc/self/fd/%d", l.w.Fd()) }

// pass leaves the pipe to those who have opened it.
func (l *lastWords) pass() { l.w.Close() }

// explain waits until the processes are gone and adds what they wrote to err.
func (l *lastWords) explain(err error) error {
	_ = l.r.SetReadDeadline(time.Now().Add(drainDelay))
	<-l.end
	l.r.Close()
	line := lastLine(l.text.String())
	switch {
	case line == "":
		return err
	case err == nil:
		return fmt.Errorf("%w: %s", errSentryFailed, line)
	default:
		return fmt.Errorf("%w: %s", err, line)
	}
}

var errSentryFailed = errors.New("the sandbox's kernel ended by itself")

// lastLine returns the one line that says why: the panic if there is one, and
// otherwise the first message, since a gofer that fails makes the sentry fail too.
// It returns "" if nothing failed.
func lastLine(text string) string {
	for line := range strings.Lines(text) {
		for _, start := range []string{"panic: ", "fatal error: ", "runtime: "} {
			if strings.HasPrefix(line, start) {
				return printable(line)
			}
		}
	}
	if i := strings.Index(text, `{"msg":`); i >= 0 {
		var message struct{ Msg string }
		if json.NewDecoder(strings.NewReader(text[i:])).Decode(&message) == nil {
			return printable(message.Msg)
		}
	}
	return "" // warnings, which end nothing
}

// printable returns the printable characters of a line, up to a limit.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, s)
	s = strings.TrimSpace(s)
	if len(s) > maxLastLine { // what was done is at the beginning, and why it failed at the end
		s = strings.ToValidUTF8(s[:maxLastLine/3], "") + "…" + strings.ToValidUTF8(s[len(s)-maxLastLine*2/3:], "")
	}
	return s
}
