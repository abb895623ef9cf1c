package server

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/server/connections"
	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/guard"
	"dynamic-sessions-mcp/server/metrics"
	"dynamic-sessions-mcp/server/oauth"
	"dynamic-sessions-mcp/server/web"
	"dynamic-sessions-mcp/sessions/azure"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/wire"
	"dynamic-sessions-mcp/tools"
)

// A flagRow sets one flag to another value than its default and says where that
// must arrive.
type flagRow struct {
	flag, value string
	base        []string // the command and flags without which the flag means nothing
	extra       []string // flags that it cannot be given without
	arrives     []destination
}

// A destination is one place that reads a setting.
type destination struct {
	place string
	got   func(*testing.T, program) any
	want  any
}

// at reads one field of one package's options.
func at[T any](of func(*testing.T, program) T, field string, want any) destination {
	return destination{reflect.TypeFor[T]().String() + "." + field, func(t *testing.T, p program) any {
		return reflect.ValueOf(of(t, p)).FieldByName(field).Interface()
	}, want}
}

// What each package gets from a program's configuration.

func localOptions(_ *testing.T, p program) local.Options { return options(p.cfg.Pool, "", p.log, nil) }

func remoteOptions(t *testing.T, p program) azure.Options {
	t.Helper()
	if !p.cfg.Azure.Set() {
		p.cfg.Azure.PoolEndpoint = onHost
	}
	o, err := azureOptions(p.cfg, p.cfg.Pool, p.log)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func modelOptions(_ *testing.T, p program) tools.Options { return p.toolOptions(nil, "") }
func modelEnvironment(t *testing.T, p program) tools.Environment {
	return modelOptions(t, p).Environment
}
func bookOptions(_ *testing.T, p program) conversation.Options { return p.bookOptions(nil, nil) }
func webOptions(_ *testing.T, p program) web.Options {
	return p.webOptions(p.newMCP(), nil, metrics.New())
}
func guardOptions(_ *testing.T, p program) guard.Options {
	return p.guardOptions(guard.Everyone{}, metrics.New())
}

func accessOf(t *testing.T, p program) access {
	t.Helper()
	opts := p.cfg.Serve.HTTP()
	if p.cfg.Command == config.CommandPool {
		opts = p.cfg.PoolServer.HTTP()
	}
	a, err := p.access(opts)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

var somewhere = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9}

func issuerOptions(_ *testing.T, p program) oauth.Options {
	return p.oauthOptions(access{}, somewhere)
}
func limitOptions(_ *testing.T, p program) connections.Options {
	opts := p.cfg.Serve.HTTP()
	if p.cfg.Command == config.CommandPool {
		opts = p.cfg.PoolServer.HTTP()
	}
	return p.connectionOptions(opts)
}
func restOptions(t *testing.T, p program) rest.Options {
	return p.restOptions(accessOf(t, p), wire.Metadata{})
}

// to is a destination that no field of options is.
func to(place string, want any, got func(*testing.T, program) any) destination {
	return destination{place, got, want}
}

func endpointOf(t *testing.T, p program) any {
	opts := p.cfg.Serve.HTTP()
	if p.cfg.Command == config.CommandPool {
		opts = p.cfg.PoolServer.HTTP()
	}
	return access{}.endpoint(opts, somewhere)
}

// flagRows has a row for every flag of every command.
func flagRows(t *testing.T) []flagRow {
	t.Helper()
	rows := slices.Concat(poolFlagRows(), azureFlagRows(), toolFlagRows())
	rows = append(rows, serveFlagRows(t)...)
	for _, base := range [][]string{{"--transport=http"}, {"pool"}} {
		rows = append(rows, accessFlagRows(t, base)...)
	}
	return rows
}

func poolFlagRows() []flagRow {
	const day = 24 * time.Hour
	return []flagRow{
		{flag: "isolation", value: "none", arrives: []destination{
			at(localOptions, "Isolation", local.None), at(modelEnvironment, "Network", true), at(modelEnvironment, "DataDir", ".")}},
		{flag: "python", value: "/venv/bin/python", arrives: []destination{at(localOptions, "Python", "/venv/bin/python"), at(modelEnvironment, "Packages", []string(nil))}},
		{flag: "cache-dir", value: "/cache", arrives: []destination{at(localOptions, "CacheDir", "/cache"),
			to("the certificate's folder", "/cache/certificate", func(t *testing.T, p program) any { dir, _ := p.certificateFolder(); return dir })}},
		{flag: "total-memory", value: "9GB", arrives: []destination{at(localOptions, "TotalMemory", int64(9e9))}},
		{flag: "memory", value: "3GB", arrives: []destination{at(localOptions, "Memory", int64(3e9))}},
		{flag: "disk", value: "3GB", arrives: []destination{at(localOptions, "Disk", int64(3e9))}},
		{flag: "processes", value: "99", arrives: []destination{at(localOptions, "Processes", 99)}},
		{flag: "max-upload", value: "300MB", arrives: []destination{
			at(localOptions, "MaxUpload", int64(300e6)), at(remoteOptions, "MaxUpload", int64(300e6)),
			at(restOptions, "MaxUpload", int64(300e6)), at(webOptions, "MaxMessage", int64(401048576)),
			to("stdio.Options.MaxMessage", 401048576, func(_ *testing.T, p program) any { return p.stdioOptions(nil, newArrivals(nil)).MaxMessage })}},
		{flag: "max-output", value: "2MiB", arrives: []destination{at(localOptions, "MaxOutput", int64(2<<20)), at(remoteOptions, "MaxOutput", int64(2<<20))}},
		{flag: "timeout", value: "33", arrives: []destination{
			at(localOptions, "Timeout", 33*time.Second), at(remoteOptions, "Timeout", 33*time.Second), at(modelOptions, "Timeout", 33*time.Second)}},
		{flag: "cooldown", value: "77", arrives: []destination{
			at(localOptions, "Cooldown", 77*time.Second), at(remoteOptions, "Cooldown", 77*time.Second), at(modelEnvironment, "Cooldown", 77*time.Second+day)}},
		{flag: "on-idle", value: "destroy", arrives: []destination{at(localOptions, "OnIdle", local.Destroy), at(modelEnvironment, "Cooldown", 5*time.Minute)}},
		{flag: "on-idle", value: "hibernate", base: []string{"pool"}, arrives: []destination{at(localOptions, "OnIdle", local.Hibernate)}},
		{flag: "sleep-age", value: "2h", arrives: []destination{at(localOptions, "SleepAge", 2*time.Hour), at(modelEnvironment, "Cooldown", 5*time.Minute+2*time.Hour)}},
		{flag: "sleep-disk", value: "3GiB", arrives: []destination{at(localOptions, "SleepDisk", int64(3<<30))}},
		{flag: "max-sessions", value: "7", arrives: []destination{at(localOptions, "MaxSessions", 7)}},
		{flag: "warm", value: "5", arrives: []destination{at(localOptions, "Warm", 5)}},
		{flag: "warm", value: "0", arrives: []destination{at(localOptions, "Warm", -1)}},
		{flag: "log-level", value: "debug", arrives: []destination{to("the log", zerolog.DebugLevel, func(_ *testing.T, p program) any {
			return newLogger(p.cfg.Logging.LogLevel, io.Discard).GetLevel()
		})}},
		{flag: "out", value: "/out", base: []string{"demo"}, arrives: []destination{to("demo.Options.Out", "/out", func(_ *testing.T, p program) any { return p.demoOptions().Out })}},
	}
}

func azureFlagRows() []flagRow {
	endpoint, err := azure.ParseEndpoint(inAzure)
	if err != nil {
		panic(err)
	}
	managed := []string{"--azure-credential=managed-identity", "--pool-endpoint=" + inAzure}
	credential := func(read func(signIn) any) func(*testing.T, program) any {
		return func(t *testing.T, p program) any { s, _ := remoteOptions(t, p).Credential.(signIn); return read(s) }
	}
	return []flagRow{
		{flag: "pool-endpoint", value: inAzure, arrives: []destination{at(remoteOptions, "Endpoint", endpoint), at(modelEnvironment, "NetworkUnknown", true)}},
		{flag: "api-version", value: "2024-02-02-preview", arrives: []destination{at(remoteOptions, "APIVersion", "2024-02-02-preview")}},
		{flag: "azure-credential", value: "cli", base: []string{"--pool-endpoint=" + inAzure}, arrives: []destination{
			to("the credential", config.CredentialCLI, credential(func(s signIn) any { return s.kind }))}},
		{flag: "azure-client-id", value: "an-identity-of-its-own", base: managed, arrives: []destination{
			to("the credential", true, credential(func(s signIn) any { return holds(reflect.ValueOf(s.inner), "an-identity-of-its-own", 12) }))}},
		{flag: "pool-token-file", value: "/token", arrives: []destination{to("azure.Options.Credential", tokenFile("/token"), func(t *testing.T, p program) any { return remoteOptions(t, p).Credential })}},
		{flag: "keep-alive", value: "30m", arrives: []destination{at(remoteOptions, "KeepAlive", 30*time.Minute)}},
		{flag: "async-after", value: "100", arrives: []destination{at(remoteOptions, "AsyncAfter", 100*time.Second)}},
	}
}

func toolFlagRows() []flagRow {
	return []flagRow{
		{flag: "allow-dir", value: "/data", arrives: []destination{at(modelOptions, "AllowDirs", []string{"/data"})}},
		{flag: "allow-hidden", arrives: []destination{at(modelOptions, "AllowHidden", true)}},
		{flag: "result-format", value: "json", arrives: []destination{at(modelOptions, "ResultFormat", tools.FormatJSON)}},
		{flag: "resource-links", value: "on", arrives: []destination{at(modelOptions, "ResourceLinks", tools.LinksOn)}},
		{flag: "resource-links", value: "off", arrives: []destination{at(modelOptions, "ResourceLinks", tools.LinksOff)}},
	}
}

func serveFlagRows(t *testing.T) []flagRow {
	overHTTP := []string{"--transport=http"}
	issuer := []string{"--oauth-issuer=https://issuer.example", "--oauth-audience=api"}
	return []flagRow{
		{flag: "transport", value: "sse", arrives: []destination{at(webOptions, "OnlySSE", true)}},
		{flag: "session-name", value: "work", arrives: []destination{at(modelEnvironment, "Kept", true),
			to("the session", namedSession("work"), func(_ *testing.T, p program) any { id, _ := p.ownSession(); return id })}},
		{flag: "oauth-issuer", value: "https://issuer.example", base: overHTTP, extra: issuer[1:], arrives: []destination{
			at(issuerOptions, "Issuer", "https://issuer.example"), to("who is asked", true, func(_ *testing.T, p program) any {
				_, ok := p.authenticator(access{token: "t"}, somewhere).(*oauth.Resource)
				return ok
			})}},
		{flag: "oauth-audience", value: "api", base: overHTTP, extra: issuer[:1], arrives: []destination{at(issuerOptions, "Audiences", []string{"api"})}},
		{flag: "oauth-scope", value: "run", base: overHTTP, extra: issuer, arrives: []destination{at(issuerOptions, "Scopes", []string{"run"})}},
		{flag: "public-url", value: "https://python.example", base: overHTTP, arrives: []destination{
			at(issuerOptions, "URL", "https://python.example"), to("the endpoint", "https://python.example", endpointOf)}},
		{flag: "allow-origin", value: "https://chat.example", base: overHTTP, arrives: []destination{at(guardOptions, "Origins", []string{"https://chat.example"})}},
		{flag: "session-key-file", value: secretFile(t), base: overHTTP, arrives: []destination{to("the key", secretInFile, func(t *testing.T, p program) any {
			key, err := p.sessionKey()
			if err != nil {
				t.Fatal(err)
			}
			return string(key)
		}), to("azure.Options.StopOnClose", false, func(t *testing.T, p program) any { return remoteOptions(t, p).StopOnClose })}},
		{flag: "max-conversations", value: "7", base: overHTTP, arrives: []destination{at(bookOptions, "MaxPerPrincipal", 7)}},
		{flag: "conversation-idle", value: "10m", base: overHTTP, arrives: []destination{at(bookOptions, "Idle", 10*time.Minute)}},
	}
}

// accessFlagRows are those of both services over HTTP.
func accessFlagRows(t *testing.T, base []string) []flagRow {
	cert, key := certificateFiles(t, time.Now().Add(time.Hour))
	hosts := func(t *testing.T, p program) []string {
		if p.cfg.Command == config.CommandPool {
			return restOptions(t, p).Hosts
		}
		return guardOptions(t, p).Hosts
	}
	served := to("TLS", true, func(t *testing.T, p program) any { return accessOf(t, p).tls != nil })
	rows := []flagRow{
		{flag: "listen", value: "127.7.7.7:77", base: base, arrives: []destination{to("the endpoint", "http://127.7.7.7:9", endpointOf),
			to("the hosts", true, func(t *testing.T, p program) any { return slices.Contains(hosts(t, p), "127.7.7.7") })}},
		{flag: "auth-token-file", value: secretFile(t), base: base, arrives: []destination{to("the token", secretInFile, func(t *testing.T, p program) any { return accessOf(t, p).token })}},
		{flag: "no-auth", base: base, arrives: []destination{to("the token", "", func(t *testing.T, p program) any { return accessOf(t, p).token })}},
		{flag: "tls-cert", value: cert, base: base, extra: []string{"--tls-key=" + key}, arrives: []destination{served}},
		{flag: "tls-key", value: key, base: base, extra: []string{"--tls-cert=" + cert}, arrives: []destination{served}},
		{flag: "tls-self-signed", base: append(slices.Clone(base), "--cache-dir="+t.TempDir()), arrives: []destination{served,
			to("the authority", true, func(t *testing.T, p program) any { return accessOf(t, p).authority != "" })}},
		{flag: "max-connections", value: "70", base: base, arrives: []destination{at(limitOptions, "Max", 70)}},
		{flag: "allow-host", value: "b.example", base: base, arrives: []destination{
			to("the hosts", true, func(t *testing.T, p program) any { return slices.Contains(hosts(t, p), "b.example") })}},
	}
	if base[0] == "pool" {
		rows = append(rows, flagRow{flag: "require-version", base: base, arrives: []destination{at(restOptions, "RequireVersion", true)}})
	}
	return rows
}

const secretInFile = "a-secret-of-enough-characters"

func secretFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secretInFile), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestFlagsArrive sets every flag, on the command line and in the environment, and
// looks for its value where it must have an effect.
func TestFlagsArrive(t *testing.T) {
	t.Parallel()
	for _, row := range flagRows(t) {
		t.Run(strings.Join(append(row.base, row.flag, row.value), " "), func(t *testing.T) {
			t.Parallel()
			argument, value := "--"+row.flag, "true"
			if row.value != "" {
				argument, value = argument+"="+row.value, row.value
			}
			variable := "DYNAMIC_SESSIONS_" + strings.ToUpper(strings.ReplaceAll(row.flag, "-", "_")) + "=" + value
			with := slices.Concat(row.base, row.extra)
			unset := programOf(t, nil, row.base...)
			set := map[string]program{
				"flag": programOf(t, nil, append(slices.Clone(with), argument)...), "variable": programOf(t, []string{variable}, with...),
			}
			for _, a := range row.arrives {
				if before := a.got(t, unset); reflect.DeepEqual(before, a.want) {
					t.Errorf("%s is %v without --%s too: the row shows nothing", a.place, before, row.flag)
				}
				for how, p := range set {
					if got := a.got(t, p); !reflect.DeepEqual(got, a.want) {
						t.Errorf("%s set by its %s: %s is %v, want %v", argument, how, a.place, got, a.want)
					}
				}
			}
		})
	}
}

