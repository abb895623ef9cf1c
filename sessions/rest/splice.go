package rest

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"slices"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// bigValue is the length from which a value is not copied into an answer.
const bigValue = 32 << 10

// A splice is a JSON text in which marks stand for big values. Those are written
// where their marks are when the answer is: encoding/json would have several
// copies of them in memory at a time.
type splice struct {
	text   []byte
	values []spliced // in any order
}

// A spliced value is one that its mark stands for. The mark is unguessable, so
// that nothing else in the text looks like it.
type spliced struct {
	mark  string
	json  []byte // a value as it is
	bytes []byte // or bytes of which the value is the base64
}

func (v *spliced) size() int64 {
	if v.bytes == nil {
		return int64(len(v.json))
	}
	return int64(base64.StdEncoding.EncodedLen(len(v.bytes))) + 2
}

func (v *spliced) write(w io.Writer) error {
	if v.bytes == nil {
		_, err := w.Write(v.json)
		return err
	}
	quote := []byte{'"'}
	if _, err := w.Write(quote); err != nil {
		return err
	}
	e := base64.NewEncoder(base64.StdEncoding, w)
	if _, err := e.Write(v.bytes); err != nil {
		return err
	}
	if err := e.Close(); err != nil {
		return err
	}
	_, err := w.Write(quote)
	return err
}

// mark adds a value and returns the bytes whose base64 is its mark.
func (s *splice) mark(v spliced) []byte {
	token := make([]byte, 24)
	rand.Read(token) // never fails: crypto/rand ends the program instead
	v.mark = `"` + base64.StdEncoding.EncodeToString(token) + `"`
	s.values = append(s.values, v)
	return token
}

// raw returns what stands for a JSON value.
func (s *splice) raw(value json.RawMessage) json.RawMessage {
	if len(value) < bigValue {
		return value
	}
	s.mark(spliced{json: value})
	return json.RawMessage(s.values[len(s.values)-1].mark)
}

// details returns what stands for details.
func (s *splice) details(d *wire.Details) *wire.Details {
	if d == nil {
		return nil
	}
	for i, forms := range d.Displays {
		if forms == nil {
			continue
		}
		d.Displays[i] = s.forms(forms)
	}
	d.Late = slices.Clone(d.Late)
	for i := range d.Late {
		d.Late[i] = s.late(d.Late[i])
	}
	return d
}

// late returns what stands for the output of an earlier execution.
func (s *splice) late(l sessions.LateOutput) sessions.LateOutput {
	l.Displays = slices.Clone(l.Displays)
	for i, d := range l.Displays {
		l.Displays[i] = sessions.Display{Data: s.forms(d.Data)}
	}
	return l
}

// forms returns what stands for the forms of a display.
func (s *splice) forms(forms map[string][]byte) map[string][]byte {
	short := make(map[string][]byte, len(forms))
	for kind, form := range forms {
		if len(form) >= bigValue {
			form = s.mark(spliced{bytes: form})
		}
		short[kind] = form
	}
	return short
}

// encode makes the text of an answer in which marks are.
func (s *splice) encode(answer any) (err error) {
	s.text, err = marshal(wire.Numbered(answer))
	return err
}

// size is the length of the whole.
func (s *splice) size() int64 {
	n := int64(len(s.text))
	for i := range s.values {
		n += s.values[i].size() - int64(len(s.values[i].mark))
	}
	return n
}

// writeTo writes the whole.
func (s *splice) writeTo(w io.Writer) error {
	text := s.text
	for len(text) > 0 {
		at, next := len(text), -1
		for i := range s.values {
			if found := bytes.Index(text[:at], []byte(s.values[i].mark)); found >= 0 {
				at, next = found, i
			}
		}
		if _, err := w.Write(text[:at]); err != nil {
			return err
		}
		if next < 0 {
			return nil
		}
		text = text[at+len(s.values[next].mark):]
		if err := s.values[next].write(w); err != nil {
			return err
		}
	}
	return nil
}

// body is the whole.
func (s *splice) body() []byte {
	var b bytes.Buffer
	b.Grow(int(s.size()))
	_ = s.writeTo(&b) // a buffer takes everything
	return b.Bytes()
}
