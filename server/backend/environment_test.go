package backend

import (
	"testing"

	"dynamic-sessions-mcp/config"
)

func configOf(t *testing.T, args ...string) config.Config {
	t.Helper()
	c, err := config.Parse(args, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEnvironmentFollowsTheConfiguration(t *testing.T) {
	t.Parallel()
	sandboxed := Environment(configOf(t))
	if sandboxed.Network || sandboxed.Warning != "" || len(sandboxed.Packages) == 0 {
		t.Errorf("got %+v", sandboxed)
	}
	bare := Environment(configOf(t, "--isolation=none", "--python=/venv/bin/python"))
	if !bare.Network || bare.Warning == "" || bare.Packages != nil || bare.DataDir != "." || bare.Python != "" {
		t.Errorf("got %+v", bare)
	}
}

func TestEnvironmentElsewhere(t *testing.T) {
	t.Parallel()
	for address, one := range map[string]bool{inAzure: true, onHost: false} {
		e := Environment(config.Config{Azure: config.Azure{PoolEndpoint: address}})
		if e.OneFigure != one || !e.NetworkUnknown || e.Warning != "" || e.Named {
			t.Errorf("%s: %+v", address, e)
		}
	}
}
