package config

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

var update = flag.Bool("update", false, "write docs/flags.md")

// TestReference compares docs/flags.md with what it is generated from: the
// commands and flags of this package.
func TestReference(t *testing.T) {
	t.Parallel()
	var cli commandLine
	parser, err := newParser(&cli, io.Discard, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := reference(parser.Model)
	path := filepath.Join("..", "docs", "flags.md")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("docs/flags.md differs from the flags that there are (%v): run go test ./config -run TestReference -update", err)
	}
}

const referenceIntroduction = `# Commands and flags

<!-- Generated from package config: go test ./config -run TestReference -update -->

    dynamic-sessions-mcp [COMMAND] [FLAGS]

Without a command the program serves MCP. ` + "`COMMAND --help`" + ` shows the same as this page.

Every flag can also be set in the environment, by the variable under its name. A flag wins over its variable, a
variable over the default. A list in a variable is separated by commas, a list of folders like PATH.

A flag that a command does not have, or that has no effect beside the other flags, is refused with the reason. A
variable is not: it may be set for the whole machine, and a command ignores one that does not concern it.

Sizes are numbers of bytes or have a unit, such as 500MB or 2GiB; times are numbers of seconds or have a unit, such as
90s or 1h30m.

`

// variablesWithoutFlag are explained in the reference by hand.
var variablesWithoutFlag = [][2]string{
	{authTokenVariable, "The token that callers over HTTP must send (serve over HTTP, pool), instead of --auth-token-file."},
	{sessionKeyVariable, "The key of conversations (serve over HTTP), instead of --session-key-file."},
	{tokenVariable, "The bearer token of a pool outside Azure, instead of --pool-token-file."},
	{strings.Join(endpointVariables(), "`, `"), "The same as --pool-endpoint, as Azure's documentation and other clients name it; the first that is set wins."},
	{"SSL_CERT_FILE`, `SSL_CERT_DIR", "The authorities that programs trust instead of those of the system."},
}

// reference writes the page.
func reference(model *kong.Application) []byte {
	var page bytes.Buffer
	page.WriteString(referenceIntroduction)
	writeCommands(&page, model)
	for _, group := range sharedGroups(model) {
		writeFlags(&page, model, group.title, group.flags)
	}
	for _, node := range model.Leaves(false) {
		for _, group := range splitByGroup(node.Flags) {
			title := node.Name
			if group.title != "" {
				title += ": " + group.title
			}
			writeFlags(&page, model, title, group.flags)
		}
	}
	page.WriteString("## Variables without a flag\n\nEveryone on a machine can see the flags of a process, so a secret is in a variable or in a file.\n\n| Variable | What it is |\n|---|---|\n")
	for _, v := range variablesWithoutFlag {
		fmt.Fprintf(&page, "| `%s` | %s |\n", v[0], cell(v[1]))
	}
	return page.Bytes()
}

func writeCommands(page *bytes.Buffer, model *kong.Application) {
	page.WriteString("## Commands\n\n| Command | What it does |\n|---|---|\n")
	for _, node := range model.Leaves(false) {
		synopsis := node.Name
		for _, argument := range node.Positional {
			synopsis += " " + argumentForm(argument)
		}
		fmt.Fprintf(page, "| `%s` | %s |\n", synopsis, cell(node.Help))
	}
	page.WriteString("\n")
}

// argumentForm writes an argument as it is given: "SHELL" once, "DIR…" any number of
// times.
func argumentForm(argument *kong.Positional) string {
	if argument.IsCumulative() {
		return argument.Name + "…"
	}
	return argument.Name
}

// flagGroup are flags that the page shows in one table.
type flagGroup struct {
	title string
	flags []*kong.Flag
}

// sharedGroups are the groups of flags that several commands have.
func sharedGroups(model *kong.Application) []flagGroup { return splitByGroup(model.Flags) }

// splitByGroup splits flags by their groups, in order. Those in none have the
// title "".
func splitByGroup(flags []*kong.Flag) (split []flagGroup) {
	for _, f := range flags {
		title := ""
		if f.Group != nil {
			title = strings.TrimSuffix(f.Group.Title, ":")
		}
		i := slices.IndexFunc(split, func(g flagGroup) bool { return g.title == title })
		if i < 0 {
			split, i = append(split, flagGroup{title: title}), len(split)
		}
		split[i].flags = append(split[i].flags, f)
	}
	return split
}

// writeFlags writes a table of flags below the commands that have them.
func writeFlags(page *bytes.Buffer, model *kong.Application, title string, flags []*kong.Flag) {
	var all []string
	for _, f := range flags {
		all = append(all, owners(model, f)...)
	}
	all = inOrder(all)
	if title == "" {
		title = "Everywhere"
	}
	fmt.Fprintf(page, "## %s\n\nFlags of %s.\n\n| Flag | Default | What it does |\n|---|---|---|\n", title, enumerate(all))
	for _, f := range flags {
		help := strings.NewReplacer(" (default "+f.Default+")", "").Replace(f.Help)
		if of := owners(model, f); len(of) < len(all) {
			help += " Only for " + enumerate(of) + "."
		}
		fmt.Fprintf(page, "| %s | %s | %s |\n", synopsis(f), defaults(f, all), cell(help))
	}
	page.WriteString("\n")
}

// owners are the commands that honour this very flag.
func owners(model *kong.Application, flag *kong.Flag) (names []string) {
	for _, command := range commands {
		if slices.Contains(flagsOf(model, command), flag) {
			names = append(names, string(command))
		}
	}
	return names
}

// inOrder are the commands in a list, in the order of --help.
func inOrder(list []string) (names []string) {
	for _, command := range commands {
		if slices.Contains(list, string(command)) {
			names = append(names, string(command))
		}
	}
	return names
}

// synopsis is a flag with its value and its variable.
func synopsis(f *kong.Flag) string {
	text := "--" + f.Name
	if !f.IsBool() {
		text += " " + strings.ReplaceAll(f.PlaceHolder, "|", "\\|")
	}
	if !settable(f) {
		return "`" + text + "`"
	}
	return "`" + text + "`<br>`" + variable(f.Name) + "`"
}

// defaults are the default of a flag, and that of the pool command if it has it
// and it is another.
func defaults(f *kong.Flag, of []string) string {
	text := f.Default
	if value, ok := poolDefaults(f.Name); ok && slices.Contains(of, string(CommandPool)) {
		text += ", " + value + " for pool"
	}
	return text
}

// cell is text in a table of Markdown.
func cell(text string) string {
	return strings.NewReplacer("|", "\\|", "<", "&lt;", "\n", " ", "*", "\\*").Replace(text)
}
