package main

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"strings"
)

// distribution is the name of the wheel in names of files.
var distribution = strings.ReplaceAll(program, "-", "_")

// makeWheel makes a wheel with the binary as a script, so that pip, pipx and uv put
// it among the programs of an environment.
func (r release) makeWheel(t target) error {
	programs, license, err := r.contents(t)
	if err != nil {
		return err
	}
	version := pythonVersion(r.version)
	base := distribution + "-" + version
	info := base + ".dist-info/"
	files := inFolder(base+".data/scripts", programs)
	files = append(files, []file{
		{info + "licenses/LICENSE", license, 0o644},
		{info + "METADATA", []byte(r.wheelMetadata(version)), 0o644},
		{info + "WHEEL", []byte(wheelTags(t)), 0o644},
	}...)
	files = append(files, file{info + "RECORD", []byte(wheelRecord(files, info)), 0o644})
	return writeZip(filepath.Join(r.out, base+"-py3-none-"+t.wheel+".whl"), files, r.time)
}

// wheelMetadata has the line by which the MCP registry knows whose package it is.
func (r release) wheelMetadata(version string) string {
	return fmt.Sprintf(`Metadata-Version: 2.4
Name: %s
Version: %s
Summary: %s
License-Expression: MIT
License-File: LICENSE
Project-URL: Homepage, https://%s
Keywords: mcp,python,sandbox,code-interpreter
Requires-Python: >=3.8
Description-Content-Type: text/markdown

<!-- mcp-name: %s -->

%s
`, program, version, summary, r.names.repository(), r.names.registry(), r.readme("uvx "+program))
}

func wheelTags(t target) string {
	text := "Wheel-Version: 1.0\nGenerator: " + program + "\nRoot-Is-Purelib: false\n"
	for tag := range strings.SplitSeq(t.wheel, ".") {
		text += "Tag: py3-none-" + tag + "\n"
	}
	return text
}

func wheelRecord(files []file, info string) (text string) {
	for _, f := range files {
		sum := sha256.Sum256(f.data)
		text += fmt.Sprintf("%s,sha256=%s,%d\n", f.name, base64.RawURLEncoding.EncodeToString(sum[:]), len(f.data))
	}
	return text + info + "RECORD,,\n"
}
