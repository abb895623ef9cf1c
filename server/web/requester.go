package web

import (
	"context"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/jsonrpc"
)

// requesterOf asks the client of a conversation through out, until gone is closed.
// The answers come with separate requests of the same conversation.
func requesterOf(c *conversation.Conversation, out chan<- mcp.JSONRPCRequest, gone <-chan struct{}) *jsonrpc.ClientRequester {
	return &jsonrpc.ClientRequester{
		Questions: c.Questions(),
		Send: func(ctx context.Context, request mcp.JSONRPCRequest) error {
			select {
			case out <- request:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-gone:
				return jsonrpc.ErrGone
			}
		},
		Gone: gone,
	}
}

// The letters of what a client may be asked for; see conversation.About.
const (
	asksUser  = "e"
	asksModel = "s"
	asksRoots = "r"
)

func answersOf(c mcp.ClientCapabilities) string {
	letters := ""
	if can := c.Elicitation; can != nil && (can.Form != nil || can.URL == nil) { // URLs alone are no use here
		letters += asksUser
	}
	if c.Sampling != nil {
		letters += asksModel
	}
	if c.Roots != nil {
		letters += asksRoots
	}
	return letters
}

func capabilitiesOf(letters string) (c mcp.ClientCapabilities) {
	if strings.Contains(letters, asksUser) {
		c.Elicitation = &mcp.ElicitationCapability{}
	}
	if strings.Contains(letters, asksModel) {
		c.Sampling = &mcp.SamplingCapability{}
	}
	if strings.Contains(letters, asksRoots) {
		c.Roots = &struct {
			ListChanged bool `json:"listChanged,omitempty"`
		}{}
	}
	return c
}
