//go:build linux && (amd64 || arm64)

package python

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"

	"github.com/kluctl/go-embed-python/pip"
	"github.com/kluctl/go-embed-python/python"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// extractInterpreter writes the embedded interpreter to the folder dir.
func extractInterpreter(dir string) error {
	defer os.Remove(dir + ".lock") // the library's; the folder is ours alone
	_, err := python.NewEmbeddedPythonWithTmpDir(dir, false)
	return err
}

// extractPip writes the embedded pip to a folder below the folder dir, and returns it.
func extractPip(dir string) (string, error) {
	// The library takes a name and extracts to the system's temporary folder,
	// where it would trust what another user put there. A name that leads out
	// of there makes it extract to a folder of ours.
	relative, err := filepath.Rel(os.TempDir(), filepath.Join(dir, "pip"))
	if err != nil {
		return "", fmt.Errorf("%w: the temporary folder %s must be an absolute path; set TMPDIR to one", cachedir.ErrUnusable, os.TempDir())
	}
	lib, err := pip.NewPipLib(rand.Text() + "/../" + relative)
	if err != nil {
		return "", err
	}
	return lib.GetExtractedPath(), nil
}
