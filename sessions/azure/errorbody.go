package azure

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
)

// An errorBody is the content of an error's body.
type errorBody struct {
	code, message, trace string
	all                  string // every text in it that is about the call
}

// problem holds the members of every form of an error's body that is known:
// Azure's envelope {"error":{…}}, the same without the envelope, the problem
// details of RFC 9457 with the fields that ASP.NET adds, and the error of OAuth.
type problem struct {
	Error       json.RawMessage `json:"error"` // an inner problem, or a code
	Description text            `json:"error_description"`

	Code       text      `json:"code"`
	Message    text      `json:"message"`
	Target     text      `json:"target"`
	TraceID    text      `json:"traceId"`
	Details    []problem `json:"details"`
	InnerError *problem  `json:"innererror"`

	Title  text            `json:"title"`
	Detail text            `json:"detail"`
	Errors json.RawMessage `json:"errors"` // texts by the field that they are about
}

// text is a string; anything else in its place is none.
type text string

func (t *text) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) == nil {
		*t = text(s)
	}
	return nil
}

// readErrorBody reads the body of an error. ok is false if its form is unknown.
func readErrorBody(data []byte) (s errorBody, ok bool) {
	var p problem
	if err := decodeLoosely(data, &p); err != nil {
		return s, false
	}
	p.tell(&s, 0)
	return s, s.code != "" || s.message != ""
}

// decodeLoosely decodes what is of the right type, and leaves the rest out.
func decodeLoosely(data []byte, v any) error {
	err := json.Unmarshal(data, v)
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return nil
	}
	return err
}

// maxInner bounds the errors within errors that are looked at.
const maxInner = 4

// tell adds to s what p says: what is further out comes before what is in it.
func (p *problem) tell(s *errorBody, depth int) {
	if depth > maxInner {
		return
	}
	s.note(&s.code, p.Code)
	s.note(&s.trace, p.TraceID)
	s.all += " " + string(p.Target)
	for _, t := range []text{p.Message, p.Description, p.Title, p.Detail} {
		s.say(string(t))
	}
	p.tellInner(s, depth+1)
	for _, line := range fieldErrors(p.Errors) {
		s.say(line)
	}
}

// tellInner adds the errors within p.
func (p *problem) tellInner(s *errorBody, depth int) {
	var code text
	var inner problem
	if len(p.Error) > 0 && p.Error[0] == '"' && json.Unmarshal(p.Error, &code) == nil {
		s.note(&s.code, code)
	} else if len(p.Error) > 0 && decodeLoosely(p.Error, &inner) == nil {
		inner.tell(s, depth)
	}
	for i := range p.Details[:min(len(p.Details), maxInner)] {
		p.Details[i].tell(s, depth)
	}
	if p.InnerError != nil {
		p.InnerError.tell(s, depth)
	}
}

// note keeps a text that has not been said yet.
func (s *errorBody) note(what *string, t text) {
	if *what == "" {
		*what = string(t)
	}
	s.all += " " + string(t)
}

// say adds a sentence that has not been said yet.
func (s *errorBody) say(sentence string) {
	sentence = strings.TrimSpace(sentence)
	if sentence == "" || strings.Contains(s.message, sentence) {
		return
	}
	s.all += " " + sentence
	if s.message != "" {
		s.message = strings.TrimRight(s.message, ".: ") + ": "
	}
	s.message += sentence
}

// fieldErrors reads what ASP.NET says of each field of a request.
func fieldErrors(data json.RawMessage) (lines []string) {
	var fields map[string]json.RawMessage
	if len(data) == 0 || json.Unmarshal(data, &fields) != nil {
		return nil
	}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		var several []string
		var one text
		if json.Unmarshal(fields[field], &several) != nil && json.Unmarshal(fields[field], &one) == nil {
			several = []string{string(one)}
		}
		lines = append(lines, strings.TrimSpace(field+" "+strings.Join(several, " ")))
	}
	return lines
}