func programOf(t *testing.T, environ []string, args ...string) program {
	t.Helper()
	cfg, err := config.Parse(args, environ)
	if err != nil {
		t.Fatalf("%q %q: %v", args, environ, err)
	}
	return program{cfg: cfg, std: Streams{Err: io.Discard}, log: zerolog.Nop()}
}

var flagInHelp = regexp.MustCompile(`(?m)^\s+(?:-\w, )?--(?:\[no-\])?([a-z0-9-]+)`)

// flagsOf are the flags that a command's help shows.
func flagsOf(t *testing.T, command config.Command) []string {
	t.Helper()
	_, err := config.Parse([]string{string(command), "--help"}, nil)
	var flags []string
	for _, found := range flagInHelp.FindAllStringSubmatch(fmt.Sprint(err), -1) {
		if found[1] != "help" && found[1] != "version" {
			flags = append(flags, found[1])
		}
	}
	return flags
}

// TestEveryFlagHasARow fails for a flag that nobody has said where it arrives.
func TestEveryFlagHasARow(t *testing.T) {
	t.Parallel()
	of := map[string]map[string]bool{} // flags by the command that has a row for them
	for _, row := range flagRows(t) {
		command := string(config.CommandServe)
		if len(row.base) > 0 && !strings.HasPrefix(row.base[0], "-") {
			command = row.base[0]
		}
		if of[command] == nil {
			of[command] = map[string]bool{}
		}
		of[command][row.flag] = true
	}
	common := flagsOf(t, config.CommandSetup)
	if len(common) < 20 {
		t.Fatalf("the help of setup shows only the flags %q", common)
	}
	for _, command := range []config.Command{config.CommandServe, config.CommandPool, config.CommandDemo, config.CommandDoctor, config.CommandVersion} {
		for _, flag := range flagsOf(t, command) {
			owner := string(command)
			if slices.Contains(common, flag) {
				owner = string(config.CommandServe)
			}
			if !of[owner][flag] {
				t.Errorf("--%s of %s has no row: add one to flagRows that sets it to another value than its default and says where it arrives", flag, owner)
			}
		}
	}
}

