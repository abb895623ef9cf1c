package config

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// Flags that commands share.
const (
	sessionFlags = "isolation python packages egress secret cache-dir system-dir base-system memory total-memory disk processes max-upload max-output image-pixels max-run cooldown " +
		"on-idle rollback sleep-age sleep-disk max-sessions warm "
	remoteFlags = "pool-endpoint api-version azure-credential azure-client-id pool-token-file keep-alive async-after "
	engineFlags = "engine engine-binary engine-image "
	logFlags    = "log-level "
	accessFlags = "listen auth-token-file no-auth tls-cert tls-key tls-self-signed max-connections allow-host "
)

// honoured are the flags of each command. All others are unknown to it.
var honoured = map[Command]string{
	CommandServe: sessionFlags + remoteFlags + engineFlags + logFlags + accessFlags +
		"allow-dir allow-hidden mount egress-ask answer-within max-text out transcript result-format resource-links transport session-name " +
		"oauth-issuer oauth-audience oauth-scope public-url allow-origin session-key-file max-conversations conversation-idle link-life",
	CommandPool:    sessionFlags + logFlags + accessFlags + "allow-dir allow-hidden require-version stdio",
	CommandDemo:    strings.Replace(sessionFlags, "max-sessions ", "", 1) + remoteFlags + engineFlags + logFlags + "out",
	CommandBench:   "isolation python cache-dir system-dir base-system memory total-memory disk processes max-upload max-output pairs load only list curves short values peers " + logFlags,
	CommandSetup:   sessionFlags + remoteFlags + engineFlags + logFlags + "download from shared",
	CommandDoctor:  sessionFlags + remoteFlags + engineFlags + logFlags + "allow-dir allow-hidden mount out",
	CommandVersion: logFlags + "json",

	CommandLicenses:     logFlags + "cache-dir system-dir",
	CommandRequirements: logFlags,
	CommandVerify:       logFlags,
	CommandReplay:       sessionFlags + remoteFlags + engineFlags + logFlags + "files",
	CommandCompletion:   logFlags,
	CommandMan:          logFlags,
}

// sample has, for every flag, an argument that is valid, with the flags that it
// cannot be given without.
var sample = map[string]string{
	"isolation": "--isolation=gvisor", "python": "--python=/venv/bin/python", "packages": "--packages=/requirements.txt", "egress": "--egress=pypi", "egress-ask": "--egress-ask=off --egress=pypi", "secret": "--secret=API_KEY@api.example.com --egress=api.example.com", "cache-dir": "--cache-dir=/cache",
	"memory": "--memory=3GB", "total-memory": "--total-memory=9GB", "disk": "--disk=3GB", "processes": "--processes=99",
	"max-upload": "--max-upload=3MB", "max-output": "--max-output=2MiB", "image-pixels": "--image-pixels=500000", "max-run": "--max-run=33", "answer-within": "--answer-within=20", "cooldown": "--cooldown=77",
	"on-idle": "--on-idle=hibernate", "rollback": "--rollback=off", "sleep-age": "--sleep-age=2h", "sleep-disk": "--sleep-disk=3GiB", "max-sessions": "--max-sessions=7", "warm": "--warm=5",
	"pool-endpoint": "--pool-endpoint=" + poolURL, "api-version": "--api-version=2024-02-02-preview", "azure-credential": "--azure-credential=cli",
	"azure-client-id": "--azure-client-id=x --azure-credential=managed-identity", "pool-token-file": "--pool-token-file=/token",
	"keep-alive": "--keep-alive=30m", "async-after": "--async-after=100",
	"allow-dir": "--allow-dir=/data", "allow-hidden": "--allow-hidden --allow-dir=/data", "mount": "--mount=off --allow-dir=/data", "max-text": "--max-text=5000", "result-format": "--result-format=json", "resource-links": "--resource-links=on",
	"log-level": "--log-level=debug", "transport": "--transport=http", "session-name": "--session-name=work",
	"listen": "--listen=127.0.0.1:9", "auth-token-file": "--auth-token-file=/t", "no-auth": "--no-auth", "tls-cert": "--tls-cert=/c --tls-key=/k",
	"tls-key": "--tls-key=/k --tls-cert=/c", "tls-self-signed": "--tls-self-signed", "max-connections": "--max-connections=70", "allow-host": "--allow-host=b.example",
	"oauth-issuer": "--oauth-issuer=https://i.example --oauth-audience=a", "oauth-audience": "--oauth-audience=a --oauth-issuer=https://i.example",
	"oauth-scope": "--oauth-scope=s --oauth-audience=a --oauth-issuer=https://i.example", "public-url": "--public-url=https://p.example",
	"allow-origin": "--allow-origin=https://a.example", "session-key-file": "--session-key-file=/k --pool-endpoint=" + poolURL,
	"max-conversations": "--max-conversations=7", "conversation-idle": "--conversation-idle=10m", "link-life": "--link-life=10m", "engine": "--engine=docker", "engine-binary": "--engine-binary=/linux", "engine-image": "--engine-image=debian", "require-version": "--require-version", "stdio": "--stdio", "out": "--out=/out", "transcript": "--transcript=/t", "files": "--files=/f", "json": "--json",
	"base-system": "--base-system=/b", "system-dir": "--system-dir=/usr/lib/x", "download": "--download=/d", "from": "--from=/d", "shared": "--shared",
	"pairs": "--pairs=3", "load": "--load=0", "only": "--only=warm,true", "list": "--list", "curves": "--curves", "short": "--short", "values": "--values=-", "peers": "--peers=/peers",
}

