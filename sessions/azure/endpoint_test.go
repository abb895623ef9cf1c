package azure_test

import (
	"errors"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions/azure"
)

// scope is the resource ID of the pool at inAzure.
const scope = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.App/sessionPools/pool"

func TestParseEndpoint(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want, scope string }{
		{inAzure, inAzure, scope},
		{inAzure + "/", inAzure, scope},
		{" \"" + inAzure + "\"\n", inAzure, scope},
		{inAzure + "/python/execute", inAzure, scope},
		{inAzure + "/code/execute?api-version=2024-02-02-preview&identifier=x", inAzure, scope},
		{inAzure + "//executions/", inAzure, scope},
		{inAzure + "/files/upload", inAzure, scope},
		{inAzure + "#top", inAzure, scope},
		{strings.TrimPrefix(inAzure, "https://"), inAzure, scope},
		{"HTTPS://WestEurope.DynamicSessions.io" + poolPath, inAzure, scope},
		{"https://westeurope.dynamicsessions.io" + scope, inAzure, scope},
		{"https://eastus.acasessions.io" + poolPath, "https://eastus.acasessions.io" + poolPath, scope},
		{"https://pool.env1.westus.azurecontainerapps.io/", "https://pool.env1.westus.azurecontainerapps.io", ""},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080", ""},
		{"localhost:8080/any/prefix/", "http://localhost:8080/any/prefix", ""},
		{"http://[::1]:8080" + poolPath, "http://[::1]:8080" + poolPath, scope},
		{"https://sessions.example.com:8443/x", "https://sessions.example.com:8443/x", ""},
	} {
		got, err := azure.ParseEndpoint(tt.in)
		if err != nil || got.String() != tt.want || got.Scope() != tt.scope {
			t.Errorf("%q gave %q with the scope %q, %v", tt.in, got, got.Scope(), err)
		}
	}
}

func TestParseEndpointRefuses(t *testing.T) {
	t.Parallel()
	for in, says := range map[string]string{
		"":         "not a valid address",
		"   ":      "not a valid address",
		"https://": "not a valid address",
		"http://westeurope.dynamicsessions.io" + poolPath:                                       "begin it with https://",
		"http://10.0.0.1:8080":                                                                  "begin it with https://",
		"http://127.0.0.1.evil.example/":                                                        "begin it with https://",
		"https://user:secret@westeurope.dynamicsessions.io" + poolPath:                          "user name or password",
		"ftp://westeurope.dynamicsessions.io" + poolPath:                                        "must be https",
		"https://westeurope.dynamicsessions.io":                                                 "does not name a pool",
		"https://westeurope.dynamicsessions.io/subscriptions/s":                                 "does not name a pool",
		inAzure + "/more":                                                                       "does not name a pool",
		"https://westeurope.dynamicsessions.io/subscriptions//resourceGroups/rg/sessionPools/p": "does not name a pool",
		"https://<REGION>.dynamicsessions.io" + poolPath:                                        "",
		"https://exa mple.com":                                                                  "not a valid address",
		"https://management.westeurope.azuredevcompute.io/subscriptions/s":                      "Azure Container Apps Sandboxes",
		"http://x.localhost:1":                                                                  "begin it with https://",
		"http://127.0.0.1:77910":                                                                "between 1 and 65535",
		"https://sessions.example.com:0":                                                        "between 1 and 65535",
		scope:                                                                                   "resource ID",
		"https://management.azure.com" + scope:                                                  "where pools are managed",
		"https://portal.azure.com/#@tenant/resource" + scope:                                    "where pools are managed",
		"javascript:alert(1)":                                                                   "",
	} {
		_, err := azure.ParseEndpoint(in)
		if !errors.Is(err, azure.ErrEndpoint) || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), azure.EndpointForm) {
			t.Errorf("%q: %v", in, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q is repeated: %v", in, err)
		}
	}
}

func FuzzParseEndpoint(f *testing.F) {
	for _, seed := range []string{inAzure, "http://127.0.0.1:8080/x", "localhost:1", "https://a@b/c?d#e", "%%%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := azure.ParseEndpoint(s)
		if err != nil {
			return
		}
		again, err := azure.ParseEndpoint(e.String())
		if err != nil || again.String() != e.String() {
			t.Errorf("%q became %q and that %q, %v", s, e, again, err)
		}
		if !strings.HasPrefix(e.String(), "https://") && !e.Loopback() {
			t.Errorf("%q gave %q, which is neither TLS nor this machine", s, e)
		}
	})
}
