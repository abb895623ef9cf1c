package config

import "github.com/alecthomas/kong"

// PoolServer is how the pool is served to programs that were written for Azure.
type PoolServer struct {
	Listen         string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen; port 0 takes a free one (default ${default})."`
	Access         `embed:""`
	RequireVersion bool `help:"Refuse calls without an api-version, as Azure does."`
}

// commandDefault returns the default that a flag has with a command, nil if none
// was given, where it differs from that with the others.
func commandDefault(command *kong.Node, flag string) (value string, ok bool) {
	if command == nil || command.Name != string(CommandPool) {
		return "", false
	}
	return poolDefaults(flag)
}

// poolDefaults are the settings in which the command differs from the others:
// with them the service behaves as Azure's.
func poolDefaults(flag string) (value string, ok bool) {
	switch flag {
	case "on-idle":
		return string(OnIdleDestroy), true
	case "timeout":
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
