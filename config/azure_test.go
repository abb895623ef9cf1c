package config

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

const poolURL = "https://westeurope.dynamicsessions.io/subscriptions/s/resourceGroups/rg/sessionPools/p"

func TestAzureSettings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name          string
		args, environ []string
		endpoint      string
		set           bool
	}{
		{"none", nil, nil, "", false},
		{"flag", []string{"--pool-endpoint", poolURL}, nil, poolURL, true},
		{"own variable", nil, []string{"DYNAMIC_SESSIONS_POOL_ENDPOINT=" + poolURL}, poolURL, true},
		{"Azure's variable", nil, []string{"POOL_MANAGEMENT_ENDPOINT= " + poolURL + " "}, poolURL, true},
		{"another's variable", nil, []string{"AZURE_POOL_MANAGEMENT_ENDPOINT=" + poolURL}, poolURL, true},
		{"flag over variable", []string{"--pool-endpoint=" + poolURL}, []string{"POOL_MANAGEMENT_ENDPOINT=https://other.example"}, poolURL, true},
		{"placeholder", nil, []string{"POOL_MANAGEMENT_ENDPOINT=${user_config.endpoint}"}, "", false},
		{"none over variable", []string{"--pool-endpoint=none"}, []string{"POOL_MANAGEMENT_ENDPOINT=" + poolURL}, "none", false},
	} {
		c, err := Parse(tt.args, tt.environ)
		if err != nil || c.Azure.PoolEndpoint != tt.endpoint || c.Azure.Set() != tt.set || len(c.Unknown) != 0 {
			t.Errorf("%s: %+v, unknown %v, %v", tt.name, c.Azure, c.Unknown, err)
		}
	}
}

func TestAzureFlagsAreHandedOn(t *testing.T) {
	t.Parallel()
	args := []string{
		"--api-version=2024-02-02-preview", "--azure-client-id=app", "--azure-credential=managed-identity",
		"--keep-alive=30m", "--async-after=100", "--pool-endpoint=" + poolURL,
	}
	c, err := Parse(args, []string{"DYNAMIC_SESSIONS_POOL_TOKEN=secret"})
	if err != nil {
		t.Fatal(err)
	}
	if c.PoolToken != "secret" || time.Duration(c.Azure.KeepAlive) != 30*time.Minute || len(c.Unknown) != 0 {
		t.Errorf("got %+v, unknown %v", c.Azure, c.Unknown)
	}
	again, err := Parse(c.Flags, nil)
	if err != nil || again.Azure != c.Azure {
		t.Errorf("got %+v, want %+v, %v", again.Azure, c.Azure, err)
	}
	if slices.ContainsFunc(c.Flags, func(f string) bool { return strings.Contains(f, "secret") }) {
		t.Errorf("the token is in %v", c.Flags)
	}
}

func TestAzureSettingsThatAreRefused(t *testing.T) {
	t.Parallel()
	for field, args := range map[string][]string{
		"api-version":      {"--api-version=latest"},
		"azure-credential": {"--azure-credential=password"},
		"azure-client-id":  {"--azure-client-id=x", "--azure-credential=cli"},
		"pool-token-file":  {"--pool-token-file=token"},
		"keep-alive":       {"--keep-alive=48h"},
		"async-after":      {"--async-after=300"},
		"isolation":        {"--isolation=none", "--pool-endpoint=" + poolURL},
		"session-name":     {"--session-name=work", "--pool-endpoint=" + poolURL},
	} {
		_, err := Parse(args, nil)
		var wrong *settingError
		if !errors.As(err, &wrong) || wrong.Field != field {
			t.Errorf("%v gave %v", args, err)
		}
	}
}
