package kernel

import (
	"encoding/json"
	"unicode"
	"unicode/utf8"

	"dynamic-sessions-mcp/sessions"
)

// What is believed of what a kernel says that the code has.
const (
	maxNamed    = 8
	maxNameSize = 160 // bytes
	maxAxes     = 8
)

// contents are what a kernel says that the code has in its namespace.
type contents struct {
	Named []namedValue `json:"named"`
	More  int          `json:"more"`
}

// A namedValue is [name, type, [size, …]].
type namedValue struct{ sessions.Variable }

// UnmarshalJSON reads the list.
func (v *namedValue) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&v.Name, &v.Type, &v.Shape})
}

// variables returns what there is to tell of the contents, without what no kernel says
// that nobody has changed. It is nil if there are none.
func (c *contents) variables() *sessions.Variables {
	if c == nil {
		return nil
	}
	v := &sessions.Variables{More: max(c.More, 0)}
	for _, one := range c.Named {
		if len(v.Named) < maxNamed && isName(one.Name) && isName(one.Type) && isShape(one.Shape) {
			v.Named = append(v.Named, one.Variable)
		} else {
			v.More++
		}
	}
	return v
}

// isName reports whether s can be a name in Python. Nothing else can stand in its place
// in a sentence.
func isName(s string) bool {
	if s == "" || len(s) > maxNameSize || !utf8.ValidString(s) {
		return false
	}
	for i, r := range s {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Mc, r)) {
			return false
		}
	}
	return true
}

func isShape(shape []int64) bool {
	for _, n := range shape {
		if n < 0 {
			return false
		}
	}
	return len(shape) <= maxAxes
}
