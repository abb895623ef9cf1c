package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"

	"dynamic-sessions-mcp/server/backend"
	"dynamic-sessions-mcp/tools/hostfs"
)

// results examines the folder in which files are saved that code makes for the user. It
// makes no folder that nobody needs yet.
func (d *examination) results(context.Context) (string, error) {
	folder, err := backend.OutFolder(d.Config)
	switch {
	case err != nil:
		return "", err
	case folder == "":
		return "nothing that code makes is saved on this machine (--out)", nil
	}
	text := "what code writes to /mnt/data/out is saved in " + folder + " (--out)"
	if _, err := os.Lstat(folder); errors.Is(err, os.ErrNotExist) {
		return text + ", which is made when it is needed", nil
	}
	out, err := hostfs.OpenOutFolder(folder)
	if err == nil {
		err = errors.Join(out.Try(), out.Close())
	}
	if err != nil {
		why, _ := hostfs.WhyNotSaved(err)
		return "", fmt.Errorf("nothing can be saved in %s: %s. Name another folder with --out", folder, why)
	}
	return text, nil
}
