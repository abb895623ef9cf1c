package jsonrpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

var (
	_ server.SessionWithElicitation = (*Session)(nil)
	_ server.SessionWithSampling    = (*Session)(nil)
	_ server.SessionWithRoots       = (*Session)(nil)
)

// The library exports no such error, unlike for the other requests.
var errNoSampling = errors.New("session does not support sampling")

// RequestElicitation asks the user. The error is the library's
// ErrElicitationNotSupported if there is no way to ask the client, or it has not
// declared the capability.
func (s *Session) RequestElicitation(ctx context.Context, r mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	if s.requester == nil || s.GetClientCapabilities().Elicitation == nil {
		return nil, server.ErrElicitationNotSupported
	}
	return askFor[mcp.ElicitationResult](ctx, s, mcp.MethodElicitationCreate, r.Params)
}

// RequestSampling asks the client's model.
func (s *Session) RequestSampling(ctx context.Context, r mcp.CreateMessageRequest) (*mcp.CreateMessageResult, error) {
	if s.requester == nil || s.GetClientCapabilities().Sampling == nil {
		return nil, errNoSampling
	}
	result, err := askFor[mcp.CreateMessageResult](ctx, s, mcp.MethodSamplingCreateMessage, r.CreateMessageParams)
	if err != nil {
		return nil, err
	}
	if result.Content, err = mcp.ParseSamplingContent(result.Content); err != nil {
		return nil, fmt.Errorf("the client's answer cannot be read: %w", err)
	}
	return result, nil
}

// ListRoots asks for the client's roots. The error is the library's
// ErrRootsNotSupported in the cases that RequestElicitation names.
func (s *Session) ListRoots(ctx context.Context, _ mcp.ListRootsRequest) (*mcp.ListRootsResult, error) {
	if s.requester == nil || s.GetClientCapabilities().Roots == nil {
		return nil, server.ErrRootsNotSupported
	}
	return askFor[mcp.ListRootsResult](ctx, s, mcp.MethodListRoots, nil)
}

func askFor[T any](ctx context.Context, s *Session, method mcp.MCPMethod, params any) (*T, error) {
	text, err := s.ask(ctx, method, params)
	if err != nil {
		return nil, err
	}
	result := new(T)
	if err := json.Unmarshal(text, result); err != nil {
		return nil, fmt.Errorf("the client's answer to %s cannot be read: %w", method, err)
	}
	return result, nil
}
