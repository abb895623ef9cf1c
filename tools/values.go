package tools

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/prose"
)

// stringValue decodes a JSON string. It refuses a lone surrogate and bytes that are
// not UTF-8: encoding/json would silently replace them by U+FFFD, and other code
// would run than was sent.
func stringValue(name string, raw json.RawMessage) (string, error) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", mistake.Errorf("The argument %s is %s and must be a string.", name, kind(raw))
	}
	if !utf8.Valid(raw) {
		return "", mistake.Errorf("The argument %s is not valid UTF-8. Send text as UTF-8, and other bytes as base64 with upload_file.", name)
	}
	if at := loneSurrogate(raw); at != "" {
		return "", mistake.Errorf("The argument %s contains %s, half of a surrogate pair, which is not a character. "+
			"Send both halves or omit it; a Python string can hold it as an escape, which is \\\\%s in JSON.", name, at, at[1:])
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", malformed(err)
	}
	return s, nil
}

// loneSurrogate returns the first escape in the JSON string raw that is half of
// a surrogate pair without the other half, such as \ud800, or "".
func loneSurrogate(raw []byte) string {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		unit, ok := codeUnit(raw[i:])
		switch {
		case !ok:
			i++ // the escaped byte, which may be a backslash itself
		case unit >= 0xDC00 && unit <= 0xDFFF:
			return string(raw[i : i+6])
		case unit >= 0xD800 && unit <= 0xDBFF:
			low, ok := codeUnit(raw[i+6:])
			if !ok || low < 0xDC00 || low > 0xDFFF {
				return string(raw[i : i+6])
			}
			i += 11
		default:
			i += 5
		}
	}
	return ""
}

// codeUnit reads an escape such as \u00e9 at the start of b.
func codeUnit(b []byte) (uint64, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return unit, err == nil
}

// booleanValue decodes true or false, or a text that says so. A blank text is false,
// as if the argument was not given.
func booleanValue(name string, raw json.RawMessage) (bool, error) {
	switch strings.ToLower(strings.Trim(string(raw), "\" ")) {
	case "true":
		return true, nil
	case "false", "":
		return false, nil
	}
	return false, mistake.Errorf("The argument %s is %s. Give true or false, or leave it out.", name, prose.Line(string(raw), 40))
}

// secondsValue decodes a whole number of seconds: 30, 30.0 or "30". A blank text is
// 0, as if the argument was not given. More than most is refused, not cut: a caller that
// counts on more time than it gets would lose the run.
func secondsValue(name string, raw json.RawMessage, most time.Duration) (time.Duration, error) {
	maxSeconds := int(most / time.Second)
	wrong := func(why string) (time.Duration, error) {
		return 0, mistake.Errorf("The argument %s %s. Give a whole number of seconds from 1 to %d, such as %d, or leave it out.",
			name, why, maxSeconds, min(30, maxSeconds))
	}
	text := string(bytes.TrimSpace(raw))
	switch {
	case text == "":
		return wrong("is empty")
	case text[0] == '"':
		s, err := stringValue(name, raw)
		if err != nil {
			return 0, err
		}
		text = strings.TrimSpace(s)
		if text == "" {
			return 0, nil
		}
		if !decimal(text) {
			return wrong("is the text " + strconv.Quote(prose.Line(s, 40)))
		}
	case text[0] != '-' && (text[0] < '0' || text[0] > '9'):
		return wrong("is " + kind(raw))
	}
	n, err := strconv.ParseFloat(text, 64)
	shown := prose.Line(text, 40)
	switch {
	case err != nil && !math.IsInf(n, 0):
		return wrong("is " + shown)
	case n < 1:
		return wrong("is " + shown + ", which is too short")
	case n > float64(maxSeconds):
		return wrong("is " + shown + "; the maximum is " + strconv.Itoa(maxSeconds) + " s")
	case n != math.Trunc(n):
		return wrong("is " + shown)
	}
	return time.Duration(n) * time.Second, nil
}

// decimal reports whether s is written as JSON and people write numbers; not
// "0x1e", "1_000", "inf" and whatever else ParseFloat takes.
func decimal(s string) bool {
	return strings.ContainsAny(s, "0123456789") && strings.Trim(s, "+-.0123456789eE") == ""
}

// kind names the type of a JSON value as a model knows it.
func kind(raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return "nothing"
	}
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean (" + prose.Line(string(raw), 5) + ")"
	case 'n':
		return "null"
	default:
		return "a number (" + prose.Line(string(raw), 20) + ")"
	}
}
