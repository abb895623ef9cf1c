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
	// A file that cannot be written is said now, not at the end.
	values, err := o.openJSON()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, values.Close()) }()
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
	return errors.Join(b.print(r, values), orInterrupted(ctx, nil))
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

// openJSON opens what the values are written to.
func (o Options) openJSON() (io.WriteCloser, error) {
	switch o.JSON {
	case "":
		return keepOpen{io.Discard}, nil
	case "-":
		return keepOpen{o.Out}, nil
	}
	file, err := os.Create(o.JSON)
	if err != nil {
		return nil, fmt.Errorf("--values: %w. Name a file in a folder that you may write to, or - for standard output", err)
	}
	return file, nil
}

// keepOpen is a writer that is somebody else's to close.
type keepOpen struct{ io.Writer }

func (keepOpen) Close() error { return nil }

// print writes the report where it was asked for.
func (b *bench) print(r report, values io.Writer) error {
	tables := b.Out
	if b.JSON == "-" {
		tables = b.Log
	}
	_, err := io.WriteString(tables, r.markdown(b.Short))
	return errors.Join(err, r.writeJSON(values))
}
