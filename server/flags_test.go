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
	"dynamic-sessions-mcp/server/backend"
	"dynamic-sessions-mcp/server/bench"
	"dynamic-sessions-mcp/server/connections"
	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/filelinks"
	"dynamic-sessions-mcp/server/flagstest"
	"dynamic-sessions-mcp/server/guard"
	"dynamic-sessions-mcp/server/httpserver"
	"dynamic-sessions-mcp/server/httpserver/httpservertest"
	"dynamic-sessions-mcp/server/metrics"
	"dynamic-sessions-mcp/server/oauth"
	"dynamic-sessions-mcp/server/transcript"
	"dynamic-sessions-mcp/server/web"
	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/userfolders"
	"dynamic-sessions-mcp/tools"
	"dynamic-sessions-mcp/tools/delivery"
)

// What each package gets from a configuration.

func programOf(cfg config.Config) program {
	return program{cfg: cfg, std: Streams{Err: io.Discard}, log: zerolog.Nop()}
}

func modelOptions(_ *testing.T, c config.Config) tools.Options {
	return programOf(c).toolOptions(nil, "")
}
func modelEnvironment(t *testing.T, c config.Config) tools.Environment {
	return modelOptions(t, c).Environment
}
func registryOptions(_ *testing.T, c config.Config) conversation.Options {
	return programOf(c).registryOptions(nil, nil)
}
func webOptions(_ *testing.T, c config.Config) web.Options {
	p := programOf(c)
	return p.webOptions(p.newMCP(tools.Environment{}), nil, nil, metrics.New())
}
func guardOptions(_ *testing.T, c config.Config) guard.Options {
	return programOf(c).guardOptions(guard.Everyone{}, metrics.New())
}

// serviceOf is the service over HTTP of a command.
func serviceOf(c config.Config) config.HTTP {
	if c.Command == config.CommandPool {
		return c.PoolServer.HTTP()
	}
	return c.Serve.HTTP()
}

