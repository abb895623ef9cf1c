package manual

import (
	"fmt"
	"io"
	"strings"

	"dynamic-sessions-mcp/config"
)

// An About is what the page says of the program besides its commands.
type About struct {
	Name    string
	Summary string // one sentence
	Version string
	Date    string // of the version, such as 2026-07-01; "" if unknown
}

// WritePage writes the manual page, in the language of man.
func WritePage(to io.Writer, about About, commands []config.CommandReference) error {
	var page strings.Builder
	fmt.Fprintf(&page, ".TH %s 1 %s %s %s\n", quoted(strings.ToUpper(about.Name)), quoted(about.Date),
		quoted(about.Name+" "+about.Version), quoted("User Commands"))
	section(&page, "NAME", about.Name+` \- `+escape(strings.TrimSuffix(about.Summary, ".")))
	section(&page, "SYNOPSIS", fmt.Sprintf(`.B %s
.RI [ COMMAND ]
.RI [ FLAGS ]
.RI [ DIR ...]`, about.Name))
	section(&page, "DESCRIPTION", escape(description))
	page.WriteString(".SH COMMANDS\n")
	for _, c := range commands {
		fmt.Fprintf(&page, ".TP\n%s\n%s\n", bold(c.Name)+arguments(c), escape(c.Help))
	}
	writeFlags(&page, commands)
	section(&page, "ENVIRONMENT", escape(environment))
	section(&page, "EXIT STATUS", ".TP\n0\nThe command did what it is for.\n.TP\n1\nIt failed; the last line on standard error says why, and what to do.\n"+
		".TP\n2\nThe command line or the environment is wrong.")
	section(&page, "FILES", ".TP\n.I ~/.cache/"+about.Name+"\nThe interpreter, its packages, and what makes sessions start fast.")
	_, err := io.WriteString(to, page.String())
	return err
}

const (
	description = "An MCP server that gives an AI agent isolated Python sessions, with tools to run code and to move files. " +
		"Without a command it serves MCP. A flag belongs to the commands that its description names; other commands refuse it."
	environment = "Every flag can also be set by the variable that stands beside it. A flag wins over its variable, a variable over the default. " +
		"An empty value, or a placeholder such as ${user_config.name} that a client has not filled in, means that nothing is set."
)

func section(page *strings.Builder, title, text string) {
	fmt.Fprintf(page, ".SH %s\n%s\n", quoted(title), text)
}

func arguments(c config.CommandReference) (text string) {
	for _, a := range c.Arguments {
		text += ` \fI` + escape(a.Name) + `\fR`
		if a.Repeated {
			text += "..."
		}
	}
	return text
}

// writeFlags writes each flag once, with the commands that have it.
func writeFlags(page *strings.Builder, commands []config.CommandReference) {
	page.WriteString(".SH OPTIONS\n")
	for _, flag := range allFlags(commands) {
		synopsis := bold("--" + flag.Name)
		if flag.Placeholder != "" {
			synopsis += `=\fI` + escape(flag.Placeholder) + `\fR`
		}
		fmt.Fprintf(page, ".TP\n%s\n%s\n", synopsis, escape(flag.Help))
		if flag.Default != "" {
			fmt.Fprintf(page, "Default: %s.\n", escape(flag.Default))
		}
		fmt.Fprintf(page, "For %s.\n", escape(strings.Join(flag.commands, ", ")))
		if flag.Variable != "" {
			fmt.Fprintf(page, ".br\n%s\n", escape(flag.Variable))
		}
	}
}

// A sharedFlag is a flag with the commands that have it in the same sense.
type sharedFlag struct {
	config.FlagReference
	commands []string
}

// allFlags are the flags of all commands, in order. Two commands may have flags of
// one name that mean something else.
func allFlags(commands []config.CommandReference) (all []*sharedFlag) {
	byText := map[string]*sharedFlag{}
	for _, c := range commands {
		for _, flag := range c.Flags {
			key := flag.Name + "\n" + flag.Help + "\n" + flag.Default
			if byText[key] == nil {
				byText[key] = &sharedFlag{FlagReference: flag}
				all = append(all, byText[key])
			}
			byText[key].commands = append(byText[key].commands, c.Name)
		}
	}
	return all
}

func bold(text string) string   { return `\fB` + escape(text) + `\fR` }
func quoted(text string) string { return `"` + strings.ReplaceAll(escape(text), `"`, `\(dq`) + `"` }

// escape writes text so that man shows it as it is: no hyphen becomes a dash, and no
// line is a request.
func escape(text string) string {
	text = strings.NewReplacer(`\`, `\(rs`, "-", `\-`, "…", "...").Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}
