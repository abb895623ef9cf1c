package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// serverName is what clients call the server.
const serverName = "python"

// A start is how a client starts the server.
type start struct {
	Name    string   `json:"name,omitempty"`
	Type    string   `json:"type,omitempty"`
	Command string   `json:"command"`
	Args    []string `json:"args"`
}

// starts are the ways that need nothing to be installed before.
func (n names) starts() []struct {
	through string
	start   start
} {
	return []struct {
		through string
		start   start
	}{
		{"uvx", start{Command: "uvx", Args: []string{program, "serve"}}},
		{"npx", start{Command: "npx", Args: []string{"-y", n.npm(), "serve"}}},
	}
}

// links are the links that add the server to a client by a click, and the commands
// that do so, as a table.
func (n names) links() (string, error) {
	var table strings.Builder
	table.WriteString("| through | VS Code | Cursor | Claude Code |\n|---|---|---|---|\n")
	for _, s := range n.starts() {
		vscode := s.start
		vscode.Type = "stdio"
		config, err := json.Marshal(vscode)
		if err != nil {
			return "", err
		}
		cursor, err := json.Marshal(s.start)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&table, "| %s | [add](https://insiders.vscode.dev/redirect/mcp/install?name=%s&config=%s) | [add](https://cursor.com/en/install-mcp?name=%s&config=%s) | `claude mcp add --transport stdio %s -- %s %s` |\n",
			s.through, serverName, url.QueryEscape(string(config)), serverName,
			url.QueryEscape(base64.StdEncoding.EncodeToString(cursor)), serverName, s.start.Command, strings.Join(s.start.Args, " "))
	}
	return table.String(), nil
}
