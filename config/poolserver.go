package config

import "dynamic-sessions-mcp/sessions/local"

// PoolServer is how the pool is served to programs written for Azure.
type PoolServer struct {
	Listen         string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen; port 0 picks a free one (default ${default})."`
	Stdio          bool   `help:"Serve one program over standard input and output instead, as HTTP/2 on one connection, until that program closes it. Nothing listens, and there is no token: whoever holds the two streams is the caller."`
	Access         `embed:""`
	RequireVersion bool `help:"Refuse calls without an api-version, like Azure."`
}

// commandDefault returns the default that a flag has with a command, where it
// differs from that of the other commands.
func commandDefault(command Command, flag string) (value string, ok bool) {
	if command != CommandPool {
		return "", false
	}
	return poolDefaults(flag)
}

// poolDefaults are the defaults of the command pool that differ from those of the
// others: with them the service behaves like Azure's.
func poolDefaults(flag string) (value string, ok bool) {
	switch flag {
	case "on-idle":
		return string(local.Destroy), true
	case "max-run":
		return "220s", true
	case "max-upload":
		return "128MiB", true
	}
	return "", false
}

// HTTP is where and for whom the service listens.
func (p *PoolServer) HTTP() HTTP { return HTTP{Listen: p.Listen, Access: p.Access} }

func (p *PoolServer) validate() error {
	h := p.HTTP()
	return h.validate()
}