// beside are the flags of a command beside which a flag has an effect.
func beside(command Command, flag string) []string {
	inList := func(list string) bool { return slices.Contains(strings.Fields(list), flag) }
	switch {
	case command == CommandPool && inList("allow-dir allow-hidden"):
		return []string{"--stdio"}
	case inList("packages egress-ask") && command.mayUseEngine(): // on Linux the engine is native anyway
		return []string{"--engine=native"}
	case inList("engine-binary engine-image"):
		return []string{"--engine=docker"}
	case inList(remoteFlags) && flag != "pool-endpoint":
		return []string{"--pool-endpoint=" + poolURL}
	case command == CommandServe && (inList(accessFlags) || inList("max-sessions oauth-issuer oauth-audience oauth-scope public-url allow-origin session-key-file max-conversations conversation-idle link-life")):
		return []string{"--transport=http"}
	}
	return nil
}

// withKey is an environment that has the value of --secret.
var withKey = []string{"API_KEY=0123456789abcdef"}

// argumentsOf are the arguments that a command cannot be without.
func argumentsOf(command Command) []string {
	switch command {
	case CommandCompletion:
		return []string{"bash"}
	case CommandVerify, CommandReplay:
		return []string{"/t/conversation.jsonl"}
	}
	return nil
}

// TestFlagsOfCommands gives every flag to every command: it must either be in the
// command's list, and then be accepted and shown by its help, or be unknown to it,
// before and after the command's name.
func TestFlagsOfCommands(t *testing.T) {
	t.Parallel()
	for _, command := range commands {
		has := strings.Fields(honoured[command])
		if shown := shownFlags(t, command); !slices.Equal(sorted(shown), sorted(has)) {
			t.Errorf("the help of %s shows\n%q, want\n%q", command, sorted(shown), sorted(has))
		}
		for flag, arguments := range sample {
			args := slices.Concat([]string{string(command)}, argumentsOf(command), beside(command, flag), strings.Fields(arguments))
			_, err := parseNative(args, withKey)
			switch {
			case slices.Contains(has, flag):
				if err != nil {
					t.Errorf("%q: %v", args, err)
				}
			case !errors.Is(err, errUsage) || !strings.Contains(err.Error(), "unknown flag --"):
				t.Errorf("%q: got %v, want an unknown flag", args, err)
			}
		}
	}
}

