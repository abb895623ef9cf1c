package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"dynamic-sessions-mcp/server/about"
	"dynamic-sessions-mcp/server/transcript"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/python"
	"dynamic-sessions-mcp/tools/notebook"
	"dynamic-sessions-mcp/tools/prose"
)

// notebooks returns the notebooks of the sessions of a pool. Where they are written, in a
// folder of the user or for the next server of a named session, finish ends that.
func (p program) notebooks(pool sessions.Pool, named sessions.ID) (_ *notebook.Store, finish func(), err error) {
	opts := notebook.Options{Python: p.builtInPython()}
	if p.cfg.Serve.Transcript == "" && named == "" {
		return notebook.NewStore(opts), func() {}, nil
	}
	recording := p.transcriptOptions(pool)
	if named != "" {
		recording.Named = named
		if recording.State, err = p.notebookOf(named); err != nil {
			return nil, nil, err
		}
	}
	rec := transcript.New(recording)
	opts.Observer, opts.Earlier = rec, rec.Earlier
	store := notebook.NewStore(opts)
	rec.Keep(store.Encode)
	return store, rec.Close, nil
}

func (p program) transcriptOptions(pool sessions.Pool) transcript.Options {
	return transcript.Options{Dir: p.cfg.Serve.Transcript, Pool: pool, About: p.aboutSessions(), Logger: p.log}
}

// aboutSessions says what the code of a transcript runs in.
func (p program) aboutSessions() transcript.About {
	a := transcript.About{Program: about.Name + " " + about.ReadBuild().Version, Python: p.builtInPython(), Pool: "embedded"}
	if p.cfg.Azure.Set() {
		a.Pool = "elsewhere"
	}
	if a.Python != "" {
		lock, packages := python.Requirements(), python.Packages()
		if file := p.cfg.Pool.Packages; file != "" {
			text, more, _ := python.Added(file) // a pool with a file that cannot be read has said so
			lock, packages = slices.Concat(lock, text), append(packages, more...)
		}
		a.Lock, a.Packages = transcript.SumOf(lock), packages
	}
	return a
}

// builtInPython is the version of the interpreter in sessions, if it is the built-in one.
func (p program) builtInPython() string {
	if p.cfg.Azure.Set() || p.cfg.Pool.Python != "" {
		return ""
	}
	return about.ReadBuild().Python
}

// notebookOf is the file that keeps the notebook of a session that outlives servers.
func (p program) notebookOf(named sessions.ID) (string, error) {
	dir, err := cachedir.Open(p.cfg.Pool.CacheDir)
	if err != nil {
		return "", err
	}
	if dir, err = cachedir.Subfolder(dir, "notebooks"); err != nil {
		return "", err
	}
	transcript.PruneStates(dir, 2*time.Duration(p.cfg.Pool.SleepAge))
	return filepath.Join(dir, string(named)), nil
}

// readLog reads a log of which the user has named the file.
func readLog(path string) (*transcript.Log, error) {
	refuse := func(err error) error { return fmt.Errorf("the log %s: %w", prose.Name(path), err) }
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no regular file; give the file conversation-….jsonl of the folder of --transcript")
	}
	if err != nil {
		return nil, refuse(transcript.Cause(err))
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, refuse(transcript.Cause(err))
	}
	defer file.Close()
	log, err := transcript.Read(file)
	if err != nil {
		return nil, refuse(transcript.Cause(err))
	}
	return log, nil
}

// verify checks a log and says what is in it.
func (p program) verify() error {
	log, err := readLog(p.cfg.Verify.Log)
	if err != nil {
		return err
	}
	return log.Describe(p.std.Out)
}

// replay runs a log again in a pool of its own.
func (p program) replay(ctx context.Context) (err error) {
	log, err := readLog(p.cfg.Replay.Log)
	if err != nil {
		return err
	}
	opts := transcript.ReplayOptions{Out: p.std.Out}
	if dir := p.cfg.Replay.Files; dir != "" {
		root, err := os.OpenRoot(dir)
		if err != nil {
			return fmt.Errorf("the folder of --files: %w", err)
		}
		defer root.Close()
		opts.Find = transcript.Folder(root)
	}
	pool, err := p.openPool(p.oneSession(), "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close(pool)) }()
	opts.Pool = pool
	if why := log.OtherThan(p.aboutSessions()); why != "" {
		fmt.Fprintln(p.std.Out, why)
	}
	result, err := transcript.Replay(ctx, log, opts)
	fmt.Fprintln(p.std.Out, result)
	if err == nil && result.Different > 0 {
		err = fmt.Errorf("%s different from the log", prose.Count(result.Different, "run is", "runs are"))
	}
	return err
}
