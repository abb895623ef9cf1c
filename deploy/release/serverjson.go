package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
)

const serverSchema = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"

// A serverEntry is what the MCP registry is told.
type serverEntry struct {
	Schema      string            `json:"$schema"`
	Name        string            `json:"name"`
	Title       string            `json:"title"`
	Description string            `json:"description"`
	Version     string            `json:"version"`
	Repository  map[string]string `json:"repository"`
	Packages    []serverPackage   `json:"packages"`
}

type serverPackage struct {
	RegistryType string            `json:"registryType"`
	Identifier   string            `json:"identifier"`
	Version      string            `json:"version,omitempty"`
	FileSHA256   string            `json:"fileSha256,omitempty"`
	RuntimeHint  string            `json:"runtimeHint,omitempty"`
	Transport    map[string]string `json:"transport"`
	Arguments    []serverArgument  `json:"packageArguments,omitempty"`
	Variables    []serverVariable  `json:"environmentVariables,omitempty"`
}

type serverArgument struct {
	Type        string `json:"type"`
	Value       string `json:"value,omitempty"`
	ValueHint   string `json:"valueHint,omitempty"`
	Description string `json:"description,omitempty"`
	Format      string `json:"format,omitempty"`
	Repeated    bool   `json:"isRepeated,omitempty"`
}

type serverVariable struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Secret      bool   `json:"isSecret,omitempty"`
}

// serverJSON writes server.json, with the checksums of the bundles in the folder.
func (r release) serverJSON() error {
	entry := serverEntry{
		Schema: serverSchema, Name: r.names.registry(), Title: title, Description: summary, Version: r.version,
		Repository: map[string]string{"url": "https://" + r.names.repository(), "source": "github"},
		Packages: []serverPackage{
			started(serverPackage{RegistryType: "pypi", Identifier: program, Version: pythonVersion(r.version), RuntimeHint: "uvx"}),
			started(serverPackage{RegistryType: "npm", Identifier: r.names.npm(), Version: r.version, RuntimeHint: "npx"}),
			started(serverPackage{RegistryType: "oci", Identifier: r.names.image() + ":" + r.version, RuntimeHint: "docker"}),
		},
	}
	bundles, err := filepath.Glob(filepath.Join(r.out, "*-"+r.version+"-*.mcpb"))
	if err != nil {
		return err
	}
	for _, path := range bundles {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		entry.Packages = append(entry.Packages, serverPackage{RegistryType: "mcpb", Transport: stdio(),
			Identifier: r.names.download(r.version, filepath.Base(path)), FileSHA256: hex.EncodeToString(sum[:])})
	}
	text, err := json.MarshalIndent(entry, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.out, "server.json"), append(text, '\n'), 0o644)
}

func stdio() map[string]string { return map[string]string{"type": "stdio"} }

// started adds how a package is started.
func started(p serverPackage) serverPackage {
	p.Transport = stdio()
	p.Arguments = []serverArgument{
		{Type: "positional", Value: "serve"},
		{Type: "positional", ValueHint: "folder", Description: "A folder that code may read", Format: "filepath", Repeated: true},
	}
	p.Variables = []serverVariable{
		{Name: "DYNAMIC_SESSIONS_POOL_ENDPOINT", Description: "The address of a pool that runs the code instead of this machine"},
		{Name: "DYNAMIC_SESSIONS_POOL_TOKEN", Description: "The token of a pool that is not in Azure", Secret: true},
		{Name: "DYNAMIC_SESSIONS_ISOLATION", Description: "gvisor, which is the default, or none for code that you would run yourself"},
	}
	return p
}
