package transcript

import (
	"context"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/notebook"
	"dynamic-sessions-mcp/tools/recent"
)

const (
	// maxQueue is how many records wait to be written.
	maxQueue = 256
	// flushTime is how long a notebook may be older than its log while others are
	// written.
	flushTime = 2 * time.Second
	// maxConversations is how many conversations have files that are written to.
	maxConversations = 4096
)

// Options configure a [Recorder]. Pool is required.
type Options struct {
	// Dir is the folder for notebooks and logs, which is made if the folder that it is in
	// exists; "" for none.
	Dir string
	// Pool has the files of which a log has the hashes.
	Pool sessions.Pool
	// About says what code runs in.
	About About
	// Named is the session that outlives the server, and State the file in which its
	// notebook is kept for the next one. "" if there is none.
	Named sessions.ID
	State string
	// Logger logs, once, that something could not be written; no names and no contents.
	Logger zerolog.Logger
}

// A Recorder writes transcripts. It is a [notebook.Observer]. Its methods may be called
// concurrently. Close it.
type Recorder struct {
	opts   Options
	encode func(sessions.ID) []byte

	work context.Context // of reading files
	stop context.CancelFunc
	done chan struct{}

	mu     sync.Mutex
	closed bool
	queue  chan event
	lost   map[sessions.ID]int // events that there was no room for

	// What follows belongs to the goroutine.
	open   recent.Map[sessions.ID, *conversation]
	dirty  map[sessions.ID]bool
	warned map[string]bool
}

// An event is what a session's notebook has got.
type event struct {
	id     sessions.ID
	told   notebook.Told
	run    *notebook.Run
	upload *notebook.Upload
	lost   int // before it
}

// New returns a recorder, which writes when [Recorder.Keep] was called.
func New(o Options) *Recorder {
	r := &Recorder{
		opts: o, done: make(chan struct{}), queue: make(chan event, maxQueue), lost: map[sessions.ID]int{},
		dirty: map[sessions.ID]bool{}, warned: map[string]bool{},
	}
	r.work, r.stop = context.WithCancel(context.Background())
	return r
}

// Keep begins to write the notebooks that encode returns. It is called once, before
// anything is told.
func (r *Recorder) Keep(encode func(sessions.ID) []byte) {
	r.encode = encode
	go r.write()
}

// Ran implements [notebook.Observer].
func (r *Recorder) Ran(id sessions.ID, run notebook.Run, t notebook.Told) {
	r.tell(event{id: id, told: t, run: &run})
}

// Uploaded implements [notebook.Observer].
func (r *Recorder) Uploaded(id sessions.ID, u notebook.Upload, t notebook.Told) {
	r.tell(event{id: id, told: t, upload: &u})
}

func (r *Recorder) tell(e event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	e.lost = r.lost[e.id]
	select {
	case r.queue <- e:
		delete(r.lost, e.id)
	default:
		r.lost[e.id]++
	}
}

// Close writes what is left to be written, but reads no more files, and ends the logs.
func (r *Recorder) Close() {
	r.mu.Lock()
	already := r.closed
	r.closed = true
	r.mu.Unlock()
	r.stop()
	if !already {
		close(r.queue)
	}
	<-r.done
}

// write writes until the recorder is closed.
func (r *Recorder) write() {
	defer close(r.done)
	flushed := time.Now()
	for e := range r.queue {
		r.record(e)
		r.dirty[e.id] = true
		if len(r.queue) == 0 || time.Since(flushed) > flushTime {
			r.flush()
			flushed = time.Now()
		}
	}
	r.flush()
	for _, c := range r.open.All() {
		if c.log != nil {
			r.check("log", c.log.append(Record{Kind: kindClose}))
		}
	}
}

// record writes an event to the log of its conversation.
func (r *Recorder) record(e event) {
	if r.opts.Dir == "" {
		return
	}
	c := r.conversation(e)
	if c.log == nil {
		return
	}
	c.log.lost += e.lost
	if e.upload != nil {
		r.check("log", c.log.append(Record{Kind: kindUpload, Time: e.upload.Stored, Upload: uploadOf(*e.upload, e.told)}))
		return
	}
	r.check("log", c.log.append(Record{Kind: kindRun, Time: e.run.Began, Run: runOf(*e.run, e.told)}))
	if x := e.run.Outcome; x != nil && len(x.Files) > 0 {
		r.check("log", c.log.append(Record{Kind: kindFiles, Files: r.filesOf(e.id, x.Files)}))
	}
}

// flush writes the notebooks that have changed.
func (r *Recorder) flush() {
	for id := range r.dirty {
		data := r.encode(id)
		if c, ok := r.open.Get(id); ok && c.notebook != "" {
			r.check("notebook", replaceFile(c.notebook, data))
		}
		if id == r.opts.Named && r.opts.State != "" {
			r.check("state", replaceFile(r.opts.State, data))
		}
		delete(r.dirty, id)
	}
}

// check logs an error, the first of its kind.
func (r *Recorder) check(what string, err error) {
	if err == nil {
		delete(r.warned, what)
		return
	}
	if r.warned[what] {
		return
	}
	r.warned[what] = true
	texts := map[string]string{
		"log":      "the log of --transcript cannot be written; runs go on without it, and it will say what is missing",
		"notebook": "the notebook of --transcript cannot be written; runs go on, and it is tried again after each",
		"state":    "the notebook of the named session cannot be kept for the next server",
	}
	r.opts.Logger.Warn().Err(Cause(err)).Msg(texts[what])
}
