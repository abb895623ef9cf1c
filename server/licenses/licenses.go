// Package licenses prints the notices of everything that the program consists of:
// the modules that are linked into it, which are recorded in modules.txt, and the
// interpreter, packages and fonts that are installed, which say it themselves.
//
// modules.txt is generated: go test ./server/licenses -run TestModules -update.
package licenses

import (
	_ "embed" // for modules.txt
	"fmt"
	"io"
	"strings"

	"dynamic-sessions-mcp/sessions/local/python"
)

//go:embed modules.txt
var modules string

//go:embed own.txt
var own string

// Write prints the notices of the program and of what is linked into it, and then
// those of what is installed. why says why nothing is, if installed is empty. system are
// the packages of a base system, none if there is none.
func Write(to io.Writer, installed []python.Notice, why error, system []python.Notice) error {
	var text strings.Builder
	heading(&text, "dynamic-sessions-mcp")
	text.WriteString(own)
	heading(&text, "Linked into the program")
	text.WriteString(modules)
	heading(&text, "Installed: CPython, its packages and fonts")
	if why != nil {
		fmt.Fprintf(&text, "\n%s. Packages are listed here once they are installed.\n", sentence(why.Error()))
	}
	list(&text, installed)
	if len(system) > 0 {
		heading(&text, "Installed: the base system of the sandboxes, of packages of Debian")
		text.WriteString("\nDebian has their sources: https://snapshot.debian.org\n")
		list(&text, system)
	}
	_, err := io.WriteString(to, text.String())
	return err
}

func list(text *strings.Builder, installed []python.Notice) {
	for _, n := range installed {
		fmt.Fprintf(text, "\n== %s %s: %s\n", n.Name, n.Version, orUnnamed(n.License))
		for _, license := range n.Texts {
			fmt.Fprintf(text, "\n%s\n", strings.TrimSpace(license))
		}
	}
}

func heading(text *strings.Builder, title string) {
	fmt.Fprintf(text, "\n%s\n%s\n\n", title, strings.Repeat("=", len(title)))
}

func orUnnamed(license string) string {
	if license == "" {
		return "see the text"
	}
	return license
}

func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
