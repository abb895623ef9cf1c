package config

import (
	"fmt"
	"slices"

	"github.com/alecthomas/kong"

	"dynamic-sessions-mcp/sessions/local"
)

// A contradiction makes flags of a command have no effect beside other settings
// of it.
type contradiction struct {
	flags func(*kong.Flag) bool
	when  func(*Config) bool
	// why completes "--x has no effect", and says what to do.
	why string
}

// contradictions are all that there are. A setting that would be dangerous to
// ignore is refused by validate, whether it is a flag or a variable.
var contradictions = [...]contradiction{
	{inGroup(groupHTTP), (*Config).overStdio,
		"over standard input and output: add --transport=http, or leave it out"},
	{named("listen", "auth-token-file", "no-auth", "tls-cert", "tls-key", "tls-self-signed", "max-connections", "allow-host"), (*Config).poolOverStdio,
		"with --stdio, where nothing listens and the streams are the caller's: leave out one of them"},
	{named("max-sessions"), (*Config).overStdio,
		"over standard input and output, where the server has a single session: add --transport=http, or leave it out"},
	{inGroup(groupRemote, "pool-endpoint"), (*Config).embedded,
		"on sessions of this machine: name the pool elsewhere with --pool-endpoint, or leave it out"},
	{named("egress"), (*Config).remote,
		"on a pool elsewhere, which decides itself what its sessions reach: in Azure with sessionNetworkConfiguration of the pool (az containerapp sessionpool update --network-status), on a pool command with its own --egress; leave it out"},
	{named("secret"), (*Config).remote,
		"on a pool elsewhere, whose sessions this server connects with nothing: give it to the pool command there, or leave it out"},
	{inGroup(groupSessions, "max-run", "cooldown", "max-upload", "max-output", "image-pixels", "cache-dir"), (*Config).remote,
		"on a pool elsewhere, which --pool-endpoint or POOL_MANAGEMENT_ENDPOINT names: leave it out, or give --pool-endpoint=none"},
	{inGroup(groupEngine), (*Config).remote,
		"on a pool elsewhere, which --pool-endpoint or POOL_MANAGEMENT_ENDPOINT names: leave it out, or give --pool-endpoint=none"},
	{named("engine-binary", "engine-image"), (*Config).uncontained,
		"on this system itself: add --engine, or leave it out"},
	{named("packages"), (*Config).Contained,
		"in the Linux that --engine names, which installs its packages itself and sees no file of this machine: leave it out, or run the server on Linux"},
	{named("packages"), func(c *Config) bool { return c.Pool.Python != "" },
		"with --python, whose packages are its own: install them there, or leave out one of them"},
	{named("python", "system-dir", "base-system"), (*Config).containedAsked,
		"in the Linux that --engine names, which sees nothing of this machine but the folders of --allow-dir: leave out one of them"},
	{named("cache-dir"), func(c *Config) bool { return c.containedAsked() && !(c.overHTTP() && c.Serve.TLSSelfSigned) },
		"with --engine, which keeps everything in a volume, or in the distribution of WSL: leave out one of them"},
	{named("cache-dir"), func(c *Config) bool { return c.remote() && !(c.overHTTP() && c.Serve.TLSSelfSigned) },
		"with a pool elsewhere, which --pool-endpoint or POOL_MANAGEMENT_ENDPOINT names: leave it out, or give --pool-endpoint=none"},
	{named("memory", "total-memory", "processes"), (*Config).unisolated,
		"without isolation, where sessions are ordinary processes: leave it out, or leave out --isolation=none"},
	{named("secret"), (*Config).unisolated,
		"without isolation, where code reads what the server can read: leave it out, or leave out --isolation=none"},
	{named("egress"), (*Config).unisolated,
		"without isolation, where code has the network of this machine: leave it out, or leave out --isolation=none"},
	{named("egress-ask"), func(c *Config) bool { return !c.EgressRules().Set() },
		"without --egress on sessions of this machine, where code reaches nothing: add --egress=ask, or leave it out"},
	{named("egress-ask"), (*Config).Contained,
		"in the container or WSL that --engine names, which cannot ask the user: name hosts with --egress, or leave it out"},
	{named("base-system"), (*Config).unisolated,
		"without isolation, where code uses this system: leave it out, or leave out --isolation=none"},
	{named("base-system"), func(c *Config) bool { return c.Pool.Python != "" },
		"with --python, whose libraries are those of this system: leave out one of them"},
	{named("on-idle"), func(c *Config) bool { return c.unisolated() && c.Pool.OnIdle != local.Destroy },
		"without isolation, where sessions are always destroyed after their cooldown: leave it out, or leave out --isolation=none"},
	{named("rollback"), func(c *Config) bool { return c.unisolated() && c.Pool.Rollback == On },
		"without isolation, where the state of a session cannot be kept: leave it out, or leave out --isolation=none"},
	{named("session-key-file"), func(c *Config) bool { return c.overHTTP() && c.embedded() },
		"on the embedded pool, whose sessions end with this server: run a pool and name it with --pool-endpoint, or leave it out"},
	{named(allowDirFlag, "allow-hidden"), (*Config).overHTTP,
		"over HTTP, where users have their files on computers of their own: leave it out"},
	{named(allowDirFlag, "allow-hidden"), (*Config).poolOverHTTP,
		"over HTTP, where callers have their files on computers of their own: add --stdio, or leave it out"},
	{func(f *kong.Flag) bool { return f.Name == "out" && groupOf(f) == groupTools }, (*Config).overHTTP,
		"over HTTP, where answers have links to files: leave it out; --link-life says how long they are valid"},
	{named("mount"), (*Config).overHTTP, "over HTTP, where code never sees folders of this machine: leave it out"},
	{named("mount"), (*Config).remote, "on a pool elsewhere, whose sessions see no folder of this machine: leave it out"},
	{named("mount"), (*Config).unisolated, "without isolation, where code reads all that you can read: leave it out, or leave out --isolation=none"},
	{named("mount"), func(c *Config) bool { return c.Tools.AllowDir == nil }, "without a folder: add --allow-dir, or leave it out"},
	{named("download", "from", "shared"), (*Config).remote, "with a pool elsewhere, which --pool-endpoint or POOL_MANAGEMENT_ENDPOINT names: leave it out, or give --pool-endpoint=none"},
	{named("from", "shared"), (*Config).containedAsked, "with --engine, which installs for itself: give --engine=native, or leave it out"},
	{named("from"), func(c *Config) bool { return c.Pool.Python != "" }, "with --python, whose packages are its own: leave out one of them"},
	{named("allow-hidden"), func(c *Config) bool { return c.Tools.AllowDir == nil },
		"without a folder: add --allow-dir, or leave it out"},
}

