package childpool

import (
	"io"
	"strings"
	"sync"
	"unicode"

	"dynamic-sessions-mcp/sessions/brief"
)

// maxTail is how much is kept of what a child says, in bytes.
const maxTail = 500

// tail keeps the end of what is written, and passes all of it on.
type tail struct {
	also io.Writer // may be nil

	mu   sync.Mutex
	text []byte
}

// Write never fails: a log that is gone is no reason to end.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if cut := len(t.text) - 2*maxTail; cut > 0 {
		t.text = append([]byte(nil), t.text[cut:]...)
	}
	if t.also != nil {
		_, _ = t.also.Write(p)
	}
	return len(p), nil
}

// String returns the end in one line. wsl.exe writes UTF-16, whose NULs are left out.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(withoutLog(string(t.text)), ""))
	return brief.End(text, maxTail)
}

// withoutLog leaves out the lines of the program's own log, which are JSON: why a child
// has ended is said in others.
func withoutLog(text string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "{") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}
