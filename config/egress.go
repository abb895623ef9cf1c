package config

import (
	"cmp"
	"strings"

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

// AsksUser reports whether the user is asked about hosts that are not open.
func (c *Config) AsksUser() bool {
	rules := c.EgressRules()
	switch {
	case !rules.Set() || c.Contained() || c.Command != CommandServe:
		return false
	case c.Tools.EgressAsk != "":
		return c.Tools.EgressAsk == On
	}
	return rules.Ask || !c.overHTTP()
}

// validateAsk refuses to ask where nobody can be asked.
func (c *Config) validateAsk() error {
	if c.Tools.EgressAsk != "" {
		if err := oneOf("egress-ask", c.Tools.EgressAsk, On, Off); err != nil {
			return err
		}
	}
	wrong := func(why string) error { return &settingError{"egress", strings.Join(c.Pool.Egress, ","), why} }
	switch {
	case !c.EgressRules().Ask:
		return nil
	case c.Tools.EgressAsk == Off:
		return wrong("ask has the user asked, and --egress-ask=off has nobody asked: leave out one of them")
	case c.Command == CommandPool:
		return wrong("a pool can ask nobody, since programs call it: name the hosts in place of ask, such as api.example.com")
	case c.Contained() && c.Command == CommandServe:
		return wrong("sessions in the container or WSL of --engine cannot ask the user: name the hosts in place of ask, such as api.example.com")
	}
	return nil
}

// readIndex notes which package index pip and uv use here.
func (c *Config) readIndex(environ []string) {
	c.Index = cmp.Or(lookup(environ, "PIP_INDEX_URL"), lookup(environ, "UV_DEFAULT_INDEX"), lookup(environ, "UV_INDEX_URL"))
	c.IndexCA = cmp.Or(lookup(environ, "PIP_CERT"), lookup(environ, "REQUESTS_CA_BUNDLE"))
}
