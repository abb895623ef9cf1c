package tools

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/prose"
)

// A parameter is one argument of a tool: how the schema describes it, and how a
// value of it gets into A.
type parameter[A any] struct {
	name     string
	schema   map[string]any
	required bool
	// unlisted is no part of the schema: it is only understood, to say why it is not
	// available.
	unlisted bool
	bind     func(args *A, value json.RawMessage) error
}

// unlistedIf returns the parameter, left out of the schema if unlisted is set.
func (p parameter[A]) unlistedIf(unlisted bool) parameter[A] {
	p.unlisted = unlisted
	return p
}

// requiredText is a string that must be there.
func requiredText[A any](name, description string, field func(*A) *string) parameter[A] {
	return parameter[A]{
		name:     name,
		schema:   map[string]any{"type": "string", "description": description},
		required: true,
		bind: func(args *A, value json.RawMessage) (err error) {
			*field(args), err = stringValue(name, value)
			return err
		},
	}
}

// optionalSeconds is a number of seconds, at most so many, that stays 0 when it is not
// given.
func optionalSeconds[A any](name, description string, most time.Duration, field func(*A) *time.Duration) parameter[A] {
	return parameter[A]{
		name:   name,
		schema: map[string]any{"type": "integer", "minimum": 1, "maximum": int(most / time.Second), "description": description},
		bind: func(args *A, value json.RawMessage) (err error) {
			*field(args), err = secondsValue(name, value, most)
			return err
		},
	}
}

// optionalText is a string that stays nil when it is not given.
func optionalText[A any](name, description string, field func(*A) **string) parameter[A] {
	return parameter[A]{
		name:   name,
		schema: map[string]any{"type": "string", "description": description},
		bind: func(args *A, value json.RawMessage) error {
			s, err := stringValue(name, value)
			*field(args) = &s
			return err
		},
	}
}

// optionalFlag is a boolean, false when it is not given. Models also write it as
// text.
func optionalFlag[A any](name, description string, field func(*A) *bool) parameter[A] {
	return parameter[A]{
		name:   name,
		schema: map[string]any{"type": "boolean", "description": description},
		bind: func(args *A, value json.RawMessage) (err error) {
			*field(args), err = booleanValue(name, value)
			return err
		},
	}
}

// bind reads the arguments of a call from their JSON text. Its errors are
// written for the model that made the call. A null counts as not given.
func bind[A any](params []parameter[A], raw json.RawMessage) (args A, err error) {
	given, err := members(raw)
	if err != nil {
		return args, err
	}
	seen := make(map[string]bool, len(given))
	for _, m := range given {
		p, ok := find(params, m.name)
		if !ok {
			return args, unknown(params, m.name)
		}
		if seen[m.name] {
			return args, mistake.Errorf("The argument %s is given twice. Give it once.", m.name)
		}
		seen[m.name] = true
		if string(m.value) == "null" {
			delete(seen, m.name)
			continue
		}
		if err := p.bind(&args, m.value); err != nil {
			return args, err
		}
	}
	for _, p := range params {
		if p.required && !seen[p.name] {
			return args, mistake.Errorf("The argument %s is missing. %s", p.name, known(params))
		}
	}
	return args, nil
}

func find[A any](params []parameter[A], name string) (parameter[A], bool) {
	for _, p := range params {
		if p.name == name {
			return p, true
		}
	}
	return parameter[A]{}, false
}

// unknown is the error for a name that no parameter has.
func unknown[A any](params []parameter[A], name string) error {
	names := make([]string, len(params))
	for i, p := range params {
		names[i] = p.name
	}
	hint := ""
	if best := closest(name, names, 1); len(best) > 0 && similar(name, best[0]) {
		hint = fmt.Sprintf(" Did you mean %s?", best[0])
	}
	return mistake.Errorf("There is no argument %q.%s %s", prose.Line(name, 60), hint, known(params))
}

// known names the arguments of a tool.
func known[A any](params []parameter[A]) string {
	var b strings.Builder
	b.WriteString("The arguments of this tool are: ")
	params = slices.DeleteFunc(slices.Clone(params), func(p parameter[A]) bool { return p.unlisted })
	for i, p := range params {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.name)
		if !p.required {
			b.WriteString(" (optional)")
		}
	}
	b.WriteString(".")
	return b.String()
}

type member struct {
	name  string
	value json.RawMessage
}

// members splits a JSON object into its members in order, repeated names
// included. No text at all and null are the empty object.
func members(raw json.RawMessage) ([]member, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	if raw[0] != '{' {
		return nil, mistake.Errorf("The arguments are %s. Give an object with the arguments by name, such as {\"code\": \"6 * 7\"}.", kind(raw))
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		return nil, malformed(err)
	}
	var list []member
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, malformed(err)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, malformed(err)
		}
		text, _ := name.(string)
		list = append(list, member{name: text, value: value})
	}
	if _, err := dec.Token(); err != nil {
		return nil, malformed(err)
	}
	return list, nil
}

func malformed(err error) error {
	return mistake.Errorf("The arguments are not valid JSON (%s). Send them again as one JSON object.", prose.Line(err.Error(), 120))
}

// rawArguments is the JSON text of a call's arguments, as it came wherever the
// transport kept it.
func rawArguments(req mcp.CallToolRequest) (json.RawMessage, error) {
	switch given := req.GetRawArguments().(type) {
	case nil:
		return nil, nil
	case json.RawMessage:
		return given, nil
	default:
		raw, err := json.Marshal(given)
		if err != nil {
			return nil, malformed(err)
		}
		return raw, nil
	}
}
