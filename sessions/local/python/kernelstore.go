package python

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/cachestore"
)

const (
	kernelPrefix = "kernel-"
	kernelFolder = "kernel" // in an item

	// maxKernels and kernelAge are how many kernels are kept, and for how long if
	// nobody uses them.
	maxKernels = 3
	kernelAge  = 7 * 24 * time.Hour
)

// A Kernel is the program that turns an interpreter into a session, as files of the
// cache folder that all servers of this build share.
type Kernel struct {
	Script string // the path of the script to start, in a folder that has nothing else
	item   *cachestore.Item
}

// Close ends the use of the kernel, which may then be removed.
func (k *Kernel) Close() error { return k.item.Close() }

// InstallKernel returns the kernel of this build in the program's cache folder, and
// writes it first if it is missing or has changed: see writeKernel. Kernels of other
// builds that nobody has used for a week are removed, and all but the last few; the
// logger is told of each. It may be called concurrently, also by several processes. The
// caller closes the kernel. The error wraps that of ctx, or is the disk's.
func InstallKernel(ctx context.Context, cacheDir string, log zerolog.Logger) (*Kernel, error) {
	key, err := kernelKey()
	if err != nil {
		return nil, err
	}
	store := kernelStore(cacheDir, log)
	item, err := store.Use(ctx, key)
	if cachestore.Missing(err) {
		item, err = store.Build(ctx, key, func() {}, func(dir, _ string) error {
			_, err := writeKernel(filepath.Join(dir, kernelFolder))
			return err
		})
		store.Prune(key, maxKernels, kernelAge)
	}
	if err != nil {
		return nil, err
	}
	return &Kernel{Script: filepath.Join(item.Dir, kernelFolder, kernelScript), item: item}, nil
}

func kernelStore(dir string, log zerolog.Logger) *cachestore.Store {
	return &cachestore.Store{
		Dir:         dir,
		Items:       cachedir.Kind{Form: regexp.MustCompile(`^kernel-[0-9a-f]{12}$`), Proof: []string{cachestore.SumsFile, kernelFolder}},
		Builds:      cachedir.Kind{Form: regexp.MustCompile(`^kernel-new-[0-9]+$`), Proof: []string{cachedir.Marker}},
		BuildPrefix: kernelPrefix + "new-",
		Lock:        "kernel.lock",
		Noun:        "a kernel",
		Logger:      log,
	}
}

// kernelKey names the kernel of this build by its files.
func kernelKey() (string, error) {
	h := sha256.New()
	err := fs.WalkDir(kernelFiles, "kernel", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := kernelFiles.ReadFile(name)
		fmt.Fprintf(h, "%s %d %s", name, len(data), data)
		return err
	})
	return kernelPrefix + hex.EncodeToString(h.Sum(nil)[:6]), err
}