// notSettings are the fields of options that no flag sets, by the type.
var notSettings = map[string]string{
	"local.Options":        "Named MaxWarm Logger Progress",
	"azure.Options":        "Credential StopOnClose MaxResponse MaxList Retries RetryDelay MaxRetryDelay Patience PollDelay UserAgent Logger Transport",
	"tools.Options":        "Pool Session User Handles Logger Environment",
	"tools.Environment":    "Python OneFigure Warning",
	"conversation.Options": "Pool Key Shared Logger",
	"web.Options":          "Server Book Answers MaxRequests Heartbeat Refused Logger",
	"guard.Options":        "Hosts AnyAddress Who Open Refused Logger",
	"oauth.Options":        "Paths Name Transport Now Logger",
	"connections.Options":  "Plain Logger",
	"rest.Options":         "Token Hosts MaxBody Answers Metadata Logger",
}

// TestEveryOptionIsSet fails for an option of a package that no flag arrives at.
func TestEveryOptionIsSet(t *testing.T) {
	t.Parallel()
	reached := map[string]bool{}
	for _, row := range flagRows(t) {
		for _, a := range row.arrives {
			reached[a.place] = true
		}
	}
	for _, options := range []reflect.Type{
		reflect.TypeFor[local.Options](), reflect.TypeFor[azure.Options](), reflect.TypeFor[tools.Options](), reflect.TypeFor[tools.Environment](),
		reflect.TypeFor[conversation.Options](), reflect.TypeFor[web.Options](), reflect.TypeFor[guard.Options](), reflect.TypeFor[oauth.Options](), reflect.TypeFor[rest.Options](), reflect.TypeFor[connections.Options](),
	} {
		for field := range options.Fields() {
			place := options.String() + "." + field.Name
			if field.IsExported() && !reached[place] && !slices.Contains(strings.Fields(notSettings[options.String()]), field.Name) {
				t.Errorf("no row of flagRows arrives at %s: add one, or name it in notSettings", place)
			}
		}
	}
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
