package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Web is how MCP is served over HTTP. Over standard input and output its flags
// are refused and its variables, which may be meant for another command, ignored.
type Web struct {
	Listen           string `default:"127.0.0.1:8000" placeholder:"HOST:PORT" help:"Where to listen; port 0 picks a free one (default ${default})."`
	Access           `embed:""`
	OAuth            `embed:""`
	AllowOrigin      []string `placeholder:"ORIGIN" help:"The origin of a web page whose scripts may call the service, such as https://chat.example.com. Can be given more than once. Default: none."`
	SessionKeyFile   string   `placeholder:"FILE" help:"The file that holds the key for the identifiers of conversations. Servers with the same key, the same tokens and the same pool elsewhere (--pool-endpoint) serve each other's conversations. If it does not exist, it is created with a random key. The key itself can be in DYNAMIC_SESSIONS_SESSION_KEY. Default: a random key, so that conversations end with the server."`
	MaxConversations int      `default:"100" placeholder:"N" help:"How many conversations one user may have at the same time (default ${default})."`
	ConversationIdle Duration `default:"1h" placeholder:"TIME" help:"How long a conversation is kept after its last call; its session ends with it (default ${default})."`
	LinkLife         Duration `default:"1h" placeholder:"TIME" help:"How long the links are valid that answers have to files which code writes to /mnt/data/out. Whoever has such a link can download the file, without a token (default ${default})."`
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
			return &settingError{"allow-origin", origin, "it must be a scheme, a host and, unless it is the default, a port, such as https://chat.example.com; * is not allowed"}
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
	if err := between("link-life", w.LinkLife, Duration(time.Minute), Duration(7*24*time.Hour)); err != nil {
		return err
	}
	return between("conversation-idle", w.ConversationIdle, Duration(time.Second), Duration(7*24*time.Hour))
}

// overHTTP reports whether the command is to serve MCP over HTTP.
func (c *Config) overHTTP() bool {
	return c.Command == CommandServe && c.Serve.Transport != TransportStdio
}

// SharesSessions reports whether other servers may continue the conversations of
// this one, so that their sessions must outlive it.
func (c *Config) SharesSessions() bool {
	return c.overHTTP() && (c.Serve.SessionKeyFile != "" || c.SessionKey != "")
}

// validateOverHTTP reports settings that contradict a transport over HTTP.
func (c *Config) validateOverHTTP() error {
	if !c.overHTTP() {
		return nil
	}
	switch {
	case c.Serve.OAuthIssuer != "" && c.AuthToken != "":
		return &settingError{"oauth-issuer", c.Serve.OAuthIssuer, authTokenVariable + " is set too; leave out one of them"}
	case c.Serve.SessionName != "":
		return &settingError{"session-name", c.Serve.SessionName, "only the single conversation over standard input and output can have a name; leave out --session-name or --transport"}
	case len(c.Tools.AllowDir) > 0 && !c.Serve.HTTP().Loopback():
		return &settingError{"allow-dir", strings.Join(c.Tools.AllowDir, ", "), fmt.Sprintf("other machines can reach %s, so the folder would be open to everyone who may use the service; leave it out, or listen on 127.0.0.1", c.Serve.Listen)}
	}
	return nil
}