func accessOf(t *testing.T, c config.Config) *httpserver.Access {
	t.Helper()
	a, err := httpserver.NewAccess(c, serviceOf(c), zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

var somewhere = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9}

// outFolderOf is the folder for results, whose parent exists everywhere.
func outFolderOf(t *testing.T, c config.Config) any {
	t.Helper()
	dir, err := backend.OutFolder(c)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
func saverOptions(_ *testing.T, c config.Config) delivery.Options {
	return programOf(c).saverOptions(nil, "/out")
}
func transcriptOptions(_ *testing.T, c config.Config) transcript.Options {
	return programOf(c).transcriptOptions(nil)
}
func linkOptions(_ *testing.T, c config.Config) filelinks.Options {
	return programOf(c).linkOptions(nil, nil, "")
}

func issuerOptions(t *testing.T, c config.Config) oauth.Options {
	return programOf(c).oauthOptions(accessOf(t, c), somewhere)
}
func limitOptions(_ *testing.T, c config.Config) connections.Options {
	return programOf(c).connectionOptions(serviceOf(c))
}
func restOptions(_ *testing.T, c config.Config) rest.Options {
	return programOf(c).restOptions(nil)
}
func endpointOf(t *testing.T, c config.Config) any { return accessOf(t, c).Endpoint(somewhere) }

// flagRows has a row for every flag of every command, but for those that only the
// pool is opened with: package backend has theirs.
func flagRows(t *testing.T) []flagstest.Row {
	t.Helper()
	rows := slices.Concat(toolFlagRows(), serveFlagRows(t), benchFlagRows())
	for _, base := range [][]string{{"--transport=http"}, {"pool"}} {
		rows = append(rows, accessFlagRows(t, base)...)
	}
	rows = append(rows, engineFlagRows()...)
	return append(rows, []flagstest.Row{
		{Flag: "max-upload", Value: "300MB", Arrives: []flagstest.Destination{
			at(webOptions, "MaxMessage", int64(401048576)),
			to("stdio.Options.MaxMessage", 401048576, func(_ *testing.T, c config.Config) any {
				return programOf(c).stdioOptions(nil, nil, &executionQueue{}).MaxMessage
			})}},
		{Flag: "max-upload", Value: "300MB", Base: []string{"pool"}, Arrives: []flagstest.Destination{at(restOptions, "MaxUpload", int64(300e6))}},
		{Flag: "allow-dir", Value: "/data", Base: []string{"pool", "--stdio"}, NoVariable: true, Arrives: []flagstest.Destination{
			to("the folders that code sees", 1, func(_ *testing.T, c config.Config) any { return len(c.UserFolders()) })}},
		{Flag: "allow-hidden", Base: []string{"pool", "--stdio", "--allow-dir=/data"}, NoVariable: true, Arrives: []flagstest.Destination{
			to("what code sees of them", true, func(_ *testing.T, c config.Config) any { return c.Tools.AllowHidden })}},
		{Flag: "max-run", Value: "33", Arrives: []flagstest.Destination{at(modelOptions, "MaxRun", 33*time.Second)}},
		{Flag: "egress-ask", Value: "off", Base: []string{"--egress=pypi"}, Arrives: []flagstest.Destination{at(modelEnvironment, "Asks", false)}},
		{Flag: "egress-ask", Value: "on", Base: []string{"--egress=pypi", "--transport=http"}, Arrives: []flagstest.Destination{at(modelEnvironment, "Asks", true)}},
		{Flag: "answer-within", Value: "33", Arrives: []flagstest.Destination{at(modelOptions, "AnswerWithin", 33*time.Second)}},
		{Flag: "cooldown", Value: "77", Arrives: []flagstest.Destination{at(modelEnvironment, "Cooldown", 77*time.Second+24*time.Hour)}},
		{Flag: "log-level", Value: "debug", Arrives: []flagstest.Destination{to("the log", zerolog.DebugLevel, func(_ *testing.T, c config.Config) any {
			return newLogger(c.Logging.LogLevel, io.Discard).GetLevel()
		})}},
		{Flag: "out", Value: "/out", Base: []string{"demo"}, Arrives: []flagstest.Destination{
			to("demo.Options.Out", "/out", func(_ *testing.T, c config.Config) any { return programOf(c).demoOptions().Out })}},
	}...)
}

func benchOptions(_ *testing.T, c config.Config) bench.Options { return programOf(c).benchOptions() }

// benchFlagRows are those of the command bench.
func benchFlagRows() (rows []flagstest.Row) {
	row := func(flag, value, field string, want any) {
		rows = append(rows, flagstest.Row{Flag: flag, Value: value, Base: []string{"bench"}, Arrives: []flagstest.Destination{at(benchOptions, field, want)}})
	}
	row("pairs", "3", "Pairs", 3)
	row("load", "2", "Load", 2)
	row("only", "warm,true", "Only", []string{"warm", "true"})
	row("list", "", "List", true)
	row("curves", "", "Curves", true)
	row("short", "", "Short", true)
	row("values", "-", "JSON", "-")
	row("peers", "/peers", "Peers", "/peers")
	row("isolation", "none", "Isolated", false)
	row("cache-dir", "/cache", "CacheDir", "/cache")
	row("disk", "3GB", "Disk", int64(3e9))
	row("max-upload", "3MB", "MaxUpload", int64(3e6))
	row("max-output", "2MiB", "MaxOutput", int64(2<<20))
	return rows
}

// at is a field of the options of a package, to any other destination.
func at[T any](of func(*testing.T, config.Config) T, field string, want any) flagstest.Destination {
	return flagstest.At(of, field, want)
}

func to(place string, want any, got func(*testing.T, config.Config) any) flagstest.Destination {
	return flagstest.To(place, want, got)
}

func toolFlagRows() []flagstest.Row {
	return []flagstest.Row{
		{Flag: "allow-dir", Value: "/data", Arrives: []flagstest.Destination{at(modelOptions, "AllowDirs", []string{"/data"})}},
		{Flag: "allow-hidden", Base: []string{"--allow-dir=/data"}, Arrives: []flagstest.Destination{at(modelOptions, "AllowHidden", true)}},
		{Flag: "max-text", Value: "5000", Arrives: []flagstest.Destination{at(modelOptions, "MaxText", 5000)}},
		{Flag: "mount", Value: "off", Base: []string{"--allow-dir=/data"}, Arrives: []flagstest.Destination{at(modelEnvironment, "Folders", userfolders.Folders(nil))}},
		{Flag: "out", Value: "/out", Arrives: []flagstest.Destination{to("the folder for results", "/out", outFolderOf)}},
		{Flag: "out", Value: "/out", Base: []string{"doctor"}, Arrives: []flagstest.Destination{to("the folder for results", "/out", outFolderOf)}},
		{Flag: "transcript", Value: "/t", Arrives: []flagstest.Destination{at(transcriptOptions, "Dir", "/t")}},
		{Flag: "disk", Value: "3GB", Arrives: []flagstest.Destination{at(saverOptions, "MaxBytes", int64(3e9))}},
		{Flag: "link-life", Value: "10m", Base: []string{"--transport=http"}, Arrives: []flagstest.Destination{at(linkOptions, "Life", 10*time.Minute)}},
		{Flag: "result-format", Value: "json", Arrives: []flagstest.Destination{at(modelOptions, "ResultFormat", tools.FormatJSON)}},
		{Flag: "image-pixels", Value: "500000", Arrives: []flagstest.Destination{at(modelOptions, "ImagePixels", 500_000)}},
		{Flag: "resource-links", Value: "on", Arrives: []flagstest.Destination{at(modelOptions, "ResourceLinks", tools.LinksOn)}},
		{Flag: "resource-links", Value: "off", Arrives: []flagstest.Destination{at(modelOptions, "ResourceLinks", tools.LinksOff)}},
	}
}

func serveFlagRows(t *testing.T) []flagstest.Row {
	overHTTP := []string{"--transport=http"}
	issuer := []string{"--oauth-issuer=https://issuer.example", "--oauth-audience=api"}
	return []flagstest.Row{
		{Flag: "transport", Value: "sse", Arrives: []flagstest.Destination{at(webOptions, "OnlySSE", true)}},
		{Flag: "session-name", Value: "work", Arrives: []flagstest.Destination{at(modelEnvironment, "Named", true),
			to("the session", backend.NamedSession("work"), func(_ *testing.T, c config.Config) any { id, _ := programOf(c).ownSession(); return id })}},
		{Flag: "oauth-issuer", Value: "https://issuer.example", Base: overHTTP, Extra: issuer[1:], Arrives: []flagstest.Destination{
			at(issuerOptions, "Issuer", "https://issuer.example"), to("who is asked", true, func(t *testing.T, c config.Config) any {
				_, ok := programOf(c).authenticator(accessOf(t, c), somewhere).(*oauth.Resource)
				return ok
			})}},
		{Flag: "oauth-audience", Value: "api", Base: overHTTP, Extra: issuer[:1], Arrives: []flagstest.Destination{at(issuerOptions, "Audiences", []string{"api"})}},
		{Flag: "oauth-scope", Value: "run", Base: overHTTP, Extra: issuer, Arrives: []flagstest.Destination{at(issuerOptions, "Scopes", []string{"run"})}},
		{Flag: "public-url", Value: "https://python.example", Base: overHTTP, Arrives: []flagstest.Destination{
			at(issuerOptions, "URL", "https://python.example"), to("the endpoint", "https://python.example", endpointOf)}},
		{Flag: "allow-origin", Value: "https://chat.example", Base: overHTTP, Arrives: []flagstest.Destination{at(guardOptions, "Origins", []string{"https://chat.example"})}},
		{Flag: "session-key-file", Value: secretFile(t), Base: append(overHTTP, "--pool-endpoint=http://127.0.0.1:8080"), Arrives: []flagstest.Destination{to("the key", secretInFile, func(t *testing.T, c config.Config) any {
			key, err := programOf(c).sessionKey()
			if err != nil {
				t.Fatal(err)
			}
			return string(key)
		})}},
		{Flag: "max-conversations", Value: "7", Base: overHTTP, Arrives: []flagstest.Destination{at(registryOptions, "MaxPerPrincipal", 7)}},
		{Flag: "conversation-idle", Value: "10m", Base: overHTTP, Arrives: []flagstest.Destination{at(registryOptions, "Idle", 10*time.Minute)}},
	}
}

// accessFlagRows are those of both services over HTTP.
func accessFlagRows(t *testing.T, base []string) []flagstest.Row {
	cert, key := httpservertest.Certificate(t, time.Now().Add(time.Hour))
	cache := t.TempDir()
	hosts := func(t *testing.T, c config.Config) []string {
		if c.Command == config.CommandPool {
			return programOf(c).poolGuardOptions(accessOf(t, c)).Hosts
		}
		return guardOptions(t, c).Hosts
	}
	served := to("TLS", true, func(t *testing.T, c config.Config) any { return accessOf(t, c).TLS != nil })
	rows := []flagstest.Row{
		{Flag: "listen", Value: "127.7.7.7:77", Base: base, Arrives: []flagstest.Destination{to("the endpoint", "http://127.7.7.7:9", endpointOf),
			to("the hosts", true, func(t *testing.T, c config.Config) any { return slices.Contains(hosts(t, c), "127.7.7.7") })}},
		{Flag: "auth-token-file", Value: secretFile(t), Base: base, Arrives: []flagstest.Destination{to("the token", secretInFile, func(t *testing.T, c config.Config) any { return accessOf(t, c).Token })}},
		{Flag: "no-auth", Base: base, Arrives: []flagstest.Destination{to("the token", "", func(t *testing.T, c config.Config) any { return accessOf(t, c).Token })}},
		{Flag: "tls-cert", Value: cert, Base: base, Extra: []string{"--tls-key=" + key}, Arrives: []flagstest.Destination{served}},
		{Flag: "tls-key", Value: key, Base: base, Extra: []string{"--tls-cert=" + cert}, Arrives: []flagstest.Destination{served}},
		{Flag: "cache-dir", Value: cache, Base: append(slices.Clone(base), "--tls-self-signed"), Arrives: []flagstest.Destination{
			to("the certificate's folder", true, func(t *testing.T, c config.Config) any { return strings.HasPrefix(accessOf(t, c).Authority, cache) })}},
		{Flag: "tls-self-signed", Base: append(slices.Clone(base), "--cache-dir="+t.TempDir()), Arrives: []flagstest.Destination{served,
			to("the authority", true, func(t *testing.T, c config.Config) any { return accessOf(t, c).Authority != "" })}},
		{Flag: "max-connections", Value: "70", Base: base, Arrives: []flagstest.Destination{at(limitOptions, "Max", 70)}},
		{Flag: "allow-host", Value: "b.example", Base: base, Arrives: []flagstest.Destination{
			to("the hosts", true, func(t *testing.T, c config.Config) any { return slices.Contains(hosts(t, c), "b.example") })}},
	}
	if base[0] == "pool" {
		rows = append(rows, flagstest.Row{Flag: "stdio", Base: base, Arrives: []flagstest.Destination{to("the transport", true, func(_ *testing.T, c config.Config) any { return c.PoolServer.Stdio })}})
		rows = append(rows, flagstest.Row{Flag: "require-version", Base: base, Arrives: []flagstest.Destination{at(restOptions, "RequireVersion", true)}})
	}
	return rows
}

// engineFlagRows are of serve, and of the demonstration, which hands them on.
func engineFlagRows() (rows []flagstest.Row) {
	for flag, value := range map[string]string{"engine": "podman", "engine-binary": "/linux", "engine-image": "localhost/debian"} {
		for _, base := range [][]string{{"serve"}, {"demo"}} {
			if flag != "engine" {
				base = append(base, "--engine=docker")
			}
			rows = append(rows, flagstest.Row{Flag: flag, Value: value, Base: base, Arrives: []flagstest.Destination{
				to("the flags of a server", true, func(_ *testing.T, c config.Config) any { return slices.Contains(c.Flags, "--"+flag+"="+value) })}})
		}
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
	flagstest.Run(t, flagRows(t))
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

// TestEveryFlagHasARow fails for a flag that nobody has said where it arrives. A
// command that only opens the pool, setup, shows those that package backend has
// rows for.
func TestEveryFlagHasARow(t *testing.T) {
	t.Parallel()
	of := map[config.Command]map[string]bool{} // flags by the command that has a row for them
	for _, row := range flagRows(t) {
		if of[row.Command()] == nil {
			of[row.Command()] = map[string]bool{}
		}
		of[row.Command()][row.Flag] = true
	}
	ofThePool := flagsOf(t, config.CommandSetup)
	if len(ofThePool) < 20 {
		t.Fatalf("the help of setup shows only the flags %q", ofThePool)
	}
	for _, command := range []config.Command{config.CommandServe, config.CommandPool, config.CommandDemo, config.CommandBench} {
		for _, flag := range flagsOf(t, command) {
			if !slices.Contains(ofThePool, flag) && !of[command][flag] {
				t.Errorf("--%s of %s has no row: add one to flagRows that sets it to another value than its default and says where it arrives", flag, command)
			}
		}
	}
}

// TestEveryOptionIsSet fails for an option of a package that no flag arrives at.
func TestEveryOptionIsSet(t *testing.T) {
	t.Parallel()
	rows := flagRows(t)
	for options, except := range map[reflect.Type]string{
		reflect.TypeFor[tools.Options]():        "Pool Session User SessionHandles Delivery Notebooks Hold Turn Logger Environment",
		reflect.TypeFor[conversation.Options](): "Pool Key Shared Ended Logger",
		reflect.TypeFor[web.Options]():          "Server Conversations Tasks Refused Logger",
		reflect.TypeFor[guard.Options]():        "Hosts AnyAddress NoPages Who KeyHeader Open OpenBelow WriteRefusal Refused Logger",
		reflect.TypeFor[oauth.Options]():        "Paths Name Transport Now Logger",
		reflect.TypeFor[connections.Options]():  "Plain Logger",
		reflect.TypeFor[transcript.Options]():   "Pool About Named State Logger",
		reflect.TypeFor[rest.Options]():         "Metadata Logger",
		reflect.TypeFor[bench.Options]():        "Flags Out Log",
		// Package backend shows what arrives at the rest of it.
		reflect.TypeFor[tools.Environment](): "Network Hosts Index Secrets NetworkUnknown DataDir Packages Python OneFigure Warning OutFolder OutLinks Elsewhere",
	} {
		flagstest.EveryOptionIsSet(t, rows, options, except)
	}
}
