package server_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "dynamic-sessions-mcp"

// importRules say which packages may import what. Imports point inwards, from
// main to the domain. A path stands for itself and for all below it.
var importRules = []struct {
	banned string   // what is imported
	but    []string // by whom it may be
	why    string
}{
	{"github.com/mark3labs/mcp-go", []string{module + "/server", module + "/tools"},
		"what a session is does not depend on the protocol that an agent speaks"},
	{"github.com/Azure", []string{module + "/sessions/azure", module + "/server"},
		"one adapter knows Azure's SDK; the server makes the credential"},
	{"gvisor.dev/gvisor", []string{module + "/sessions/local/sandbox"},
		"one package knows what a sandbox is made of"},
	{"github.com/kluctl/go-embed-python", []string{module + "/sessions/local/python"},
		"one package knows where the interpreter comes from"},
	{"github.com/coreos/go-oidc", []string{module + "/server/oauth"},
		"one package knows how tokens of an issuer are checked"},
	{"github.com/alecthomas/kong", []string{module + "/config"},
		"one package knows the command line"},
	{module + "/server", []string{module, module + "/server"}, "nothing but main is outside of the server"},
	{module + "/config", []string{module, module + "/server", module + "/config"},
		"packages get what they need as arguments, not from the configuration"},
	{module + "/tools", []string{module + "/server", module + "/tools"}, "sessions do not know who uses them"},
	{module + "/sessions/local", []string{module, module + "/server", module + "/sessions/local"},
		"everything but the composition root sees only the Pool"},
	{module + "/sessions/azure", []string{module + "/server", module + "/sessions/azure"},
		"everything but the composition root sees only the Pool"},
	{module + "/sessions/rest", []string{module + "/server", module + "/sessions/rest"},
		"the service and the client meet on the wire alone"},
	{module + "/sessions/sessionstest", []string{module + "/sessions/sessionstest"}, "tests only"},
	{module + "/sessions/local/localtest", []string{module + "/sessions/local/localtest"}, "tests only"},
	{module + "/sessions/azure/azuretest", []string{module + "/sessions/azure/azuretest"}, "tests only"},
}

type listedPackage struct {
	ImportPath string
	Imports    []string
	Standard   bool
}

func TestImports(t *testing.T) {
	packages := listPackages(t)
	if len(packages) < 8 {
		t.Fatalf("only %d packages", len(packages))
	}
	for _, p := range packages {
		for _, imported := range p.Imports {
			if p.ImportPath == module+"/sessions" && strings.Contains(imported, ".") {
				t.Errorf("%s imports %s: the domain depends on the standard library alone", p.ImportPath, imported)
			}
			if p.ImportPath == module+"/sessions/wire" && strings.Contains(imported, ".") ||
				p.ImportPath == module+"/sessions/wire" && within(imported, module) && imported != module+"/sessions" {
				t.Errorf("%s imports %s: what is on the wire is said in terms of the domain alone", p.ImportPath, imported)
			}
			if p.ImportPath == module+"/sessions/rest" && imported == "crypto/subtle" {
				t.Errorf("%s imports %s: who may call a service is decided in server/guard alone", p.ImportPath, imported)
			}
			for _, rule := range importRules {
				if within(imported, rule.banned) && !allowed(p.ImportPath, rule.but) {
					t.Errorf("%s imports %s: %s", p.ImportPath, imported, rule.why)
				}
			}
		}
	}
}

func allowed(path string, by []string) bool {
	for _, prefix := range by {
		if path == prefix || prefix != module && within(path, prefix) {
			return true
		}
	}
	return false
}

func within(path, prefix string) bool {
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}

// listPackages returns the packages of the module.
func listPackages(t *testing.T) []listedPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Standard", module+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []listedPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listedPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
