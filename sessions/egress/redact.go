package egress

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A form is a text that a session must not see, and what it sees instead.
type form struct{ text, instead string }

// formsOf returns the forms in which a host may send back the secrets of a session: as it
// got them, and as they are written in addresses, JSON, HTML and base64. The longest come
// first.
func formsOf(own []held, more []form) []form {
	forms := slices.Clone(more)
	for _, h := range own {
		value := *h.value
		for _, text := range []string{value, url.QueryEscape(value), url.PathEscape(value), inJSON(value, true), inJSON(value, false), html.EscapeString(value)} {
			forms = append(forms, form{text, h.placeholder})
		}
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			for before := range 3 {
				forms = append(forms, form{inBase64(encoding, value, before), h.placeholder})
			}
		}
	}
	slices.SortStableFunc(forms, func(a, b form) int { return cmp.Compare(len(b.text), len(a.text)) })
	seen := map[string]bool{"": true}
	return slices.DeleteFunc(forms, func(f form) bool {
		again := seen[f.text]
		seen[f.text] = true
		return again
	})
}

func inJSON(value string, escapeHTML bool) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(escapeHTML)
	if e.Encode(value) != nil {
		return ""
	}
	return strings.TrimSuffix(b.String()[1:], "\"\n")
}

// inBase64 returns the characters that a value alone decides in the base64 of a text that
// has so many bytes before it, modulo 3.
func inBase64(encoding *base64.Encoding, value string, before int) string {
	all := encoding.EncodeToString(append(make([]byte, before), value...))
	first, last := (before*8+5)/6, (before+len(value))*8/6
	return all[first:last]
}

// redactHeader replaces forms in the values of headers.
func redactHeader(h http.Header, forms []form) {
	for name, values := range h {
		for i, value := range values {
			values[i] = redactText(value, forms)
		}
		if redactText(name, forms) != name {
			delete(h, name)
		}
	}
}

func redactText(text string, forms []form) string {
	for _, f := range forms {
		text = strings.ReplaceAll(text, f.text, f.instead)
	}
	return text
}

// A redactor is a stream in which forms are replaced. It passes on what it reads at once,
// but for the beginning of what may become a form.
type redactor struct {
	from  io.Reader
	forms []form
	texts [][]byte // of the forms
	in    []byte   // read, and not looked at
	out   []byte   // to be passed on
	chunk []byte
	err   error
}

func newRedactor(from io.Reader, forms []form) *redactor {
	r := &redactor{from: from, forms: forms, chunk: make([]byte, 32<<10)}
	for _, f := range forms {
		r.texts = append(r.texts, []byte(f.text))
	}
	return r
}

func (r *redactor) Read(b []byte) (int, error) {
	for len(r.out) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		var n int
		n, r.err = r.from.Read(r.chunk)
		r.in = append(r.in, r.chunk[:n]...)
		r.out = r.replace()
	}
	n := copy(b, r.out)
	r.out = r.out[n:]
	return n, nil
}

// replace removes from in what can be passed on, and returns it.
func (r *redactor) replace() (out []byte) {
	end := len(r.in)
	if r.err == nil {
		end = r.partial(0)
	}
	next := make([]int, len(r.forms)) // where each form comes next; it is looked for again when it lies behind
	for i := range next {
		next[i] = -1
	}
	at := 0
	for {
		start, which := r.first(next, at)
		if which < 0 || start >= end {
			break
		}
		out = append(append(out, r.in[at:start]...), r.forms[which].instead...)
		at = start + len(r.forms[which].text)
		if at > end { // what seemed to begin a form was the end of this one
			end = len(r.in)
			if r.err == nil {
				end = r.partial(at)
			}
		}
	}
	out = append(out, r.in[at:end]...)
	r.in = append(r.in[:0], r.in[end:]...)
	return out
}

// first returns the first form from a position on, the longest if there are several, and
// -1 if there is none.
func (r *redactor) first(next []int, at int) (start, which int) {
	start, which = len(r.in), -1
	for i, text := range r.texts {
		if next[i] < at {
			next[i] = len(r.in)
			if n := bytes.Index(r.in[at:], text); n >= 0 {
				next[i] = at + n
			}
		}
		if next[i] < start {
			start, which = next[i], i
		}
	}
	return start, which
}

// partial returns where, from a position on, what has been read may begin a form that goes
// on in what has not. The first text is the longest.
func (r *redactor) partial(from int) int {
	if len(r.texts) > 0 {
		from = max(from, len(r.in)-len(r.texts[0])+1)
	}
	for ; from < len(r.in); from++ {
		for _, text := range r.texts {
			if len(text) > len(r.in)-from && text[0] == r.in[from] && bytes.HasPrefix(text, r.in[from:]) {
				return from
			}
		}
	}
	return len(r.in)
}
