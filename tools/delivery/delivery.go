// Package delivery saves on the user's disk what code in a session writes to the
// folder [sessions.OutDir] of its files, so that nobody has to ask for it:
//
//	saver, err := delivery.New(delivery.Options{Pool: pool, Folder: "/home/ada/python-output"})
//	if err != nil { … }
//	defer saver.Close()
//	lines := saver.Deliver(ctx, id, step)  // after each run
//
// The pool may be any: a [Saver] lists and downloads as all others do. It compares the
// listing with its record (record.go) of what it has saved, so that what a run left
// behind that was interrupted, or could not be saved, follows after the next one.
// Package hostfs decides what may have which name, and writes: the user's own files
// are never replaced, nor is what they have changed; nothing is deleted.
//
// Copying goes on in the background when it takes longer than an answer should wait.
package delivery

import (
	"context"
	"errors"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/prose"
	"dynamic-sessions-mcp/tools/sessionpath"
)

// Options configure a [Saver]. Pool, Dir and Folder are required.
type Options struct {
	Pool sessions.Pool
	// Dir names the files of the pool's sessions.
	Dir sessionpath.Dir
	// Folder is the absolute path of the folder that files are saved in. It is made
	// when it is first needed.
	Folder string
	// Home is the user's home folder, which texts call ~. It may be "".
	Home string
	// MaxBytes bounds all files that are saved, together. Zero means 1 GiB.
	MaxBytes int64
	// Record is a file that keeps what was saved for a server that continues with
	// the session. "" keeps it in memory.
	Record string
	// Patience is how long an answer waits for files. Zero means 8 s.
	Patience time.Duration
}

const (
	defaultMaxBytes = 1 << 30
	defaultPatience = 8 * time.Second
	// closeGrace is how long copying may go on when the server ends: clients kill a
	// server two seconds after they have closed its input.
	closeGrace = time.Second
)

// A Saver saves the files of one session. Its methods may be called concurrently.
type Saver struct {
	opts   Options
	record *record // of the running job, or of the next one

	work context.Context // of jobs
	stop context.CancelFunc
	jobs sync.WaitGroup

	mu      sync.Mutex
	current *job // the last one that was begun
	untold  report
	closed  bool
}

// New returns a saver. Close it.
func New(opts Options) (*Saver, error) {
	if opts.Pool == nil || opts.Folder == "" || opts.Dir == "" {
		return nil, errors.New("delivery: Options.Pool, Options.Dir and Options.Folder are required")
	}
	if opts.MaxBytes == 0 {
		opts.MaxBytes = defaultMaxBytes
	}
	if opts.Patience == 0 {
		opts.Patience = defaultPatience
	}
	r, err := openRecord(opts.Record, opts.Folder)
	if err != nil {
		return nil, err
	}
	s := &Saver{opts: opts, record: r}
	s.work, s.stop = context.WithCancel(context.Background())
	return s, nil
}

// Where is the folder, as texts name it.
func (s *Saver) Where() string { return short(s.opts.Folder, s.opts.Home) }

// Close ends the saver. What is being copied has a second to be finished.
func (s *Saver) Close() error {
	s.mu.Lock()
	s.closed = true
	current := s.current
	s.mu.Unlock()
	if current != nil {
		late := time.NewTimer(closeGrace)
		defer late.Stop()
		select {
		case <-current.done:
		case <-late.C:
		}
	}
	s.stop()
	s.jobs.Wait()
	return s.record.close()
}

// A job copies what is new in the session, once.
type job struct {
	done  chan struct{} // closed at its end
	steps chan string   // holds the file that it has begun last
}

// Deliver saves what is new in the session id after a run, and returns what is to be
// said of it, line by line. It returns when all is saved, when it has waited long
// enough, or when ctx ends; copying goes on then, and a later call says how it ended.
// step, which may be nil, is called with the name of each file.
func (s *Saver) Deliver(ctx context.Context, id sessions.ID, step func(name string)) []string {
	late := time.NewTimer(s.opts.Patience)
	defer late.Stop()
	if step == nil {
		step = func(string) {}
	}
	for { // first for what an earlier call has left running
		j, fresh := s.begin(id)
		if j == nil {
			return s.lines("")
		}
		if current := j.wait(ctx, late.C, step); current != "" || fresh {
			return s.lines(current)
		}
	}
}

// begin returns the job that is running, or else begins one, which is fresh. It is nil
// after Close.
func (s *Saver) begin(id sessions.ID) (j *job, fresh bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, true
	}
	if s.current != nil {
		select {
		case <-s.current.done:
		default:
			return s.current, false
		}
	}
	j = &job{done: make(chan struct{}), steps: make(chan string, 1)}
	s.current = j
	s.jobs.Go(func() {
		c := copying{Saver: s, id: id, step: j.step}
		c.run(s.work)
		s.mu.Lock()
		s.untold.add(c.report)
		s.mu.Unlock()
		close(j.done)
	})
	return j, true
}

// step notes which file is being copied.
func (j *job) step(name string) {
	select {
	case <-j.steps:
	default:
	}
	j.steps <- name
}

// wait waits for the job. It returns what is being copied if the job has not ended by
// then, and else "".
func (j *job) wait(ctx context.Context, late <-chan time.Time, step func(string)) (current string) {
	current = "files"
	for {
		select {
		case name := <-j.steps:
			current = prose.Name(name)
			step(name)
		case <-j.done:
			return ""
		case <-late:
			return current
		case <-ctx.Done():
			return current
		}
	}
}

// lines are what has not been told yet. current is what is still being copied.
func (s *Saver) lines(current string) []string {
	s.mu.Lock()
	told := s.untold
	s.untold = report{}
	s.mu.Unlock()
	return told.lines(s.opts, current)
}
