package config

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// prefix begins the name of every environment variable of the program.
const prefix = "DYNAMIC_SESSIONS_"

const description = "An MCP server that gives an AI agent isolated Python sessions, with tools to run code and to move files.\n\n" +
	"Every flag can be set in the environment: --max-upload is also " + prefix + "MAX_UPLOAD."

// Help is the error of [Parse] when help was asked for. It is the text to show.
type Help string

// Error returns the text.
func (h Help) Error() string { return string(h) }

// ErrUsage is wrapped by errors about the command line itself: a flag or a
// command that does not exist, a value that is missing.
var ErrUsage = errors.New("see --help for what there is")

// Parse reads the arguments, without the name of the program, and environ, in
// the form that os.Environ has. The error is a [Help], an [*Error], or wraps
// [ErrUsage].
func Parse(args, environ []string) (Config, error) {
	var c Config
	var cli struct {
		Config
		ShowVersion bool `name:"version" help:"Print the version."`
	}
	var help bytes.Buffer
	settings := newEnvironment(environ)
	parser, err := kong.New(&cli,
		kong.Name("dynamic-sessions-mcp"),
		kong.Description(description),
		kong.Writers(&help, &help),
		kong.Exit(func(int) { panic(helpShown{}) }),
		kong.Help(printHelp),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 100}),
		kong.Resolvers(kong.ResolverFunc(settings.resolve)),
	)
	if err != nil {
		return c, fmt.Errorf("describing the command line: %w", err)
	}
	parsed, asked, err := parse(parser, args)
	if asked {
		return c, Help(help.String())
	}
	if err != nil {
		return c, explain(err)
	}
	c = cli.Config
	c.Command = Command(strings.Fields(parsed.Command())[0])
	if cli.ShowVersion {
		c.Command = CommandVersion
	}
	for _, path := range []*string{&c.Pool.Python, &c.Pool.CacheDir, &c.Demo.Out,
		&c.PoolServer.AuthTokenFile, &c.PoolServer.TLSCert, &c.PoolServer.TLSKey,
		&c.Serve.AuthTokenFile, &c.Serve.TLSCert, &c.Serve.TLSKey, &c.Serve.SessionKeyFile} {
		*path = given(*path)
	}
	c.Serve.SessionName = strings.TrimSpace(given(c.Serve.SessionName))
	c.Azure.complete(environ)
	c.PoolToken = strings.TrimSpace(settings[tokenVariable])
	c.AuthToken = strings.TrimSpace(settings[authTokenVariable])
	c.SessionKey = strings.TrimSpace(settings[sessionKeyVariable])
	c.CertFile, c.CertDirs = lookup(environ, "SSL_CERT_FILE"), lookup(environ, "SSL_CERT_DIR")
	c.Tools.AllowDir = paths(c.Tools.AllowDir)
	c.Unknown = settings.unknown(parser)
	c.Flags = flags(&c)
	if err := Validate(&c); err != nil {
		return c, err
	}
	return c, c.validateWebFlags(parsed)
}

// printHelp prints help in which the defaults are those of the command that it
// is about.
func printHelp(options kong.HelpOptions, ctx *kong.Context) error {
	for _, flag := range ctx.Flags() {
		if value, ok := commandDefault(ctx.Selected(), flag.Name); ok {
			flag.Help = strings.Replace(flag.Help, "default "+flag.Default, "default "+value, 1)
		}
	}
	return kong.DefaultHelpPrinter(options, ctx)
}

// helpShown is what ends a parse in which help was shown: kong would end the
// process.
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

// explain returns the Error inside of what kong reports, if there is one.
func explain(err error) error {
	var setting *Error
	if errors.As(err, &setting) {
		return setting
	}
	return fmt.Errorf("%w; %w", err, ErrUsage)
}

// paths cleans a list of folders. Desktop clients pass settings that the user
// left empty as "" or as the placeholder itself, which mean nothing here.
func paths(dirs []string) []string {
	var cleaned []string
	for _, dir := range dirs {
		if !unset(dir) {
			cleaned = append(cleaned, filepath.Clean(dir))
		}
	}
	return cleaned
}

// given returns value unless it means nothing.
func given(value string) string {
	if unset(value) {
		return ""
	}
	return value
}

func unset(value string) bool {
	value = strings.TrimSpace(value)
	return value == "" || strings.HasPrefix(value, "${") && strings.HasSuffix(value, "}")
}

// flags writes the settings that every command has as arguments.
func flags(c *Config) []string {
	var args []string
	for _, group := range []any{c.Pool, c.Azure, c.Tools, c.Logging} {
		v := reflect.ValueOf(group)
		for i := range v.NumField() {
			name, field := flagName(v.Type().Field(i).Name), v.Field(i)
			if field.Kind() == reflect.Slice {
				for j := range field.Len() {
					args = append(args, fmt.Sprintf("--%s=%v", name, field.Index(j)))
				}
			} else if !field.IsZero() || field.Kind() == reflect.Bool {
				args = append(args, fmt.Sprintf("--%s=%v", name, field.Interface()))
			}
		}
	}
	return slices.Clip(args)
}

// flagName turns MaxUpload into max-upload, and APIVersion into api-version.
func flagName(field string) string {
	var b strings.Builder
	capital := func(i int) bool { return i < len(field) && 'A' <= field[i] && field[i] <= 'Z' }
	for i, r := range field {
		if i > 0 && capital(i) && (!capital(i-1) || i+1 < len(field) && !capital(i+1)) {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}
