package config

import (
	"cmp"

	"dynamic-sessions-mcp/sessions/egress"
)

// EgressRules are what code may reach. Nothing without isolation, where it has the network
// of the machine, and of a pool elsewhere, which decides that itself.
func (c *Config) EgressRules() egress.Rules {
	if c.remote() || c.unisolated() {
		return egress.Rules{}
	}
	rules, _ := egress.ParseRules(c.Pool.Egress) // validate has seen to that
	return rules
}

// readIndex notes which package index pip and uv use here.
func (c *Config) readIndex(environ []string) {
	c.Index = cmp.Or(lookup(environ, "PIP_INDEX_URL"), lookup(environ, "UV_DEFAULT_INDEX"), lookup(environ, "UV_INDEX_URL"))
	c.IndexCA = cmp.Or(lookup(environ, "PIP_CERT"), lookup(environ, "REQUESTS_CA_BUNDLE"))
}
