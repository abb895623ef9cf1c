package jsonrpc

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"
)

func TestCutArguments(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, short, cut string }{
		{`{"id":1,"params":{"name":"x","arguments":{"a":"\"}"}},"b":[1]}`, `{"id":1,"params":{"name":"x","arguments":{}},"b":[1]}`, `{"a":"\"}"}`},
		{` { "params" : { "arguments" : {"a":[{}]} , "n":1} }`, ` { "params" : { "arguments" : {} , "n":1} }`, `{"a":[{}]}`},
		{`{"params":{"arguments":[1]}}`, "", ""},
		{`{"params":{"arguments":{}},"Params":{}}`, "", ""},
		{`{"params":{"arguments":{},"arguments":{}}}`, "", ""},
		{`{"params":{"arguments":{},"\u0061rguments":{}}}`, "", ""},
		{`{"params":{"name":"x"}}`, "", ""},
		{`{"params":{"arguments":{"a":"b`, "", ""},
		{`{"params":{"arguments":{"a":"\`, "", ""},
		{`[]`, "", ""},
	} {
		short, cut, ok := cutArguments([]byte(tt.text))
		if string(short) != tt.short || string(cut) != tt.cut || ok != (tt.cut != "") {
			t.Errorf("%s: got %s and %s, %v", tt.text, short, cut, ok)
		}
	}
}

func FuzzCutArguments(f *testing.F) {
	f.Add([]byte(`{"id":1,"params":{"name":"x","arguments":{"a":"\"}"}},"b":[1]}`))
	f.Add([]byte(`{"params":{"arguments":{}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		short, cut, ok := cutArguments(text)
		if !ok {
			return
		}
		if json.Valid(text) != (json.Valid(short) && json.Valid(cut)) {
			t.Fatalf("%q was cut into %q and %q", text, short, cut)
		}
		var whole struct {
			Params struct{ Arguments json.RawMessage }
		}
		if json.Unmarshal(text, &whole) == nil && !bytes.Equal(whole.Params.Arguments, cut) {
			t.Errorf("%q: cut %q, want %q", text, cut, whole.Params.Arguments)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}}`, `[]`, `{"id":{}}`, "\xff", `{"method":"notifications/cancelled","jsonrpc":"2.0","params":{"requestId":1}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, refusal := Parse(text)
		if refusal != nil {
			if _, err := json.Marshal(refusal); err != nil {
				t.Fatal(err)
			}
			return
		}
		if m.Kind != Response && m.Method == "" || m.Kind == Call && !ValidID(m.ID) || !utf8.Valid(m.Raw) {
			t.Errorf("%q was taken for %+v", text, m)
		}
		var library struct { // as it reads messages
			Method string
			ID     any
		}
		if json.Unmarshal(m.Raw, &library) == nil && (library.Method != m.Method || m.Kind != Response && (m.Kind == Call) != (library.ID != nil)) {
			t.Errorf("%q was taken for %+v, and for %+v by the library", text, m, library)
		}
	})
}
