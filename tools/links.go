package tools

import (
	"context"
	"net/url"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/render"
	"dynamic-sessions-mcp/tools/sessionpath"
)

// LinkMode says whether answers hold resource links beside the names of files.
type LinkMode string

const (
	// LinksAuto leaves links out for clients that are known to refuse an answer
	// with a link.
	LinksAuto LinkMode = "auto"
	// LinksOn always gives links.
	LinksOn LinkMode = "on"
	// LinksOff never gives links.
	LinksOff LinkMode = "off"
)

func (t *Tools) linksFor(ctx context.Context) bool {
	switch t.links {
	case LinksOn:
		return true
	case LinksOff:
		return false
	default:
		return followsLinks(clientName(ctx))
	}
}

// followsLinks reports whether a client is not known to be unable to follow a link.
func followsLinks(client string) bool {
	switch client {
	case "claude-ai": // Claude Desktop and claude.ai: "unsupported format" (modelcontextprotocol#1638)
	case "cursor-vscode": // has no other content than text and images (cursor#3400)
	default:
		return true
	}
	return false
}

func clientName(ctx context.Context) string {
	if info := server.RequestProtocolInfoFromContext(ctx); info != nil && info.ClientInfo != nil {
		return info.ClientInfo.Name
	}
	if s, ok := server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo); ok {
		return s.GetClientInfo().Name
	}
	return ""
}

// link points to a file of the conversation's session. It is nil if the client
// takes no links.
func (t *Tools) link(ctx context.Context, handle string) render.LinkFunc {
	if !t.linksFor(ctx) {
		return nil
	}
	return func(f sessions.File) mcp.ResourceLink {
		l := mcp.NewResourceLink(fileURI(f.Name, handle), f.Name, "", mediaType(f.Name))
		l.Size = &f.Size
		return l
	}
}

// fileURI is the URI of a file by fileTemplate, or by fileTemplateWithHandle if there
// is a handle.
func fileURI(name, handle string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	uri := sessionpath.Scheme + "://" + sessions.DataDir + "/" + strings.Join(parts, "/")
	if handle != "" {
		uri += "?" + sessionHandleArgument + "=" + url.QueryEscape(handle)
	}
	return uri
}
