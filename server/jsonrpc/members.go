package jsonrpc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// envelope are the members of a message.
func envelope() []string { return []string{"jsonrpc", "id", "method", "params", "result", "error"} }

// ambiguous says why two readers of a message could understand it differently,
// or returns "". The library ignores the case of names and merges objects of the
// same name; a program that checks messages in front of it may do neither.
func ambiguous(text []byte) string {
	_, why := once(text, "the message", "")
	eachMember(text, func(name string, _ json.RawMessage) bool {
		for _, known := range envelope() {
			if why == "" && name != known && strings.EqualFold(name, known) {
				why = fmt.Sprintf("the message has a member %q; it must be %q", name, known)
			}
		}
		return why == ""
	})
	return why
}

// ambiguousParams is ambiguous for the parameters of a message and their _meta.
func ambiguousParams(params json.RawMessage) string {
	meta, why := once(params, "params", "_meta")
	if why == "" {
		_, why = once(meta, "_meta", "")
	}
	return why
}

// once returns the value of the member called name of an object, and says which
// name the object has more than once. text is JSON.
func once(text []byte, object, name string) (value json.RawMessage, why string) {
	seen := map[string]bool{}
	eachMember(text, func(key string, of json.RawMessage) bool {
		folded := strings.ToLower(strings.ToUpper(key)) // as the library folds letters
		if seen[folded] {
			why = fmt.Sprintf("%s has the member %.40q more than once; names that differ in case alone count as one", object, key)
			return false
		}
		if seen[folded] = true; strings.EqualFold(key, name) {
			value = of
		}
		return true
	})
	return value, why
}

// eachMember calls do with the members of an object until it reports false. It
// does nothing for other JSON.
func eachMember(text []byte, do func(name string, value json.RawMessage) bool) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return
		}
		var value json.RawMessage
		if decoder.Decode(&value) != nil || !do(name.(string), value) {
			return
		}
	}
}
