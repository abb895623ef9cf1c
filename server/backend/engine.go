package backend

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/server/about"
	"dynamic-sessions-mcp/sessions/childpool"
	"dynamic-sessions-mcp/sessions/engine"
	"dynamic-sessions-mcp/sessions/local/basesystem"
	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// machineMemory is what a container that has a machine of its own gets of memory, unless
// --total-memory says.
const machineMemory = 4 << 30

// baseImage is what the image of the sessions is made from unless --engine-image says.
const baseImage = "docker.io/library/debian:trixie-slim"

// openEngine opens the pool in a container of this machine, or in WSL.
func openEngine(o Options) (Pool, error) {
	c := o.Config
	if c.Serve.SessionName != "" {
		return nil, errors.New("--session-name keeps a session in the embedded pool, which needs Linux: leave it out, or run this on Linux")
	}
	args := c.PoolFlags
	if c.Tools.AllowHidden && len(c.UserFolders()) > 0 {
		args = append(slices.Clip(args), "--allow-hidden")
	}
	program, err := EngineProgram(c.Engines.EngineBinary)
	if err != nil {
		return nil, err
	}
	memory := int64(c.Pool.TotalMemory)
	if memory == 0 {
		memory = machineMemory
	}
	kinds := c.Containers()
	e := engine.New(kinds, engine.Options{
		Program: program, Image: cmp.Or(c.Engines.EngineImage, baseImage), Memory: memory, Args: args, Variables: secretNames(c), Folders: engineFolders(c),
		System: EngineSystem(c.Engines.EngineImage, program), Dir: distributionFolder, Lock: lock,
	})
	o.Logger.Info().Str("engine", nameOf(kinds)).Msg("code runs in sandboxes in a Linux that ends with this server (--engine)")
	return childpool.New(childpool.Options{
		Name: nameOf(kinds), Version: about.ReadBuild().Name(),
		Start: func(ctx context.Context, doing func(string)) (*exec.Cmd, error) {
			return e.Start(ctx, func(text string) {
				doing(text)
				if o.Progress != nil {
					o.Progress(text)
				}
			})
		},
		Again:     e.WithoutFolders,
		Unseen:    e.Unseen,
		Ready:     func(ctx context.Context) { whileReady(ctx, e, o.Logger) },
		Ended:     e.Remove,
		MaxRun:    time.Duration(c.Pool.MaxRun),
		Cooldown:  time.Duration(c.Pool.Cooldown),
		MaxUpload: int64(c.Pool.MaxUpload),
		MaxOutput: int64(c.Pool.MaxOutput),
		Log:       os.Stderr,
		Logger:    o.Logger,
	}), nil
}

// secretNames are the variables whose values the pool needs for its secrets.
func secretNames(c config.Config) (names []string) {
	for _, s := range c.Secrets {
		names = append(names, s.Name)
	}
	return names
}

// whileReady does what is to be done once a container works.
func whileReady(ctx context.Context, e *engine.Engine, log zerolog.Logger) {
	if why := e.Unseen()(); why != "" {
		log.Warn().Str("why", why).Msg("code does not see the folders of --allow-dir; upload_file copies their files")
	}
	removeOld(ctx, e, log)
}

// engineFolders are the user's folders as a container shows them. Links on the way to
// them are this system's.
func engineFolders(c config.Config) (folders []engine.Folder) {
	for _, f := range c.UserFolders() {
		folder := engine.Folder{Host: f.Host, Name: f.Name}
		if real, err := filepath.EvalSymlinks(f.Host); err == nil {
			folder.Host = real
		}
		folders = append(folders, folder)
	}
	return folders
}

// removeOld removes the images of earlier versions, now that this one works. What cannot
// be removed costs disk, and the next start tries again.
func removeOld(ctx context.Context, e *engine.Engine, log zerolog.Logger) {
	removed, err := e.RemoveOld(ctx)
	for _, image := range removed {
		log.Info().Str("image", image).Msg("removed the image of another version, which no container used")
	}
	if err != nil && ctx.Err() == nil {
		log.Warn().Err(err).Msg("images of earlier versions stay")
	}
}

// nameOf names the engine for people, or what it does if it is not chosen yet.
func nameOf(kinds []engine.Kind) string {
	if len(kinds) == 1 {
		return kinds[0].Name()
	}
	return "the engine of the sandboxes"
}

// EngineSystem finds the system for a distribution of WSL, which is beside the program.
func EngineSystem(named, program string) string {
	return cmp.Or(named, filepath.Join(filepath.Dir(program), basesystem.FileName()))
}

// distributionFolder makes the folder of a distribution of WSL, in the cache folder.
func distributionFolder() (string, error) {
	cache, err := cachedir.Open("")
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "wsl")
	return dir, os.MkdirAll(dir, 0o700)
}

// lock waits for the lock of a file in the cache folder.
func lock(ctx context.Context, path string) (unlock func() error, err error) {
	l := cachedir.NewLock(path)
	if _, err := l.TryLockContext(ctx, cachedir.LockPoll); err != nil {
		return nil, err
	}
	return l.Unlock, nil
}

// EngineProgram finds the Linux program for a container.
func EngineProgram(named string) (string, error) {
	if named != "" {
		return named, nil
	}
	own, err := os.Executable()
	if err == nil { // pipx and Homebrew start programs by links
		own, err = filepath.EvalSymlinks(own)
	}
	if err != nil {
		return "", fmt.Errorf("finding the Linux program for --engine: %w; name it with --engine-binary", err)
	}
	if runtime.GOOS == "linux" {
		return own, nil
	}
	return filepath.Join(filepath.Dir(own), about.Name+"-linux-"+runtime.GOARCH), nil
}
