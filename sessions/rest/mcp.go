package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// mcpVersion is the version of the Model Context Protocol at /mcp, whatever the
// client asks for.
const mcpVersion = "2025-03-26"

// maxBatch is how many messages may come in one request to /mcp.
const maxBatch = 50

// Codes of JSON-RPC's errors.
const (
	rpcParse         = -32700
	rpcInvalid       = -32600
	rpcUnknownMethod = -32601
	rpcInvalidParams = -32602
)

// An mcpCall is a call of /mcp.
type mcpCall struct {
	*call
	big splice // what is not copied into the answer
}

// serveMCP serves POST /mcp: a JSON-RPC request or a batch, with the answer in the
// response. There are no MCP sessions and no streams.
func (c *call) serveMCP() error { return (&mcpCall{call: c}).serve() }

func (c *mcpCall) serve() error {
	data, err := c.readJSON()
	if err != nil {
		return err
	}
	var batch []json.RawMessage
	switch {
	case !json.Valid(data):
		return c.answer(http.StatusBadRequest, rpcFailed(nil, rpcParse, "the body is not valid JSON"))
	case data[0] != '[':
		answer := c.serveMessage(data)
		if answer == nil {
			c.w.WriteHeader(http.StatusAccepted)
			return nil
		}
		if answer.status() != http.StatusOK {
			return c.answer(answer.status(), answer)
		}
		return c.answerSpliced(answer)
	}
	if err := json.Unmarshal(data, &batch); err != nil {
		return err
	}
	if len(batch) == 0 || len(batch) > maxBatch {
		return c.answer(http.StatusBadRequest, rpcFailed(nil, rpcInvalid, fmt.Sprintf("a batch must have 1 to %d messages", maxBatch)))
	}
	return c.answerBatch(batch)
}

// answerBatch answers messages one after the other.
func (c *mcpCall) answerBatch(batch []json.RawMessage) error {
	var answers []*rpcAnswer
	for _, message := range batch {
		if answer := c.serveMessage(message); answer != nil {
			answers = append(answers, answer)
		}
	}
	if len(answers) == 0 {
		c.w.WriteHeader(http.StatusAccepted)
		return nil
	}
	return c.answerSpliced(answers)
}

// answerSpliced sends answers, with the big values that were left out of them.
func (c *mcpCall) answerSpliced(answer any) error {
	if err := c.big.encode(answer); err != nil {
		return err
	}
	c.sendSpliced(&c.big)
	return nil
}

// An rpcMessage is what a client sends. Without an ID it is a notification.
type rpcMessage struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
	Result  json.RawMessage `json:"result"`
	Error   json.RawMessage `json:"error"`
}

// An rpcAnswer is the answer to a request.
type rpcAnswer struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  any             `json:"result,omitempty"`
	Error   *rpcError       `json:"error,omitempty"`
}

// An rpcError is why a request was not served.
type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// Error implements error.
func (e *rpcError) Error() string { return e.Message }

// status is the status of HTTP with which an answer is sent alone.
func (a *rpcAnswer) status() int {
	if a.Error != nil && (a.Error.Code == rpcParse || a.Error.Code == rpcInvalid) {
		return http.StatusBadRequest
	}
	return http.StatusOK
}

func rpcFailed(id json.RawMessage, code int, message string) *rpcAnswer {
	if id == nil {
		id = json.RawMessage("null")
	}
	return &rpcAnswer{Version: "2.0", ID: id, Error: &rpcError{Code: code, Message: message}}
}

// serveMessage answers one message, nil if it wants no answer.
func (c *mcpCall) serveMessage(data []byte) *rpcAnswer {
	var m rpcMessage
	if err := json.Unmarshal(data, &m); err != nil || m.Version != "2.0" {
		return rpcFailed(nil, rpcInvalid, `a message must be a JSON object with "jsonrpc":"2.0" and a method`)
	}
	if m.Method == "" {
		if m.Result != nil || m.Error != nil {
			return nil // an answer to what this service never asks
		}
		return rpcFailed(nil, rpcInvalid, "the message has no method")
	}
	if m.ID == nil {
		return nil
	}
	if id := string(m.ID); strings.ContainsAny(id[:1], "{[tf") {
		return rpcFailed(nil, rpcInvalid, "the id must be a string or a number")
	}
	result, failure := c.serveMethod(m)
	if failure != nil {
		return rpcFailed(m.ID, failure.Code, failure.Message)
	}
	return &rpcAnswer{Version: "2.0", ID: m.ID, Result: result}
}

// serveMethod serves a request.
func (c *mcpCall) serveMethod(m rpcMessage) (any, *rpcError) {
	switch m.Method {
	case "initialize":
		return initialized(), nil
	case "ping":
		return struct{}{}, nil
	case "tools/list":
		return map[string]any{"tools": mcpTools()}, nil
	case "tools/call":
		return c.callTool(m.Params)
	}
	return nil, &rpcError{rpcUnknownMethod, "this server has the methods initialize, ping, tools/list and tools/call"}
}

// initialized returns what the server of a pool in Azure says about itself.
func initialized() any {
	return map[string]any{
		"protocolVersion": mcpVersion,
		"capabilities":    map[string]any{"tools": map[string]bool{"call": true, "list": true}},
		"serverInfo":      map[string]string{"name": "Microsoft Container Apps MCP Server", "version": "1.0.0"},
	}
}
