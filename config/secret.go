package config

import (
	"regexp"
	"strings"

	"dynamic-sessions-mcp/sessions/egress"
)

// readSecrets reads the secrets of --secret, whose values are in the environment. Where the
// flag has no effect it reads none: see contradictions.
func (c *Config) readSecrets(environ []string) error {
	if c.remote() || c.unisolated() {
		return nil
	}
	secrets, err := egress.ParseSecrets(c.Pool.Secret, c.EgressRules(), func(name string) string { return lookup(environ, name) })
	if err != nil {
		return &settingError{"secret", shownSecrets(c.Pool.Secret), err.Error()}
	}
	c.Secrets = secrets
	return nil
}

var likeVariable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

// shownSecrets writes the list without what is no name: it may be the secret itself, put
// there by mistake.
func shownSecrets(list []string) string {
	shown := make([]string, len(list))
	for i, text := range list {
		name, host, _ := strings.Cut(text, "@")
		if !likeVariable.MatchString(name) {
			name = "…"
		}
		shown[i] = name + "@" + host
	}
	return strings.Join(shown, ",")
}
