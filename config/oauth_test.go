package config

import (
	"errors"
	"strings"
	"testing"
)

func TestOAuth(t *testing.T) {
	t.Parallel()
	c, err := Parse(strings.Fields("--transport=http --listen=0.0.0.0:9 --oauth-issuer=https://login.example/v2.0 --oauth-audience=a --oauth-audience=api://b --oauth-scope=api://b/run --public-url=https://python.example:8443 --allow-host=c.example"), nil)
	if err != nil {
		t.Fatal(err)
	}
	h := c.Serve.HTTP()
	if h.Issuer != "https://login.example/v2.0" || h.PublicURL != "https://python.example:8443" || strings.Join(h.AllowHost, " ") != "python.example c.example" ||
		strings.Join(c.Serve.OAuthAudience, " ") != "a api://b" || strings.Join(c.Serve.OAuthScope, " ") != "api://b/run" || len(c.Serve.AllowHost) != 1 {
		t.Errorf("got %+v", c.Serve)
	}
	if _, err := Parse([]string{"--transport=http", "--oauth-issuer=http://localhost:8080/realms/x", "--oauth-audience=a"}, nil); err != nil {
		t.Errorf("an issuer on this machine: %v", err)
	}
}

func TestOAuthThatIsRefused(t *testing.T) {
	t.Parallel()
	const issuer = "--oauth-issuer=https://i.example "
	for args, want := range map[string]settingError{
		issuer:               {"oauth-audience", "", "any other service"},
		"--oauth-audience=a": {"oauth-issuer", "", "must name the issuer"},
		"--oauth-scope=a":    {"oauth-issuer", "", "must name the issuer"},
		"--oauth-audience=a --oauth-issuer=http://i.example":      {"oauth-issuer", "http://i.example", "https"},
		"--oauth-audience=a --oauth-issuer=i.example":             {"oauth-issuer", "i.example", "a URL"},
		"--oauth-audience=a --oauth-issuer=https://u:p@i.example": {"oauth-issuer", "https://u:p@i.example", "a URL"},
		"--oauth-audience=a --oauth-issuer=https://i.example?x=1": {"oauth-issuer", "https://i.example?x=1", "a URL"},
		issuer + "--oauth-audience=a --no-auth":                   {"oauth-issuer", "https://i.example", "leave out one"},
		issuer + "--oauth-audience=a --auth-token-file=/x":        {"oauth-issuer", "https://i.example", "leave out one"},
		issuer + "--oauth-audience=a --oauth-scope=\"x":           {"oauth-scope", "\"x", "one scope"},
		"--public-url=https://p.example/mcp":                      {"public-url", "https://p.example/mcp", "a scheme, a host"},
		"--public-url=p.example":                                  {"public-url", "p.example", "a scheme, a host"},
	} {
		_, err := Parse(append([]string{"--transport=http"}, strings.Fields(args)...), nil)
		var got *settingError
		if !errors.As(err, &got) || got.Field != want.Field || got.Value != want.Value || !strings.Contains(got.Reason, want.Reason) {
			t.Errorf("%s: got %v", args, err)
		}
	}
	_, err := Parse(strings.Fields("--transport=http --oauth-audience=a "+issuer), []string{"DYNAMIC_SESSIONS_AUTH_TOKEN=a-token-of-enough"})
	var refused *settingError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "AUTH_TOKEN") {
		t.Errorf("with a token of its own: %v", err)
	}
}
