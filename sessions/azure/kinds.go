package azure

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// shellMarks are what a pool of Shell sessions says, in lower case, of a request
// that has code in it instead of a command.
var shellMarks = []string{"shellcommand", "execcommandandargs", "shell execution", "shell session", "shell pool"}

// ofShell reports whether e refuses code since the pool takes commands.
func (e *serviceError) ofShell() bool {
	all := strings.ToLower(e.serviceText)
	return e.Status == http.StatusBadRequest && slices.ContainsFunc(shellMarks, func(mark string) bool { return strings.Contains(all, mark) })
}

// names reports whether e is about a property of the request.
func (e *serviceError) names(property string) bool {
	return strings.Contains(strings.ToLower(e.serviceText), strings.ToLower(property))
}

// otherKind returns err, or what it means that a pool takes code in neither
// shape.
func otherKind(err error) error {
	e, ok := errors.AsType[*serviceError](err)
	if !ok || e.Status != http.StatusBadRequest || e.kind != sessions.ErrInvalidRequest ||
		e.Code != wire.CodePropertiesMissing && e.Code != wire.CodeNotSupported {
		return err
	}
	e.kind = sessions.ErrNotPython
	e.Advice = "The pool accepts code in neither of Azure's two forms, so it is most likely of another type, such as Shell. Nothing was run. " + wantPython
	return e
}

// javaScript are the marks of an exception of Node.js, in whose pools most
// Python is no program.
var javaScript = regexp.MustCompile(`evalmachine\.<anonymous>|\(node:(?:internal|vm)\b|\bat node:|` +
	`(?m:^(?:Uncaught )?ReferenceError: \S+ is not defined$|^(?:Uncaught )?SyntaxError: (?:Unexpected|Invalid or unexpected|Cannot use import|missing \) after|await is only valid|Invalid regular expression)|^\s+at .+:\d+:\d+\)?$)`)

// notPython returns an error if code failed in a way in which Python does not
// fail: every exception of Python comes with the place in the code.
func notPython(c *call, status, stderr string) error {
	if succeeded(status) || !javaScript.MatchString(stderr) {
		return nil
	}
	lines := strings.Split(colours.ReplaceAllString(stderr, ""), "\n")
	if slices.ContainsFunc(lines, func(l string) bool { return header.MatchString(l) || place.MatchString(l) }) {
		return nil
	}
	_, last := lastLine(stderr)
	for _, line := range lines {
		if name, _, ok := strings.Cut(line, ":"); ok && strings.HasSuffix(name, "Error") {
			last = line
			break
		}
	}
	return &serviceError{
		Op: c.op, Status: http.StatusOK, Message: "the pool ran the code as JavaScript, which failed with " + printable(last, 200),
		Advice: "The pool has Node.js sessions (container type NodeLTS). " + wantPython,
		kind:   sessions.ErrNotPython,
	}
}
