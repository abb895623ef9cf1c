//go:build !(linux && (amd64 || arm64))

package python

import (
	"fmt"
	"runtime"
)

func extractInterpreter(string) error { return errNoneEmbedded() }

func extractPip(string) (string, error) { return "", errNoneEmbedded() }

func errNoneEmbedded() error {
	return fmt.Errorf("%w: it needs Linux on amd64 or arm64, and this is %s on %s; "+
		"use --python PATH with an interpreter that has IPython", errUnsupported, runtime.GOOS, runtime.GOARCH)
}
