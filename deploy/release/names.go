package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// program is the name of the program, of its wheel, and of the executable.
const program = "dynamic-sessions-mcp"

// nobody is the owner as long as nobody has published the program.
const nobody = "OWNER"

// names are all names that depend on who publishes the program.
type names struct{ owner string }

var ownerForm = regexp.MustCompile(`(?m)^owner=([A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))$`)

// readNames reads the file of names.
func readNames(path string) (names, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return names{}, fmt.Errorf("%w; run this in the folder of the repository", err)
	}
	found := ownerForm.FindSubmatch(text)
	if found == nil {
		return names{}, fmt.Errorf("%s has no line owner=NAME, with the name of a GitHub user or organization", path)
	}
	return names{string(found[1])}, nil
}

// repository is the address without the scheme.
func (n names) repository() string { return "github.com/" + n.owner + "/" + program }

// module is the path of the Go module. It is the address of the repository, so that
// go install finds it, once there is one.
func (n names) module() string {
	if n.owner == nobody {
		return program
	}
	return n.repository()
}

// registry is the name of the server in the MCP registry, which gives the
// names below io.github.OWNER to that user of GitHub.
func (n names) registry() string { return "io.github." + n.owner + "/" + program }

// npm is the name of the package that people name; those of single systems have it in
// front.
func (n names) npm() string { return "@" + strings.ToLower(n.owner) + "/" + program }

// image is the image of the container, without a tag.
func (n names) image() string { return "ghcr.io/" + strings.ToLower(n.owner) + "/" + program }

// download is where the files of a version are.
func (n names) download(version, file string) string {
	return "https://" + n.repository() + "/releases/download/v" + version + "/" + file
}
