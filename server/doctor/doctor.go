// Package doctor finds out whether sessions work with a configuration, and says
// how to fix what is missing.
//
// [Run] is the doctor command. It makes one [check] after the other and prints a
// line for each: doctor.go and snapshot.go have those of the embedded pool,
// container.go those of a pool in a container or WSL, elsewhere.go those of one elsewhere.
// [Setup] is the setup command, which prepares the pool and says what is where. Both
// run code in a session of their own; inspection.go has it.
package doctor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/server/backend"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// Options are what a command needs.
type Options struct {
	Config config.Config
	// Out gets what is found, for people.
	Out    io.Writer
	Logger zerolog.Logger
	// Progress is told what the pool does to get ready. It may be nil, and may
	// be called concurrently.
	Progress func(stage string)
	// Open opens the pool; usually [backend.Open].
	Open func(backend.Options) (backend.Pool, error)
}

func (o Options) open() (backend.Pool, error) {
	return o.Open(backend.Options{Config: o.Config, Logger: o.Logger, Progress: o.Progress})
}

func (o Options) close(pool backend.Pool) error {
	return backend.Close(pool, backend.CloseGrace, o.Logger)
}

// errUnwell is the error of the doctor: what it found is in the output.
var errUnwell = errors.New("sessions cannot work here; the lines marked FAIL say how to fix it")

// A check examines one thing that sessions need.
type check struct {
	name string
	// examine returns what it found, or an error that says what is wrong and how
	// to fix it.
	examine func(context.Context) (string, error)
	// vital says that the checks after it make no sense without it.
	vital bool
}

// Run checks everything that sessions need and prints a line for each check. Its
// error says that one has failed.
func Run(ctx context.Context, o Options) error {
	d := examination{Options: o, began: time.Now()}
	defer d.close()
	healthy := true
	for _, c := range d.checks() {
		found, err := c.examine(ctx)
		if err == nil {
			fmt.Fprintf(o.Out, "ok    %-13s %s\n", c.name, found)
			continue
		}
		healthy = false
		fmt.Fprintf(o.Out, "FAIL  %-13s %s\n", c.name, err)
		if c.vital {
			break
		}
	}
	if !healthy {
		return errUnwell
	}
	return nil
}

// checks are the checks that matter for the pool of this configuration.
func (d *examination) checks() []check {
	if d.Config.Azure.Set() {
		return d.checksElsewhere()
	}
	if d.Config.Contained() {
		return d.checksContained()
	}
	return []check{
		{"system", d.system, true},
		{"isolation", d.isolation, true},
		{"cache folder", d.cache, true},
		{"base system", d.baseSystem, true},
		{"folders", d.folders, false},
		{"results", d.results, false},
		{"interpreter", d.interpreter, true},
		{"session", d.session, true},
		{"mounts", d.mounts, false},
		{"snapshot", d.snapshot, false},
		{"packages", d.packages, false},
		{"network", d.network, false},
		{"files", d.files, false},
	}
}

// An examination is one run of the doctor.
type examination struct {
	Options
	began time.Time
	pool  backend.Pool
	found inspected
}

func (d *examination) close() {
	if d.pool == nil {
		return
	}
	if err := d.Options.close(d.pool); err != nil {
		d.Logger.Warn().Err(err).Msg("closing the pool")
	}
}

func (d *examination) system(context.Context) (string, error) {
	system := runtime.GOOS + "/" + runtime.GOARCH
	isolated := d.Config.Pool.Isolation.Sandboxed()
	switch {
	case isolated && runtime.GOOS != "linux":
		return "", fmt.Errorf("%s: the sandbox needs Linux. Run this in a Linux virtual machine, or, for code you would run yourself, with --isolation=none", system)
	case runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" && d.Config.Pool.Python == "":
		return "", fmt.Errorf("%s: the built-in interpreter is for amd64 and arm64. Name another one with --python", system)
	}
	who := "an ordinary user"
	if os.Geteuid() == 0 {
		who = "root"
	}
	return fmt.Sprintf("%s, %d processors, as %s", system, runtime.NumCPU(), who), nil
}

