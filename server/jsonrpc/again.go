package jsonrpc

import (
	"encoding/json"
	"maps"
)

// Copy returns the same message, whose arguments can be taken once more.
func (m Message) Copy() Message {
	if text := m.BigArguments(); text != nil {
		m.args = &arguments{text: text}
	}
	return m
}

// With returns a copy of a request with more parameters, or with others of the same names.
func (m Message) With(more map[string]json.RawMessage) (Message, error) {
	var message, params map[string]json.RawMessage
	if err := json.Unmarshal(m.Raw, &message); err != nil {
		return Message{}, err
	}
	if err := json.Unmarshal(message["params"], &params); err != nil {
		return Message{}, err
	}
	if params == nil {
		params = map[string]json.RawMessage{}
	}
	maps.Copy(params, more)
	text, err := json.Marshal(params)
	if err != nil {
		return Message{}, err
	}
	message["params"] = text
	if m.Raw, err = json.Marshal(message); err != nil {
		return Message{}, err
	}
	return m.Copy(), nil
}
