package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"

	"dynamic-sessions-mcp/tools/hostpath"
)

// prefix begins the name of every environment variable of the program.
const prefix = "DYNAMIC_SESSIONS_"

const description = "An MCP server that gives an AI agent isolated Python sessions, with tools to run code and to move files.\n\n" +
	"Without a command it serves MCP. Each command has its own flags: COMMAND --help lists them. " +
	"Every flag can also be set in the environment: --max-upload is also " + prefix + "MAX_UPLOAD."

// Help is the error of [Parse] if help was asked for. It is the text to show.
type Help string

// Error returns the text.
func (h Help) Error() string { return string(h) }

// errUsage is wrapped by errors about the command line itself: a flag or a
// command that does not exist or does nothing, a value that is missing.
var errUsage = errors.New("see --help for the commands and flags")

// commandLine is what kong fills in.
type commandLine struct {
	Config
	ShowVersion bool `name:"version" help:"Print the version."`
}

// Parse reads the arguments, without the name of the program, and environ, in
// the form that os.Environ has. The error is a [Help] if help was asked for;
// any other says which argument or variable is wrong, and what would be right.
func Parse(args, environ []string) (Config, error) {
	var cli commandLine
	var help bytes.Buffer
	settings := newEnvironment(environ)
	parser, err := newParser(&cli, &help, settings)
	if err != nil {
		return Config{}, err
	}
	args, left := withoutPlaceholders(parser.Model, args)
	parsed, asked, err := parse(parser, args)
	if asked {
		return Config{}, Help(help.String())
	}
	if err != nil {
		return Config{}, explain(parser.Model, err)
	}
	c := &cli.Config
	c.Command = selected(parsed)
	if cli.ShowVersion {
		c.Command = CommandVersion
	} else if err := checkHonoured(parsed, c.Command); err != nil {
		return Config{}, err
	}
	c.addFolders(parsed, left || settings.leftEmpty(allowDirFlag))
	c.complete(environ, settings)
	c.Unknown = settings.unknown(parser)
	c.Flags = c.serveFlags(parser.Model)
	c.PoolFlags = c.poolFlags(parser.Model)
	if err := validate(c); err != nil {
		return *c, err
	}
	if cli.ShowVersion {
		return *c, nil
	}
	if err := c.readSecrets(environ); err != nil {
		return *c, err
	}
	return *c, c.checkEffect(parsed)
}

func newParser(cli *commandLine, help io.Writer, settings environment) (*kong.Kong, error) {
	parser, err := kong.New(cli,
		kong.Name("dynamic-sessions-mcp"),
		kong.Description(description),
		kong.Writers(help, help),
		kong.Exit(func(int) { panic(helpShown{}) }),
		kong.Help(printHelp),
		kong.ExplicitGroups(groups[:]),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 100}),
		kong.Resolvers(kong.ResolverFunc(settings.resolve)),
	)
	if err != nil {
		return nil, fmt.Errorf("describing the command line: %w", err)
	}
	return parser, nil
}

// complete cleans what kong has read, and adds what comes from variables without
// a flag.
func (c *Config) complete(environ []string, settings environment) {
	for _, path := range []*string{&c.Pool.Python, &c.Pool.Packages, &c.Pool.CacheDir, &c.Pool.SystemDir, &c.Pool.BaseSystem, &c.Demo.Out, &c.Bench.Values, &c.Bench.Peers, &c.Setup.Download, &c.Setup.From, &c.Serve.Transcript, &c.Verify.Log, &c.Replay.Log, &c.Replay.Files, &c.Engines.EngineBinary,
		&c.PoolServer.AuthTokenFile, &c.PoolServer.TLSCert, &c.PoolServer.TLSKey,
		&c.Serve.AuthTokenFile, &c.Serve.TLSCert, &c.Serve.TLSKey, &c.Serve.SessionKeyFile} {
		*path = hostpath.Native(fromHome(given(*path), environ))
	}
	for _, out := range []*Out{&c.Serve.Out, &c.Doctor.Out} {
		if *out = Out(given(string(*out))); *out != "" {
			*out = Out(filepath.Clean(hostpath.Native(fromHome(string(*out), environ))))
		}
	}
	c.Serve.SessionName = strings.TrimSpace(given(c.Serve.SessionName))
	if c.Command.mayUseRemote() {
		c.Azure.complete(environ)
	}
	c.PoolToken = strings.TrimSpace(given(settings[tokenVariable]))
	c.AuthToken = strings.TrimSpace(given(settings[authTokenVariable]))
	c.SessionKey = strings.TrimSpace(given(settings[sessionKeyVariable]))
	c.CertFile, c.CertDirs = lookup(environ, "SSL_CERT_FILE"), lookup(environ, "SSL_CERT_DIR")
	c.readIndex(environ)
	for _, list := range []*[]string{&c.Tools.AllowDir, &c.Serve.Dirs} {
		*list = paths(*list)
		for i, dir := range *list {
			(*list)[i] = filepath.Clean(hostpath.Native(fromHome(dir, environ)))
		}
	}
}

