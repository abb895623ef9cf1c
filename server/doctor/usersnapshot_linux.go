package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// nobody is the ID of no user: systemd (UIDS-GIDS.md) leaves those from here on to
// nobody, and what root gives to it nobody else can change.
const nobody = 0x70000000

// shareUserSnapshot puts a snapshot into the shared folder dir that fits ordinary users.
// Those of root do not: a sandbox that root starts is made in another way. Without one
// each user takes a snapshot of their own at first, which is why that is no failure.
func (o Options) shareUserSnapshot(ctx context.Context, dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	taken, err := o.takeAsUser(ctx, dir)
	if err != nil {
		o.Logger.Warn().Err(err).Msg("there is no snapshot for ordinary users; each of them takes one at the first start")
	}
	if taken == "" {
		return nil
	}
	defer os.RemoveAll(filepath.Dir(taken))
	return addSnapshots(filepath.Join(dir, "snapshots"), filepath.Join(taken, "snapshots"))
}

// takeAsUser runs setup as an ordinary user, who uses what is shared already, and returns
// that user's cache folder, in a folder to be removed.
func (o Options) takeAsUser(ctx context.Context, dir string) (_ string, err error) {
	own, err := os.Executable()
	if err != nil {
		return "", err
	}
	home, err := os.MkdirTemp("", "dynamic-sessions-mcp-setup-*")
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(home))
		}
	}()
	cache := filepath.Join(home, "cache")
	if err := errors.Join(os.Mkdir(cache, 0o700), os.Chown(cache, nobody, nobody), os.Chmod(home, 0o711)); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, own, append([]string{"setup", "--system-dir=" + dir, "--cache-dir=" + cache}, o.Config.PoolFlags...)...)
	cmd.Dir = "/"
	cmd.Env = []string{"HOME=" + cache, "PATH=" + os.Getenv("PATH")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("setup as an ordinary user: %w: %s", err, lastLine(out))
	}
	return cache, nil
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}

// addSnapshots copies the snapshots of one folder that are not in another to it.
func addSnapshots(to, from string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		target := filepath.Join(to, e.Name())
		if _, err := os.Lstat(target); !e.IsDir() || err == nil {
			continue
		}
		aside := target + ".copying"
		err := errors.Join(os.RemoveAll(aside), copyFiles(aside, filepath.Join(from, e.Name())))
		if err != nil {
			return errors.Join(err, os.RemoveAll(aside))
		}
		if err := os.Rename(aside, target); err != nil {
			return err
		}
	}
	return nil
}

// copyFiles copies a folder that has files and folders alone.
func copyFiles(to, from string) error {
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !entry.Type().IsRegular() {
			err = fmt.Errorf("%s is no file", path)
		}
		return err
	})
	if err != nil {
		return err
	}
	return os.CopyFS(to, os.DirFS(from))
}
