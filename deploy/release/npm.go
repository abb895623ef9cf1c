package main

import (
	_ "embed" // for launcher.js
	"encoding/json"
	"os"
	"path/filepath"
)

//go:embed launcher.js
var launcherScript []byte

// A manifest is a package.json.
type manifest struct {
	Name         string            `json:"name"`
	Version      string            `json:"version"`
	Description  string            `json:"description"`
	MCPName      string            `json:"mcpName,omitempty"`
	License      string            `json:"license"`
	Homepage     string            `json:"homepage"`
	Repository   map[string]string `json:"repository"`
	Keywords     []string          `json:"keywords,omitempty"`
	Bin          map[string]string `json:"bin,omitempty"`
	Files        []string          `json:"files"`
	OS           []string          `json:"os,omitempty"`
	CPU          []string          `json:"cpu,omitempty"`
	Engines      map[string]string `json:"engines,omitempty"`
	Dependencies map[string]string `json:"optionalDependencies,omitempty"`
}

// npmManifest is what the packages of a version have in common.
func (r release) npmManifest(name string) manifest {
	return manifest{
		Name: name, Version: r.version, Description: summary, License: "MIT",
		Homepage:   "https://" + r.names.repository(),
		Repository: map[string]string{"type": "git", "url": "git+https://" + r.names.repository() + ".git"},
	}
}

// makeNPM makes the package that has the binary for one system. npm installs it only
// there.
func (r release) makeNPM(t target) error {
	programs, license, err := r.contents(t)
	if err != nil {
		return err
	}
	m := r.npmManifest(r.names.npm() + "-" + t.name())
	m.OS, m.CPU, m.Files = []string{t.npmOS}, []string{t.npmCPU}, []string{"bin"}
	return r.writeNPM("-"+t.name(), m, append(inFolder("bin", programs), file{"LICENSE", license, 0o644}))
}

// launcher makes the package that people name. It has a script that starts the
// binary of the one of the others that npm has installed.
func (r release) launcher() error {
	license, err := os.ReadFile(licenseFile)
	if err != nil {
		return err
	}
	m := r.npmManifest(r.names.npm())
	m.MCPName, m.Keywords = r.names.registry(), []string{"mcp", "python", "sandbox", "code-interpreter"}
	m.Bin, m.Files = map[string]string{program: "launcher.js"}, []string{"launcher.js"}
	m.Engines = map[string]string{"node": ">=18"}
	m.Dependencies = map[string]string{}
	for _, t := range targets() {
		m.Dependencies[r.names.npm()+"-"+t.name()] = r.version
	}
	return r.writeNPM("", m, []file{{"launcher.js", launcherScript, 0o755}, {"LICENSE", license, 0o644},
		{"README.md", []byte(r.readme("npx -y " + r.names.npm())), 0o644}})
}

func (r release) writeNPM(suffix string, m manifest, files []file) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	all := []file{{"package/package.json", append(text, '\n'), 0o644}}
	for _, f := range files {
		all = append(all, file{"package/" + f.name, f.data, f.mode})
	}
	return writeTarGz(filepath.Join(r.out, program+suffix+"-"+r.version+".tgz"), all, r.time)
}
