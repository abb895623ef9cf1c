package backend

import (
	"reflect"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/server/flagstest"
	"dynamic-sessions-mcp/sessions/azure"
	"dynamic-sessions-mcp/sessions/egress"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/userfolders"
	"dynamic-sessions-mcp/tools"
)

// What each package gets from a configuration.

func optionsOf(c config.Config) Options { return Options{Config: c, Logger: zerolog.Nop()} }

func embedded(_ *testing.T, c config.Config) local.Options { return localOptions(optionsOf(c)) }

func remote(t *testing.T, c config.Config) azure.Options {
	t.Helper()
	if !c.Azure.Set() {
		c.Azure.PoolEndpoint = onHost
	}
	o, err := azureOptions(optionsOf(c))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func rules(list ...string) egress.Rules {
	r, err := egress.ParseRules(list)
	if err != nil {
		panic(err)
	}
	return r
}

// withKey is an environment with the value of a secret.
var withKey = []string{"API_KEY=0123456789abcdef"}

// apiKey is the secret of that value.
func apiKey() []egress.Secret {
	secrets, err := egress.ParseSecrets([]string{"API_KEY@api.example.com"}, rules("api.example.com"), func(string) string { return "0123456789abcdef" })
	if err != nil {
		panic(err)
	}
	return secrets
}

func told(_ *testing.T, c config.Config) tools.Environment { return Environment(c) }

// flagRows has a row for every setting of [config.Pool] and [config.Azure].
func flagRows() []flagstest.Row { return append(poolRows(), azureRows()...) }

func poolRows() []flagstest.Row {
	const day = 24 * time.Hour
	return []flagstest.Row{
		{Flag: "isolation", Value: "none", Arrives: []flagstest.Destination{
			flagstest.At(embedded, "Isolation", local.None), flagstest.At(told, "Network", true), flagstest.At(told, "DataDir", ".")}},
		{Flag: "python", Value: "/venv/bin/python", Arrives: []flagstest.Destination{
			flagstest.At(embedded, "Python", "/venv/bin/python"), flagstest.At(told, "Packages", []string(nil))}},
		{Flag: "cache-dir", Value: "/cache", Arrives: []flagstest.Destination{flagstest.At(embedded, "CacheDir", "/cache")}},
		{Flag: "system-dir", Value: "/opt/shared", Arrives: []flagstest.Destination{flagstest.At(embedded, "SystemDir", "/opt/shared")}},
		{Flag: "base-system", Value: "/base.tar.gz", Arrives: []flagstest.Destination{flagstest.At(embedded, "BaseSystem", "/base.tar.gz")}},
		{Flag: "from", Value: "/packages", Base: []string{"setup"}, Arrives: []flagstest.Destination{flagstest.At(embedded, "Packages", "/packages")}},
		{Flag: "packages", Value: "/requirements.txt", Arrives: []flagstest.Destination{flagstest.At(embedded, "Requirements", "/requirements.txt")}},
		{Flag: "egress", Value: "pypi,api.example.com", Arrives: []flagstest.Destination{flagstest.At(embedded, "Egress", rules("pypi", "api.example.com"))}},
		{Flag: "egress", Value: "ask", Arrives: []flagstest.Destination{flagstest.At(embedded, "Egress", rules("ask")), flagstest.At(told, "Asks", true)}},
		{Flag: "secret", Value: "API_KEY@api.example.com", Extra: []string{"--egress=api.example.com"}, Environ: withKey, Arrives: []flagstest.Destination{
			flagstest.At(embedded, "Secrets", apiKey()), flagstest.At(told, "Secrets", []tools.Secret{{Name: "API_KEY", Host: "api.example.com"}})}},
		{Flag: "total-memory", Value: "9GB", Arrives: []flagstest.Destination{flagstest.At(embedded, "TotalMemory", int64(9e9))}},
		{Flag: "memory", Value: "3GB", Arrives: []flagstest.Destination{flagstest.At(embedded, "Memory", int64(3e9))}},
		{Flag: "disk", Value: "3GB", Arrives: []flagstest.Destination{flagstest.At(embedded, "Disk", int64(3e9))}},
		{Flag: "processes", Value: "99", Arrives: []flagstest.Destination{flagstest.At(embedded, "Processes", 99)}},
		{Flag: "max-upload", Value: "300MB", Arrives: []flagstest.Destination{
			flagstest.At(embedded, "MaxUpload", int64(300e6)), flagstest.At(remote, "MaxUpload", int64(300e6))}},
		{Flag: "max-output", Value: "2MiB", Arrives: []flagstest.Destination{
			flagstest.At(embedded, "MaxOutput", int64(2<<20)), flagstest.At(remote, "MaxOutput", int64(2<<20))}},
		{Flag: "image-pixels", Value: "500000", Arrives: []flagstest.Destination{flagstest.At(embedded, "ImagePixels", 500_000)}},
		{Flag: "max-run", Value: "33", Arrives: []flagstest.Destination{
			flagstest.At(embedded, "MaxRun", 33*time.Second), flagstest.At(remote, "MaxRun", 33*time.Second)}},
		{Flag: "cooldown", Value: "77", Arrives: []flagstest.Destination{
			flagstest.At(embedded, "Cooldown", 77*time.Second), flagstest.At(remote, "Cooldown", 77*time.Second), flagstest.At(told, "Cooldown", 77*time.Second+day)}},
		{Flag: "on-idle", Value: "destroy", Arrives: []flagstest.Destination{
			flagstest.At(embedded, "OnIdle", local.Destroy), flagstest.At(told, "Cooldown", 5*time.Minute)}},
		{Flag: "rollback", Value: "off", Arrives: []flagstest.Destination{flagstest.At(embedded, "Rollback", false)}},
		{Flag: "on-idle", Value: "hibernate", Base: []string{"pool"}, Arrives: []flagstest.Destination{flagstest.At(embedded, "OnIdle", local.Hibernate)}},
		{Flag: "sleep-age", Value: "2h", Arrives: []flagstest.Destination{
			flagstest.At(embedded, "SleepAge", 2*time.Hour), flagstest.At(told, "Cooldown", 5*time.Minute+2*time.Hour)}},
		{Flag: "sleep-disk", Value: "3GiB", Arrives: []flagstest.Destination{flagstest.At(embedded, "SleepDisk", int64(3<<30))}},
		{Flag: "max-sessions", Value: "7", Base: []string{"pool"}, Arrives: []flagstest.Destination{flagstest.At(embedded, "MaxSessions", 7)}},
		{Flag: "allow-dir", Value: "/data", Arrives: []flagstest.Destination{flagstest.At(embedded, "Folders", userfolders.New([]string{"/data"}))}},
		{Flag: "allow-hidden", Value: "true", Base: []string{"--allow-dir=/data"}, Arrives: []flagstest.Destination{flagstest.At(embedded, "FoldersHidden", true)}},
		{Flag: "warm", Value: "5", Arrives: []flagstest.Destination{flagstest.At(embedded, "Warm", 5)}},
		{Flag: "warm", Value: "0", Arrives: []flagstest.Destination{flagstest.At(embedded, "Warm", -1)}},
	}
}

func azureRows() []flagstest.Row {
	endpoint, err := azure.ParseEndpoint(inAzure)
	if err != nil {
		panic(err)
	}
	somewhere := []string{"--pool-endpoint=" + onHost}
	managed := []string{"--azure-credential=managed-identity", "--pool-endpoint=" + inAzure}
	credential := func(read func(signIn) any) func(*testing.T, config.Config) any {
		return func(t *testing.T, c config.Config) any { s, _ := remote(t, c).Credential.(signIn); return read(s) }
	}
	return []flagstest.Row{
		{Flag: "pool-endpoint", Value: inAzure, Arrives: []flagstest.Destination{
			flagstest.At(remote, "Endpoint", endpoint), flagstest.At(told, "NetworkUnknown", true)}},
		{Flag: "api-version", Value: "2024-02-02-preview", Base: somewhere, Arrives: []flagstest.Destination{flagstest.At(remote, "APIVersion", "2024-02-02-preview")}},
		{Flag: "azure-credential", Value: "cli", Base: []string{"--pool-endpoint=" + inAzure}, Arrives: []flagstest.Destination{
			flagstest.To("the credential", config.CredentialCLI, credential(func(s signIn) any { return s.kind }))}},
		{Flag: "azure-client-id", Value: "an-identity-of-its-own", Base: managed, Arrives: []flagstest.Destination{
			flagstest.To("the credential", true, credential(func(s signIn) any { return holds(reflect.ValueOf(s.inner), "an-identity-of-its-own", 12) }))}},
		{Flag: "pool-token-file", Value: "/token", Base: somewhere, Arrives: []flagstest.Destination{
			flagstest.To("azure.Options.Credential", tokenFile("/token"), func(t *testing.T, c config.Config) any { return remote(t, c).Credential })}},
		{Flag: "keep-alive", Value: "30m", Base: somewhere, Arrives: []flagstest.Destination{flagstest.At(remote, "KeepAlive", 30*time.Minute)}},
		{Flag: "async-after", Value: "100", Base: somewhere, Arrives: []flagstest.Destination{flagstest.At(remote, "AsyncAfter", 100*time.Second)}},
	}
}

func TestFlagsArrive(t *testing.T) {
	t.Parallel()
	flagstest.Run(t, append(flagRows(), flagstest.Row{
		Flag: "session-key-file", Value: "/key", Base: []string{"--transport=http", "--pool-endpoint=" + onHost},
		Arrives: []flagstest.Destination{flagstest.At(remote, "StopOnClose", false)},
	}))
}

// TestEverySettingHasARow fails for a setting of the pool that nobody has said
// where it arrives.
func TestEverySettingHasARow(t *testing.T) {
	t.Parallel()
	before, err := config.Parse(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	changed := map[string]bool{}
	for _, row := range flagRows() {
		args := append(append([]string{}, row.Base...), row.Extra...)
		after, err := config.Parse(append(args, "--"+row.Flag+"="+row.Value), row.Environ)
		if err != nil {
			t.Fatal(err)
		}
		for _, groups := range [][2]any{{before.Pool, after.Pool}, {before.Azure, after.Azure}} {
			was, is := reflect.ValueOf(groups[0]), reflect.ValueOf(groups[1])
			for i := range was.NumField() {
				name := was.Type().Field(i).Name
				changed[name] = changed[name] || !reflect.DeepEqual(was.Field(i).Interface(), is.Field(i).Interface())
			}
		}
	}
	for name, ok := range changed {
		if !ok {
			t.Errorf("no row of flagRows sets %s: add one that says where it arrives", name)
		}
	}
}

// TestEveryOptionIsSet fails for an option of a pool that no flag arrives at.
func TestEveryOptionIsSet(t *testing.T) {
	t.Parallel()
	rows := flagRows()
	flagstest.EveryOptionIsSet(t, rows, reflect.TypeFor[local.Options](), "Named Logger Progress Index IndexCA") // the index is pip's: see [config.Config]
	flagstest.EveryOptionIsSet(t, rows, reflect.TypeFor[azure.Options](),
		"Credential StopOnClose MaxResponse MaxList Retries RetryDelay MaxRetryDelay Patience PollDelay UserAgent Logger Transport")
}

// holds reports whether a text is somewhere in a value of a library.
func holds(v reflect.Value, text string, depth int) bool {
	if depth == 0 || !v.IsValid() {
		return false
	}
	switch v.Kind() {
	case reflect.String:
		return v.String() == text
	case reflect.Pointer, reflect.Interface:
		return holds(v.Elem(), text, depth-1)
	case reflect.Struct:
		for i := range v.NumField() {
			if holds(v.Field(i), text, depth-1) {
				return true
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			if holds(v.Index(i), text, depth-1) {
				return true
			}
		}
	}
	return false
}
