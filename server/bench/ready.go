package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"dynamic-sessions-mcp/server/about"
)

// makeFolder makes the folder for the files of the run, on the disk of the sessions.
func (b *bench) makeFolder() (err error) {
	const pattern = "dynamic-sessions-bench-*"
	beside := filepath.Dir(b.CacheDir)
	if b.CacheDir == "" {
		beside, _ = os.UserCacheDir()
	}
	if b.dir, err = os.MkdirTemp(beside, pattern); err != nil {
		if b.dir, err = os.MkdirTemp("", pattern); err != nil {
			return err
		}
	}
	// Servers resolve links, so that the folder must have its real name.
	if b.dir, err = filepath.EvalSymlinks(b.dir); err != nil {
		return err
	}
	b.out = filepath.Join(b.dir, "out")
	return os.Mkdir(filepath.Join(b.dir, "tmp"), 0o700)
}

// announce says what will be done and about how long that takes.
func (b *bench) announce(m machine, c choice) {
	var list []string
	for _, each := range c.rows {
		list = append(list, each.name)
	}
	took := estimate(c.rows, b.Options)
	for _, each := range c.curves {
		list, took = append(list, each.name), took+each.cost
	}
	fmt.Fprintf(b.Log, "%s\nMeasuring %s: about %s on two quiet cores. An interrupt prints what there is until then.\n",
		m, strings.Join(list, ", "), roughly(took))
	if load, err := strconv.ParseFloat(m.Load, 64); err == nil && load > float64(m.Cores) {
		fmt.Fprintf(b.Log, "The machine has more to do than it has cores: what is measured now is slower than it is on a quiet one.\n")
	}
}

// roughly writes a time that is known roughly.
func roughly(d time.Duration) string {
	if d < 90*time.Second {
		return fmt.Sprintf("%d seconds", int(d.Seconds()+9)/10*10)
	}
	return fmt.Sprintf("%d minutes", int(d.Minutes()+0.5))
}

// getReady prepares the sandbox and the packages as the command setup does, whose
// error says what is missing, and finds the interpreter.
func (b *bench) getReady(ctx context.Context) error {
	words := &lastWords{}
	cmd := exec.CommandContext(ctx, b.command, append([]string{"setup", "--pool-endpoint=none"}, b.Flags...)...)
	cmd.Env, cmd.Stdout, cmd.Stderr = ownEnvironment(), b.Log, io.MultiWriter(b.Log, words)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = endWithin
	if err := cmd.Run(); err != nil {
		return errors.New(strings.TrimPrefix(words.String(), about.Name+": "))
	}
	if b.outside, b.noOutside = b.findOutside(ctx); b.noOutside != nil && ctx.Err() == nil {
		fmt.Fprintf(b.Log, "there is nothing to compare with: %v\n", b.noOutside)
	}
	if b.Peers != "" {
		return b.installPeers(ctx)
	}
	return nil
}
