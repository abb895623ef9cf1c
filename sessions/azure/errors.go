package azure

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"dynamic-sessions-mcp/sessions"
)

// A serviceError is why a call failed: the service refused it or did not answer. It
// wraps the domain's error, and the cause if there is one.
type serviceError struct {
	Op      string // what was to be done, such as "run code"
	Status  int    // of HTTP; 0 if there was no answer
	Code    string // of the service; "" if it gave none
	Message string // of the service, shortened
	TraceID string // with which the service's owner finds the call; may be ""
	Advice  string // what it means and what to do

	kind        error
	cause       error
	foreign     bool   // something other than a pool has answered
	serviceText string // all texts of the answer
}

// Error says what happened, what the service said, and what to do.
func (e *serviceError) Error() string {
	var b strings.Builder
	if e.kind != nil {
		b.WriteString(e.kind.Error() + ": ")
	}
	switch {
	case e.Status != 0:
		fmt.Fprintf(&b, "the pool answered %d %s", e.Status, http.StatusText(e.Status))
		if e.Code != "" {
			b.WriteString(" (" + e.Code + ")")
		}
		if e.Message != "" {
			b.WriteString(": ")
		}
	case e.Message == "":
		b.WriteString("there was no answer from the pool")
	}
	b.WriteString(strings.TrimRight(e.Message, ". "))
	if e.Advice != "" {
		b.WriteString(". " + e.Advice)
	}
	if e.TraceID != "" {
		b.WriteString(" [trace " + e.TraceID + "]")
	}
	return b.String()
}

// Unwrap returns the domain's error and the cause.
func (e *serviceError) Unwrap() []error {
	var list []error
	for _, err := range []error{e.kind, e.cause} {
		if err != nil {
			list = append(list, err)
		}
	}
	return list
}

// errAfterSend is the error of a call without a usable answer.
func (p *Pool) errAfterSend(c *call, message string, cause error) *serviceError {
	e := &serviceError{Op: c.op, Message: message, kind: sessions.ErrUnavailable, cause: cause}
	return c.unsure(e, c.record.sent.Load())
}

// forLog removes from an error what the service said, which may contain the
// session's ID or the name of a file.
func forLog(err error) error {
	e, ok := errors.AsType[*serviceError](err)
	if !ok || e.Status == 0 {
		return err
	}
	brief := *e
	brief.Message, brief.serviceText = "", ""
	return &brief
}

// printable returns at most limit bytes of s, without characters that could
// disturb a terminal or a log.
func printable(s string, limit int) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "\ufffd")), " ")
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if len(s) <= limit {
		return s
	}
	cut := limit
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut] + "…"
}

// isStatus reports whether err is an Error of one of the statuses.
func isStatus(err error, statuses ...int) bool {
	e, ok := errors.AsType[*serviceError](err)
	if !ok {
		return false
	}
	for _, s := range statuses {
		if e.Status == s {
			return true
		}
	}
	return false
}
