// Package bench measures what sessions cost on this machine: beside the same work
// outside of any session, on the machine as it is and beside a load of its own making.
//
// It knows the program as its users do, by its process: it starts its own executable
// as an MCP server over standard input and output (mcpserver.go) or as a pool behind
// the REST API (poolserver.go). Outside is a plain process of the same interpreter
// (outside.go, worker.go), in a session of its own, since the kernel divides the
// processor among sessions first.
//
// A [measurement] is a row of the table. Each has a file: imports.go, prints.go and so
// on. It is made of pairs, one look at each side, in alternation, so that what else
// the machine does falls on both (phase.go). A curve shows how something grows, with
// the limit at which it ends (curve.go and its siblings). samples.go has the
// statistics, report.go, table.go and chart.go what is printed.
//
// All that is started ends with the run, and all files are in one folder that is
// deleted at its end. Sessions of other servers are never touched.
package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"dynamic-sessions-mcp/server/about"
)

// Options say what to measure.
type Options struct {
	// Flags are those of the sessions, for each server that is started.
	Flags []string
	// CacheDir is the program's cache folder; "" for the default one. The files of the
	// measurements are on the same disk.
	CacheDir string
	// Isolated says whether the sessions are in a sandbox.
	Isolated bool
	// Disk, MaxUpload and MaxOutput are the limits of sessions, in bytes, that the
	// curves show.
	Disk, MaxUpload, MaxOutput int64

	// Pairs is how many pairs are made of each measurement, at least 1.
	Pairs int
	// Load is how many busy processes the load has; 0 leaves it out.
	Load int
	// Only names what to measure; empty means all rows of the table.
	Only []string
	// List lists what there is to measure, and measures nothing.
	List bool
	// Curves adds all curves.
	Curves bool
	// Short makes the table of the README.
	Short bool
	// JSON is the file for all values; "-" is Out, and the tables go to Log then.
	JSON string
	// Peers is the folder testdata/peers of the source; "" leaves them out.
	Peers string

	// Out gets the results, Log what is under way.
	Out, Log io.Writer
}

// A bench is one run.
type bench struct {
	Options
	command string // this program
	dir     string // of all files of the run
	out     string // where servers save results

	outside   *interpreter // nil if there is none
	noOutside error        // why
	peers     string       // the folder in which the peers are installed, "" if they are not
}

// errInterrupted is the error of a run that was ended before its time.
var errInterrupted = errors.New("the run was interrupted")

// Run measures and prints. When ctx ends it prints what was measured until then. The
// error says why nothing, or not all, could be measured; a single measurement that
// cannot be made here is said in its row instead.
func Run(ctx context.Context, o Options) (err error) {
	if o.List {
		_, err := io.WriteString(o.Out, writeList())
		return err
	}
	chosen, err := choose(o)
	if err != nil {
		return err
	}
	b := &bench{Options: o}
	if b.command, err = os.Executable(); err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	if err := b.makeFolder(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	r := report{Machine: thisMachine(about.Name + " " + about.ReadBuild().Name()), Pairs: o.Pairs, Load: o.Load, Sandbox: o.Isolated}
	b.announce(r.Machine, chosen)
	if err := b.getReady(ctx); err != nil {
		return orInterrupted(ctx, err)
	}
	b.all(ctx, chosen, &r)
	r.Interrupted = ctx.Err() != nil
	return errors.Join(b.print(r), orInterrupted(ctx, nil))
}

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

// all makes all measurements until ctx ends.
func (b *bench) all(ctx context.Context, c choice, r *report) {
	for _, m := range c.rows {
		if ctx.Err() != nil {
			return
		}
		found := b.measure(ctx, m)
		if found.Quiet.Problem != "" {
			fmt.Fprintf(b.Log, "%s: %s\n", m.name, found.Quiet.Problem)
		}
		r.Results = append(r.Results, found)
	}
	for _, each := range c.curves {
		if ctx.Err() != nil {
			return
		}
		r.Curves = append(r.Curves, b.draw(ctx, each))
	}
	if b.Peers != "" && ctx.Err() == nil {
		r.Peers = b.comparePeers(ctx)
	}
}

// print writes the report where it was asked for.
func (b *bench) print(r report) error {
	tables := b.Out
	switch b.JSON {
	case "":
	case "-":
		tables = b.Log
		if err := r.writeJSON(b.Out); err != nil {
			return err
		}
	default:
		if err := writeFile(b.JSON, r.writeJSON); err != nil {
			return err
		}
	}
	_, err := io.WriteString(tables, r.markdown(b.Short))
	return err
}

func writeFile(path string, write func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}
