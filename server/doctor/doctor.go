package server

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

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// errUnwell is the error of the doctor: what it found is on standard output.
var errUnwell = errors.New("sessions cannot work here; the lines marked FAIL say how to mend it")

// check is one thing that sessions need.
type check struct {
	name string
	// examine returns what it found, or what is wrong and how to mend it.
	examine func(context.Context) (string, error)
	// vital says that the checks behind it make no sense without it.
	vital bool
}

// doctor checks everything that sessions need and prints a line for each.
func (p program) doctor(ctx context.Context) error {
	d := examination{program: p, began: time.Now()}
	defer d.close()
	healthy := true
	for _, c := range d.checks() {
		found, err := c.examine(ctx)
		if err == nil {
			fmt.Fprintf(p.std.Out, "ok    %-13s %s\n", c.name, found)
			continue
		}
		healthy = false
		fmt.Fprintf(p.std.Out, "FAIL  %-13s %s\n", c.name, err)
		if c.vital {
			break
		}
	}
	if !healthy {
		return errUnwell
	}
	return nil
}

// checks are those that matter for the pool of this configuration.
func (d *examination) checks() []check {
	if d.cfg.Azure.Set() {
		return d.checksElsewhere()
	}
	return []check{
		{"system", d.system, true},
		{"isolation", d.isolation, true},
		{"cache folder", d.cache, true},
		{"folders", d.folders, false},
		{"interpreter", d.interpreter, true},
		{"session", d.session, true},
		{"snapshot", d.snapshot, false},
		{"packages", d.packages, false},
		{"network", d.network, false},
		{"files", d.files, false},
	}
}

// examination is one run of the doctor.
type examination struct {
	program
	began time.Time
	pool  Pool
	found inspected
}

func (d *examination) close() {
	if d.pool == nil {
		return
	}
	if err := d.program.close(d.pool); err != nil {
		d.log.Warn().Err(err).Msg("closing the pool")
	}
}

func (d *examination) system(context.Context) (string, error) {
	system := runtime.GOOS + "/" + runtime.GOARCH
	isolated := d.cfg.Pool.Isolation == config.IsolationGVisor
	switch {
	case isolated && runtime.GOOS != "linux":
		return "", fmt.Errorf("%s: the sandbox needs Linux. Run this in a Linux virtual machine, or, for code that you would run yourself, with --isolation=none", system)
	case runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" && d.cfg.Pool.Python == "":
		return "", fmt.Errorf("%s: the built-in interpreter is for amd64 and arm64. Name another with --python", system)
	}
	who := "an ordinary user"
	if os.Geteuid() == 0 {
		who = "root"
	}
	return fmt.Sprintf("%s, %d processors, as %s", system, runtime.NumCPU(), who), nil
}

func (d *examination) isolation(context.Context) (string, error) {
	if d.cfg.Pool.Isolation == config.IsolationNone {
		return "none: code runs with all that you may do", nil
	}
	return probe()
}

func (d *examination) cache(context.Context) (string, error) {
	dir, err := cachedir.Open(d.cfg.Pool.CacheDir)
	if err != nil {
		return "", err
	}
	if d.cfg.Pool.Python == "" {
		if err := cachedir.CheckPrograms(dir); err != nil {
			return "", err
		}
	}
	trial, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return "", cachedir.Explain(dir, fmt.Errorf("it cannot be written to: %w. Name another folder with --cache-dir", err))
	}
	_, err = trial.Write(make([]byte, 64<<10)) // a file without content needs no room on the disk
	if err := errors.Join(err, trial.Close(), os.Remove(trial.Name())); err != nil {
		return "", cachedir.Explain(dir, err)
	}
	return describeCache(dir, d.cfg.Pool.CacheDir), nil
}

// describeCache names the cache folder, and says why it is not the one asked for.
func describeCache(dir, asked string) string {
	if real, err := filepath.EvalSymlinks(asked); asked == "" || err != nil || real == dir {
		return dir
	}
	return dir + ", as " + asked + " has other things in it"
}

func (d *examination) folders(context.Context) (string, error) {
	if len(d.cfg.Tools.AllowDir) == 0 {
		return "none is open to upload_file and download_file (--allow-dir)", nil
	}
	for _, dir := range d.cfg.Tools.AllowDir {
		info, err := os.Stat(dir)
		if err != nil {
			return "", fmt.Errorf("%w. Make it, or take it out of --allow-dir", err)
		}
		if !info.IsDir() {
			return "", fmt.Errorf("%s is no folder. Give the folder it is in to --allow-dir", dir)
		}
	}
	return strings.Join(d.cfg.Tools.AllowDir, string(filepath.ListSeparator)), nil
}

func (d *examination) interpreter(ctx context.Context) (string, error) {
	pool, err := d.open(d.cfg.Pool, d.log, d.progress())
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
	case len(missing) == 0 || d.cfg.Pool.Python != "":
		return d.found.list(), nil
	default:
		dir, _ := cacheDir(d.cfg.Pool)
		return "", fmt.Errorf("%s cannot be imported. Delete the folders python-* in %s and run setup again", strings.Join(missing, ", "), dir)
	}
}

func (d *examination) network(context.Context) (string, error) {
	switch isolated := d.cfg.Pool.Isolation == config.IsolationGVisor; {
	case !isolated:
		return "code has what this machine has", nil
	case d.found.Network:
		return "", errors.New("code in a session has a route to a network, which it must not. Do not use this build, and report it")
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
	return "uploaded one and got it back", nil
}
