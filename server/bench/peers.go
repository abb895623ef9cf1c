package bench

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// installPeers installs what testdata/peers compares this program with, unless it is
// there.
func (b *bench) installPeers(ctx context.Context) error {
	out, err := b.python(ctx, "install.py")
	if err != nil {
		return err
	}
	b.peers = strings.TrimSpace(out)
	return nil
}

// comparePeers returns the table of the peers, or why there is none.
func (b *bench) comparePeers(ctx context.Context) string {
	args := []string{"--server", b.command}
	if b.CacheDir != "" {
		args = append(args, "--cache-dir", b.CacheDir)
	}
	out, err := b.python(ctx, "peers.py", args...)
	if err != nil {
		return fmt.Sprintf("The peers were not measured: %v\n\n%s", err, out)
	}
	return out
}

// python runs a script of the folder of the peers and returns what it prints.
func (b *bench) python(ctx context.Context, script string, args ...string) (string, error) {
	words, out := &lastWords{}, &strings.Builder{}
	cmd := exec.CommandContext(ctx, "python3", append([]string{"-B", filepath.Join(b.Peers, script)}, args...)...)
	cmd.Stdout, cmd.Stderr = out, io.MultiWriter(b.Log, words)
	// An interrupt lets the script end the servers that it has started.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 4 * endWithin
	if err := cmd.Run(); err != nil {
		return out.String(), orInterrupted(ctx, fmt.Errorf("%s: %w: %s", filepath.Join(b.Peers, script), err, words))
	}
	return out.String(), nil
}

// kernel starts the bare IPython kernel of the peers.
func (b *bench) kernel() (*worker, error) {
	dir, err := filepath.Abs(b.Peers)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(filepath.Join(b.peers, "jupyter", "bin", "python"), "-B", "-c", kernelScript, dir)
	cmd.Dir = b.dir
	return openWorker("ipykernel", cmd)
}
