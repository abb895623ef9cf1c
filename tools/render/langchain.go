package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"

	"dynamic-sessions-mcp/tools/prose"
)

// langChain writes the outcome as LangChain's tool for Azure's dynamic sessions
// does: the three members of the execution as json.dumps of Python writes them.
// An image's data is left out, and the traceback of a failure is in stderr,
// where Azure has it.
func (a *answer) langChain(maxText int) string {
	stderr := a.text("stderr")
	if failure := a.text("error"); failure != "" {
		if stderr != "" && !strings.HasSuffix(stderr, "\n") {
			stderr += "\n"
		}
		stderr += failure
	}
	var b strings.Builder
	b.WriteString(`{"result": `)
	b.WriteString(a.langChainResult(maxText))
	b.WriteString(`, "stdout": `)
	dumpString(&b, a.text("stdout"))
	b.WriteString(`, "stderr": `)
	dumpString(&b, stderr)
	b.WriteString("}")
	return b.String()
}

// langChainResult is the result as JSON. A long one is given by its text, which
// is cut to what has room.
func (a *answer) langChainResult(maxText int) string {
	var b strings.Builder
	run := a.run
	if !json.Valid(run.Result) {
		return `""`
	}
	var picture struct{ Type, Format any } // without its data, which may be large
	if bytes.HasPrefix(bytes.TrimSpace(run.Result), []byte("{")) && json.Unmarshal(run.Result, &picture) == nil && picture.Type == "image" {
		// In the order in which Azure writes it.
		b.WriteString(`{"type": "image"`)
		if format, ok := picture.Format.(string); ok {
			b.WriteString(`, "format": `)
			dumpString(&b, prose.Line(format, 20))
		}
		return b.String() + "}"
	}
	if len(run.Result) > maxText {
		dumpString(&b, a.text("result"))
		return b.String()
	}
	dec := json.NewDecoder(bytes.NewReader(run.Result))
	dec.UseNumber()
	if dump(&b, dec) != nil {
		return `""`
	}
	return b.String()
}

// text is the text that has the label, or "".
func (a *answer) text(label string) string {
	for _, p := range a.texts() {
		if p.label == label {
			return p.text
		}
	}
	return ""
}

// dump writes the next value of dec, members in their order.
func dump(b *strings.Builder, dec *json.Decoder) error {
	token, err := dec.Token()
	if err != nil {
		return err
	}
	switch token := token.(type) {
	case json.Delim:
		return dumpMany(b, dec, token)
	case string:
		dumpString(b, token)
	case nil:
		b.WriteString("null")
	default:
		fmt.Fprint(b, token) // a number or a boolean
	}
	return nil
}

func dumpMany(b *strings.Builder, dec *json.Decoder, opened json.Delim) error {
	b.WriteString(opened.String())
	for i := 0; dec.More(); i++ {
		if i > 0 {
			b.WriteString(", ")
		}
		if opened == '{' {
			if err := dump(b, dec); err != nil {
				return err
			}
			b.WriteString(": ")
		}
		if err := dump(b, dec); err != nil {
			return err
		}
	}
	closed, err := dec.Token()
	fmt.Fprint(b, closed)
	return err
}

// dumpString writes s as Python's json does, with everything beyond ASCII
// escaped.
func dumpString(b *strings.Builder, s string) {
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\b':
			b.WriteString(`\b`)
		case r == '\f':
			b.WriteString(`\f`)
		case r >= ' ' && r <= '~':
			b.WriteRune(r)
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
}
