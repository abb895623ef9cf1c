package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// Web is how MCP is served over HTTP. Over standard input and output its flags
// are refused, and its variables, which another command may be meant by, are not
// looked at.
type Web struct {
	Listen           string `default:"127.0.0.1:8000" placeholder:"HOST:PORT" help:"Where to listen with --transport=http or sse; port 0 takes a free one (default ${default})."`
	Access           `embed:""`
	OAuth            `embed:""`
	AllowOrigin      []string `placeholder:"ORIGIN" help:"A web page's origin, such as https://chat.example.com, whose scripts may call the service. Can be given more than once. Default: none."`
	SessionKeyFile   string   `placeholder:"FILE" help:"The file with the key that makes the identifiers of conversations. Servers that have the same key, the same tokens and the same pool serve each other's conversations. A random one is written there if the file does not exist. The key itself can be in DYNAMIC_SESSIONS_SESSION_KEY. Default: a random key, so that conversations end with the server."`
	MaxConversations int      `default:"100" placeholder:"N" help:"Conversations that one user may have at one time (default ${default})."`
	ConversationIdle Duration `default:"1h" placeholder:"TIME" help:"How long a conversation over HTTP is kept after its last call; its session ends with it (default ${default})."`
}

// HTTP is where and for whom the service listens.
func (w *Web) HTTP() HTTP {
	h := HTTP{Listen: w.Listen, Access: w.Access, Issuer: w.OAuthIssuer, PublicURL: w.PublicURL}
	if u, err := url.Parse(w.PublicURL); err == nil && u.Host != "" {
		h.AllowHost = slices.Concat([]string{u.Hostname()}, h.AllowHost)
	}
	return h
}

func (w *Web) validate() error {
	if err := w.OAuth.validate(); err != nil {
		return err
	}
	if err := w.HTTP().validate(); err != nil {
		return err
	}
	for _, origin := range w.AllowOrigin {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || !bareHost(u.Hostname()) || !usablePort(u) || u.Scheme+"://"+u.Host != origin {
			return &Error{"allow-origin", origin, "it must be a scheme, a host and, unless it is the usual one, a port, such as https://chat.example.com; * is not possible"}
		}
	}
	if w.SessionKeyFile != "" {
		if err := absolute("session-key-file", w.SessionKeyFile); err != nil {
			return err
		}
	}
	if err := between("max-conversations", number(w.MaxConversations), 1, 100000); err != nil {
		return err
	}
	return between("conversation-idle", w.ConversationIdle, Duration(time.Second), Duration(7*24*time.Hour))
}

// webGroup is the heading of the flags of Web in --help, as in the tag of
// Serve.Web.
const webGroup = "Over HTTP, with --transport=http or sse:"

// validateWebFlags reports a flag of Web on the command line that would have no
// effect, most likely because --transport was forgotten.
func (c *Config) validateWebFlags(parsed *kong.Context) error {
	if c.Command != CommandServe || c.overHTTP() {
		return nil
	}
	for _, step := range parsed.Path {
		if f := step.Flag; f != nil && !step.Resolved && f.Group != nil && f.Group.Key == webGroup {
			return fmt.Errorf("--%s has no effect over standard input and output: add --transport=http, or leave it out; %w", f.Name, ErrUsage)
		}
	}
	return nil
}

// overHTTP reports whether the command is to serve MCP over HTTP.
func (c *Config) overHTTP() bool {
	return c.Command == CommandServe && c.Serve.Transport != TransportStdio
}

// SharesSessions reports whether other servers may go on with the conversations
// of this one, so that its end is not the end of their sessions.
func (c *Config) SharesSessions() bool {
	return c.overHTTP() && (c.Serve.SessionKeyFile != "" || c.SessionKey != "")
}

// validateOverHTTP reports what does not go with a transport over HTTP.
func (c *Config) validateOverHTTP() error {
	if !c.overHTTP() {
		return nil
	}
	switch {
	case c.Serve.OAuthIssuer != "" && c.AuthToken != "":
		return &Error{"oauth-issuer", c.Serve.OAuthIssuer, "there is also a token in " + authTokenVariable + "; leave out one of them"}
	case c.Serve.SessionName != "":
		return &Error{"session-name", c.Serve.SessionName, "only the one conversation over standard input and output can have a name; leave out --session-name or --transport"}
	case len(c.Tools.AllowDir) > 0 && !c.Serve.HTTP().Loopback():
		return &Error{"allow-dir", strings.Join(c.Tools.AllowDir, ", "), fmt.Sprintf("other machines can reach %s, and the folder would be open to all who may use it; leave it out, or listen on 127.0.0.1", c.Serve.Listen)}
	}
	return nil
}