func (c *Config) embedded() bool   { return !c.Azure.Set() }
func (c *Config) remote() bool     { return c.Azure.Set() }
func (c *Config) unisolated() bool { return c.embedded() && c.Pool.Isolation == local.None }
func (c *Config) overStdio() bool {
	return c.Command == CommandServe && c.Serve.Transport == TransportStdio
}
func (c *Config) poolOverStdio() bool { return c.Command == CommandPool && c.PoolServer.Stdio }
func (c *Config) poolOverHTTP() bool  { return c.Command == CommandPool && !c.PoolServer.Stdio }

// inGroup matches the flags of a group, except some.
func inGroup(group string, except ...string) func(*kong.Flag) bool {
	return func(f *kong.Flag) bool { return groupOf(f) == group && !slices.Contains(except, f.Name) }
}

// named matches some flags.
func named(names ...string) func(*kong.Flag) bool {
	return func(f *kong.Flag) bool { return slices.Contains(names, f.Name) }
}

// noEffect returns why a flag has no effect with a configuration, "" if it has
// one.
func (c *Config) noEffect(flag *kong.Flag) (why string) {
	for _, x := range contradictions {
		if x.flags(flag) && x.when(c) {
			return x.why
		}
	}
	return ""
}

// checkEffect reports a flag on the command line that has no effect. One that a
// desktop client passes for a setting that its user left empty asks for nothing.
func (c *Config) checkEffect(parsed *kong.Context) error {
	if len(c.Serve.Dirs) > 0 && c.overHTTP() {
		return fmt.Errorf("the folders among the arguments have no effect over HTTP, where users have their files on computers of their own: leave them out; %w", errUsage)
	}
	for _, step := range parsed.Path {
		if step.Flag == nil || step.Resolved || asksNothing(step.Flag) {
			continue
		}
		if why := c.noEffect(step.Flag); why != "" {
			return fmt.Errorf("--%s has no effect %s; %w", step.Flag.Name, why, errUsage)
		}
	}
	return nil
}

// asksNothing reports whether a flag was given without asking for anything: as
// false, or with an empty text or a placeholder.
func asksNothing(flag *kong.Flag) bool {
	switch value := flag.Target.Interface().(type) {
	case bool:
		return !value
	case string:
		return unset(value)
	case []string:
		return len(paths(value)) == 0
	}
	return false
}