// TestFlagsOfOtherCommands: the error says whose a flag is.
func TestFlagsOfOtherCommands(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"--timeout=60":               "unknown flag --timeout: code may go on after an answer, so there are two flags in its place: --answer-within is how long an answer waits, and --max-run how long a run may take",
		"pool --timeout 60":          "unknown flag --timeout: code may go on after an answer",
		"demo --allow-dir=/data":     "unknown flag --allow-dir: it is a flag of serve, pool and doctor, not of demo",
		"--allow-dir=/data demo":     "unknown flag --allow-dir: it is a flag of serve, pool and doctor, not of demo",
		"pool --keep-alive=30m":      "unknown flag --keep-alive: it is a flag of serve, demo, setup, doctor and replay, not of pool",
		"pool --pool-endpoint=none":  "not of pool",
		"pool --transport=http":      "unknown flag --transport: it is a flag of serve, not of pool",
		"demo --listen=127.0.0.1:1":  "unknown flag --listen: it is a flag of serve and pool, not of demo",
		"bench --warm=3":             "unknown flag --warm: it is a flag of serve, pool, demo, setup, doctor and replay, not of bench",
		"--require-version":          "unknown flag --require-version: it is a flag of pool, not of serve",
		"version --memory=3GiB":      "unknown flag --memory: it is a flag of serve, pool, demo, bench, setup, doctor and replay, not of version",
		"doctor --result-format=xml": "unknown flag --result-format: it is a flag of serve, not of doctor",
		"setup --memroy=1":           `unknown flag --memroy, did you mean "--memory"`,
	} {
		_, err := Parse(strings.Fields(args), nil)
		if !errors.Is(err, errUsage) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "see --help") {
			t.Errorf("%s: got %v, want %q", args, err, want)
		}
	}
}

// TestVariablesOfOtherCommands: variables may be set for the whole machine, so
// that one that does not concern a command is not even looked at.
func TestVariablesOfOtherCommands(t *testing.T) {
	t.Parallel()
	environ := []string{"DYNAMIC_SESSIONS_ALLOW_DIR=not absolute", "DYNAMIC_SESSIONS_POOL_ENDPOINT=" + poolURL, "POOL_MANAGEMENT_ENDPOINT=" + poolURL,
		"DYNAMIC_SESSIONS_KEEP_ALIVE=soon", "DYNAMIC_SESSIONS_RESULT_FORMAT=xml", "DYNAMIC_SESSIONS_TRANSPORT=pigeon"}
	c, err := Parse([]string{"pool"}, environ)
	if err != nil || c.Azure.Set() || c.Tools.AllowDir != nil || len(c.Unknown) != 0 {
		t.Errorf("got %+v, %v", c, err)
	}
	if _, err := Parse([]string{"version"}, append(environ, "DYNAMIC_SESSIONS_MEMORY=lots")); err != nil {
		t.Error(err)
	}
}

// TestVersionFlagBesideOthers: --version ignores the rest.
func TestVersionFlagBesideOthers(t *testing.T) {
	t.Parallel()
	c, err := Parse([]string{"--version", "--memory=3GiB", "--listen=127.0.0.1:1"}, nil)
	if err != nil || c.Command != CommandVersion {
		t.Errorf("got %s, %v", c.Command, err)
	}
}

// sorted returns the list in order, without what is in it twice.
func sorted(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }

// shownFlags are the settings that a command's help shows.
func shownFlags(t *testing.T, command Command) (flags []string) {
	t.Helper()
	_, err := Parse([]string{string(command), "--help"}, nil)
	var help Help
	if !errors.As(err, &help) {
		t.Fatalf("%s --help: %v", command, err)
	}
	for _, found := range helpFlag.FindAllStringSubmatch(string(help), -1) {
		if found[1] != "help" && found[1] != "version" {
			flags = append(flags, found[1])
		}
	}
	return flags
}

// TestHelpOfTheProgram shows the commands.
func TestHelpOfTheProgram(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"--help", "-h"} {
		_, err := Parse([]string{flag}, nil)
		var help Help
		if !errors.As(err, &help) {
			t.Fatalf("got %v, want Help", err)
		}
		for _, command := range commands {
			if !strings.Contains(string(help), "\n  "+string(command)) {
				t.Errorf("the help does not name the command %s:\n%s", command, help)
			}
		}
	}
}