func (d *examination) isolation(context.Context) (string, error) {
	if d.Config.Pool.Isolation == local.None {
		return "none: code may do everything you may do", nil
	}
	return probe(d.Config.Pool.Isolation.Demand())
}

func (d *examination) cache(context.Context) (string, error) {
	dir, err := cachedir.Open(d.Config.Pool.CacheDir)
	if err != nil {
		return "", err
	}
	shared, err := cachedir.Shared(d.Config.Pool.SystemDir)
	if d.Config.Pool.Python == "" && err != nil {
		if err := cachedir.CheckPrograms(dir); err != nil {
			return "", err
		}
	}
	trial, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return "", cachedir.Explain(dir, fmt.Errorf("it is not writable: %w. Name another folder with --cache-dir", err))
	}
	_, err = trial.Write(make([]byte, 64<<10)) // an empty file would need no space on the disk
	if err := errors.Join(err, trial.Close(), os.Remove(trial.Name())); err != nil {
		return "", cachedir.Explain(dir, err)
	}
	found := describeCache(dir, d.Config.Pool.CacheDir)
	if shared != "" {
		found += ", and " + shared + " for all users"
	}
	return found, nil
}

// describeCache names the cache folder, and says why it is not the folder asked for.
func describeCache(dir, asked string) string {
	if real, err := filepath.EvalSymlinks(asked); asked == "" || err != nil || real == dir {
		return dir
	}
	return dir + ", because " + asked + " has other things in it"
}

func (d *examination) interpreter(ctx context.Context) (string, error) {
	pool, err := d.open()
	if err != nil {
		return "", err
	}
	d.pool = pool
	begin := time.Now()
	if err := pool.Prepare(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("ready after %.1f s", time.Since(begin).Seconds()), nil
}

func (d *examination) session(ctx context.Context) (string, error) {
	begin := time.Now()
	found, err := inspect(ctx, d.pool)
	if err != nil {
		return "", err
	}
	d.found = found
	return fmt.Sprintf("ran code on Python %s in %d ms", found.Python, time.Since(begin).Milliseconds()), nil
}

func (d *examination) packages(context.Context) (string, error) {
	missing := d.found.missing()
	switch {
	case len(missing) == 0 || d.Config.Pool.Python != "":
		return d.found.list(), nil
	default:
		dir, _ := cachedir.Locate(d.Config.Pool.CacheDir)
		return "", fmt.Errorf("%s cannot be imported. Delete the folders python-* in %s and run setup again", strings.Join(missing, ", "), dir)
	}
}

func (d *examination) network(context.Context) (string, error) {
	switch isolated := d.Config.Pool.Isolation.Sandboxed(); {
	case !isolated:
		return "code has the network of this machine", nil
	case d.found.Network:
		return "", errors.New("code in a session has a route to a network, which it must not have. Do not use this build, and report it")
	default:
		return "none in a session, as it should be", nil
	}
}

func (d *examination) files(ctx context.Context) (_ string, err error) {
	id := sessions.NewID()
	defer func() { err = errors.Join(err, d.pool.Stop(context.WithoutCancel(ctx), id)) }()
	content := []byte("a file\n")
	if _, err := d.pool.Upload(ctx, id, "doctor.txt", bytes.NewReader(content)); err != nil {
		return "", err
	}
	_, file, err := d.pool.Download(ctx, id, "doctor.txt")
	if err != nil {
		return "", err
	}
	defer file.Close()
	back, err := io.ReadAll(io.LimitReader(file, 1<<10))
	if err != nil {
		return "", err
	}
	if !bytes.Equal(back, content) {
		return "", errors.New("a file came back changed")
	}
	return "uploaded a file and got it back unchanged", nil
}
