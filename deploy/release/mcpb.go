package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// bundleVersion is the version of the format that @anthropic-ai/mcpb calls the latest.
const bundleVersion = "0.3"

// A bundle is the manifest of an MCP bundle.
type bundle struct {
	ManifestVersion string            `json:"manifest_version"`
	Name            string            `json:"name"`
	DisplayName     string            `json:"display_name"`
	Version         string            `json:"version"`
	Description     string            `json:"description"`
	LongDescription string            `json:"long_description"`
	Author          map[string]string `json:"author"`
	Repository      map[string]string `json:"repository"`
	Homepage        string            `json:"homepage"`
	Documentation   string            `json:"documentation"`
	Support         string            `json:"support"`
	Server          bundleServer      `json:"server"`
	Tools           []bundleTool      `json:"tools"`
	Keywords        []string          `json:"keywords"`
	License         string            `json:"license"`
	Compatibility   map[string]any    `json:"compatibility"`
	UserConfig      map[string]option `json:"user_config"`
}

type bundleServer struct {
	Type       string        `json:"type"`
	EntryPoint string        `json:"entry_point"`
	Config     bundleCommand `json:"mcp_config"`
}

type bundleCommand struct {
	Command string            `json:"command"`
	Args    []string          `json:"args"`
	Env     map[string]string `json:"env"`
}

type bundleTool struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

// An option is a setting that the client asks its user for. What has no default and
// is left empty reaches the program as ${user_config.NAME}, which means unset there.
type option struct {
	Type        string `json:"type"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Required    bool   `json:"required"`
	Multiple    bool   `json:"multiple,omitempty"`
	Sensitive   bool   `json:"sensitive,omitempty"`
}

// makeMCPB has mcpb check and pack a bundle, and writes it again with one time.
func (r release) makeMCPB(t target) error {
	folder, err := os.MkdirTemp("", "mcpb-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := r.layBundle(filepath.Join(folder, "bundle"), t); err != nil {
		return err
	}
	packed := filepath.Join(folder, "packed.mcpb")
	command := append(strings.Fields(r.mcpb), "pack", filepath.Join(folder, "bundle"), packed)
	if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, out)
	}
	files, err := readZip(packed)
	if err != nil {
		return err
	}
	return writeZip(filepath.Join(r.out, program+"-"+r.version+"-"+t.name()+".mcpb"), files, r.time)
}

// layBundle makes the folder that is packed.
func (r release) layBundle(dir string, t target) error {
	programs, license, err := r.contents(t)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(r.bundleManifest(t), "", "  ")
	if err != nil {
		return err
	}
	server := filepath.Join(dir, "server")
	if err := os.MkdirAll(server, 0o755); err != nil {
		return err
	}
	for _, p := range programs {
		if err := os.WriteFile(filepath.Join(server, p.name), p.data, p.mode); err != nil {
			return err
		}
	}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "LICENSE"), license, 0o644),
		os.WriteFile(filepath.Join(dir, "manifest.json"), append(text, '\n'), 0o644))
}

func (r release) bundleManifest(t target) bundle {
	home := "https://" + r.names.repository()
	entry := "server/" + t.executable()
	return bundle{
		ManifestVersion: bundleVersion, Name: program, DisplayName: title, Version: r.version,
		Description:     summary + ".",
		LongDescription: "Claude runs Python for calculations, data analysis and plots, and reads and makes files. Code reads the folders that you open where they are, and cannot change them; what it makes for you is saved in a folder of yours.",
		Author:          map[string]string{"name": "The " + program + " authors", "url": home},
		Repository:      map[string]string{"type": "git", "url": home},
		Homepage:        home, Documentation: home + "#readme", Support: home + "/issues",
		Server: bundleServer{"binary", entry, bundleCommand{
			Command: "${__dirname}/" + entry,
			Args:    []string{"serve", "--isolation=${user_config.isolation}", "--pool-endpoint=${user_config.pool_endpoint}", "${user_config.folders}"},
			Env:     map[string]string{"DYNAMIC_SESSIONS_POOL_TOKEN": "${user_config.pool_token}"},
		}},
		Tools: []bundleTool{
			{"run_python", "Runs Python code in the conversation's session"},
			{"wait_for_run", "Waits for code that goes on after an answer, or stops it"},
			{"upload_file", "Puts a file into the session"},
			{"list_files", "Lists the session's files"},
			{"download_file", "Shows a file of the session, or saves it"},
		},
		Keywords: []string{"python", "code interpreter", "data analysis", "sandbox"}, License: "MIT",
		Compatibility: map[string]any{"platforms": []string{t.npmOS}},
		UserConfig:    bundleOptions(),
	}
}

func bundleOptions() map[string]option {
	return map[string]option{
		"folders": {Type: "directory", Title: "Folders", Multiple: true,
			Description: "Folders that code may read. Nothing in them is changed; results are saved in python-output, in the first of them."},
		"pool_endpoint": {Type: "string", Title: "Pool elsewhere",
			Description: "The address of a pool that runs the code instead of this machine: the management endpoint of an Azure session pool, or of a pool command. Leave it empty to run the code here."},
		"pool_token": {Type: "string", Title: "Token of the pool", Sensitive: true,
			Description: "The token of a pool that is not in Azure."},
		"isolation": {Type: "string", Title: "Isolation",
			Description: "What separates the code from this machine: gvisor, a sandbox (the default), or none, for code that you would run yourself."},
	}
}
