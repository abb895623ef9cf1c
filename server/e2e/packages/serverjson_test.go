//go:build packages

package packages

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// registry has the schema of server.json, as the module of the MCP registry that it is
// published with.
const registry = "github.com/modelcontextprotocol/registry@v1.8.9"

// testServerJSON checks the entry for the registry against the registry's schema, and
// that the schema is one that finds mistakes.
func testServerJSON(t *testing.T, made, clients string) {
	var module struct{ Dir string }
	download := exec.Command("go", "mod", "download", "-json", registry)
	if err := json.Unmarshal([]byte(run(t, ".", download)), &module); err != nil {
		t.Fatal(err)
	}
	schema := filepath.Join(module.Dir, "internal", "validators", "schemas", "2025-12-11.json")
	entry := filepath.Join(made, "server.json")
	run(t, clients, exec.Command("node", "schema.mjs", schema, entry))

	text, err := os.ReadFile(entry)
	if err != nil {
		t.Fatal(err)
	}
	var broken map[string]any
	if err := json.Unmarshal(text, &broken); err != nil {
		t.Fatal(err)
	}
	if packages, _ := broken["packages"].([]any); len(packages) != 4 {
		t.Errorf("%d packages in %s", len(packages), text)
	}
	delete(broken, "version")
	broken["name"] = "no name"
	text, err = json.Marshal(broken)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "broken.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "schema.mjs", schema, file)
	cmd.Dir = clients
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Errorf("a broken entry is valid: %s", out)
	}
}