// fromHome replaces ~ at the beginning of a path by the user's home folder: clients
// start the server without a shell, which would do that.
func fromHome(path string, environ []string) string {
	home := lookup(environ, "HOME", "USERPROFILE")
	rest, ok := strings.CutPrefix(path, "~")
	if !ok || home == "" || rest != "" && !os.IsPathSeparator(rest[0]) && rest[0] != '/' {
		return path
	}
	return filepath.Join(home, rest)
}

// printHelp prints the help of a command, with the flags and the defaults that it
// has, or that of the program.
func printHelp(options kong.HelpOptions, ctx *kong.Context) error {
	command := selected(ctx)
	for _, flag := range ctx.Flags() {
		flag.Hidden = flag.Hidden || !command.honours(flag)
		if value, ok := commandDefault(command, flag.Name); ok {
			flag.Help = strings.Replace(flag.Help, "default "+flag.Default, "default "+value, 1)
		}
	}
	return kong.DefaultHelpPrinter(options, ctx)
}

// helpShown ends a parse that has shown help, where kong would exit the process.
type helpShown struct{}

func parse(parser *kong.Kong, args []string) (ctx *kong.Context, help bool, err error) {
	defer func() {
		switch v := recover(); v.(type) {
		case nil:
		case helpShown:
			help = true
		default:
			panic(v)
		}
	}()
	ctx, err = parser.Parse(args)
	return ctx, false, err
}

// explain returns the Error inside of what kong reports, if there is one, and else
// says as much as is known.
func explain(model *kong.Application, err error) error {
	var setting *settingError
	if errors.As(err, &setting) {
		return setting
	}
	var unparsed *kong.ParseError
	if errors.As(err, &unparsed) {
		if explained := explainUnknown(model, unparsed); explained != nil {
			return explained
		}
	}
	return fmt.Errorf("%w; %w", err, errUsage)
}

// serveFlags writes the settings of the pool and of the log as arguments of a
// server over standard input and output.
func (c *Config) serveFlags(model *kong.Application) []string {
	server := *c
	server.Command, server.Serve.Transport = CommandServe, TransportStdio
	return server.arguments(model, func(flag *kong.Flag) bool {
		switch groupOf(flag) {
		case groupEngine:
			return c.Command.mayUseEngine()
		case groupSessions, groupRemote, groupLog:
			return true
		}
		return false
	})
}

// poolFlags writes those of the embedded pool and of the log as arguments of a pool that
// has an interpreter and folders of its own.
func (c *Config) poolFlags(model *kong.Application) []string {
	pool := *c
	pool.Command, pool.PoolServer = CommandPool, PoolServer{}
	sessions, log := inGroup(groupSessions, "python", "packages", "cache-dir", "system-dir", "base-system"), inGroup(groupLog)
	return pool.arguments(model, func(flag *kong.Flag) bool { return sessions(flag) || log(flag) })
}

// arguments writes the flags that are wanted, without those that have no effect.
func (c *Config) arguments(model *kong.Application, wanted func(*kong.Flag) bool) (args []string) {
	for _, flag := range model.Flags {
		if wanted(flag) && (flag.HasDefault || !flag.Target.IsZero()) && c.noEffect(flag) == "" {
			value := flag.Target.Interface()
			if list, ok := value.([]string); ok {
				value = strings.Join(list, ",")
			}
			args = append(args, fmt.Sprintf("--%s=%v", flag.Name, value))
		}
	}
	return args
}
