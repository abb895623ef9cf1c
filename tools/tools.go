// Package tools gives a model a Python interpreter through five MCP tools:
// run_python, wait_for_run, upload_file, list_files and download_file. Files of the
// session can also be read as resources (resources.go).
//
// Make them with [New] over any [sessions.Pool], add them to a server with
// [Tools.Register], and call [Tools.Close] when the server has ended:
//
//	t, err := tools.New(tools.Options{Pool: pool, Session: owner})
//	if err != nil { … }
//	defer t.Close()
//	t.Register(srv)
//
// # A call
//
// A handler binds the arguments from their JSON text (arguments.go, values.go), asks
// Options.Session which session the request's conversation owns, calls the pool and
// renders the answer. While the pool works, a caller that asked for it gets a
// progress notification every second; none follows the answer. Clients without
// sessions name theirs by an argument, the session handle (sessionhandles.go).
//
// To add a tool, write a file like list_files.go: a struct for the arguments, a
// method that returns the definition, and one that runs it. Register it in
// [Tools.Register].
//
// # Questions
//
// Code may want to connect to a host that only the user can open. The call that waits for
// the run asks (asker.go): clients of older versions while it waits, others by an answer
// that has the question; their next call has the reply and carries on with the same run
// (retry.go). Only run_python and wait_for_run ask.
//
// # Answers
//
// Whatever goes wrong is a result with isError set, written for a model: what
// happened, why, and what to do next. A handler never returns a Go error. Three
// kinds are told apart in one place (failure.go): a mistake in the arguments, a
// request that the pool could not carry out, and a bug, of which the model sees
// only a reference.
//
// # Packages
//
//	runs         code that goes on after the call that began it was answered
//	render       the outcome of a run as content, and listings
//	notebook     what happened in a session, as a notebook of Jupyter
//	notices      what the server says about a run and its session
//	picture      decodes images within bounds
//	delivery     saves what code makes for the user on the user's disk
//	hostfs       folders of the host that the user opened
//	sessionpath  paths of files as code and models name them
//	prose        names, numbers and foreign text within sentences
//	mistake      errors that a model can act on
//
// They do not know this package, and of MCP only render knows anything: the types
// of content.
//
// # Concurrency
//
// A Tools may serve any number of calls at the same time.
package tools

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/delivery"
	"dynamic-sessions-mcp/tools/hostfs"
	"dynamic-sessions-mcp/tools/notebook"
	"dynamic-sessions-mcp/tools/notices"
	"dynamic-sessions-mcp/tools/picture"
	"dynamic-sessions-mcp/tools/render"
	"dynamic-sessions-mcp/tools/runs"
	"dynamic-sessions-mcp/tools/sessionpath"
)

// Options configure the tools. Pool and Session are required.
type Options struct {
	// Pool runs the code and holds the files.
	Pool sessions.Pool
	// Session returns the session that the conversation of a request owns. Its
	// errors are shown to the model as those of the pool are.
	Session func(ctx context.Context) (sessions.ID, error)
	// SessionHandles, if set, names the conversations of clients that have no
	// sessions; Session is for all others.
	SessionHandles SessionHandles
	// User names the user of a request, so that the images of one user do not keep
	// those of another waiting. Nil means that there is one user.
	User func(ctx context.Context) string
	// AllowDirs are the host folders, as absolute paths, that upload_file may
	// read and download_file may write. None by default. A folder that does not
	// exist is logged and left out; errors of the tools name it.
	AllowDirs []string
	// AllowHidden lets upload_file also read what is hidden in those folders: files
	// whose names begin with a dot, or that lie in folders with such names.
	// download_file never writes anything hidden.
	AllowHidden bool
	// MaxRun bounds a run, and what callers may ask for; zero means 30 min. The pool
	// must allow as much.
	MaxRun time.Duration
	// AnswerWithin is how long a call waits for a run; zero means 45 s. The answer then
	// has the output so far, and the run goes on.
	AnswerWithin time.Duration
	// Hold returns a context for a run that may outlive its call; see [runs.Options].
	Hold func(ctx context.Context) (held context.Context, release func(), err error)
	// Turn, if set, waits until the runs of earlier calls have begun and were answered;
	// events is told that it waits, and may be nil.
	Turn func(ctx context.Context, events func(sessions.Event)) error
	// MaxText bounds the characters of text in an answer; zero means
	// render.DefaultMaxText.
	MaxText int
	// ResultFormat is how run_python writes its text.
	ResultFormat ResultFormat
	// ResourceLinks says whether answers also hold files as resource links.
	ResourceLinks LinkMode
	// Delivery brings what code writes to the folder sessions.OutDir to the user. Nil
	// means that nobody does.
	Delivery Delivery
	// Notebooks has the notebook of each session. Nil means one that nobody else has.
	Notebooks *notebook.Store
	// Environment is what the description of run_python tells a model.
	Environment Environment
	// ImagePixels is how many pixels an image of an answer has at most; zero means
	// 1.15 million.
	ImagePixels int
	// Logger logs bugs. The zero value logs nothing.
	Logger zerolog.Logger
}

// ResultFormat is a way to write the outcome of a run as text.
type ResultFormat string

const (
	// FormatText labels standard output, standard error, result and traceback.
	FormatText ResultFormat = "text"
	// FormatJSON is the string that LangChain's tool for Azure's sessions
	// returns: {"result": 42, "stdout": "", "stderr": ""}. Images follow as
	// image content; their data is left out of the string, as there.
	FormatJSON ResultFormat = "json"
)

const (
	defaultMaxRun       = 30 * time.Minute
	defaultAnswerWithin = 45 * time.Second
)

// Tools are the five tools over one pool.
type Tools struct {
	pool     sessions.Pool
	session  func(ctx context.Context) (sessions.ID, error)
	host     *hostfs.Folders
	maxText  int
	links    LinkMode
	env      Environment
	dir      sessionpath.Dir
	log      zerolog.Logger
	history  *notices.History
	images   *picture.Processor
	renderer *render.Renderer
	format   ResultFormat

	runs         *runs.Table
	turn         func(context.Context, func(sessions.Event)) error // nil if there is no order
	maxRun       time.Duration
	answerWithin time.Duration

	delivery   Delivery // nil if nobody delivers files
	outFolders *delivery.Folders
	notebooks  *notebook.Store

	seal seal // of what calls carry on with

	sessionHandles     SessionHandles // nil if there are none
	sessionHandleTools map[string]mcp.Tool
}

// New checks opts and opens the allowed folders. The caller must close what it
// returns.
func New(opts Options) (*Tools, error) {
	if opts.Pool == nil || opts.Session == nil {
		return nil, errors.New("tools: Options.Pool and Options.Session are required")
	}
	if opts.MaxRun < 0 || opts.AnswerWithin < 0 {
		return nil, fmt.Errorf("tools: Options.MaxRun is %v and AnswerWithin %v, which must not be negative", opts.MaxRun, opts.AnswerWithin)
	}
	host, err := hostfs.Open(opts.AllowDirs, opts.AllowHidden)
	if err != nil {
		return nil, err
	}
	if why := host.Missing(); why != "" {
		opts.Logger.Warn().Msg(why)
	}
	dir, maxText := sessionpath.New(opts.Environment.DataDir), cmp.Or(opts.MaxText, render.DefaultMaxText)
	history := notices.NewHistory(opts.Pool, dir, opts.Environment.Named)
	images := picture.NewProcessor(render.MaxResult, opts.User)
	if opts.ImagePixels > 0 {
		images.MaxPixels = opts.ImagePixels
	}
	if opts.Notebooks == nil {
		opts.Notebooks = notebook.NewStore(notebook.Options{})
	}
	t := &Tools{
		pool:           opts.Pool,
		session:        opts.Session,
		host:           host,
		maxText:        maxText,
		format:         opts.ResultFormat,
		links:          opts.ResourceLinks,
		env:            opts.Environment,
		dir:            dir,
		log:            opts.Logger,
		history:        history,
		images:         images,
		renderer:       render.New(render.Options{Pool: opts.Pool, Dir: dir, History: history, Images: images, MaxText: maxText, AsJSON: opts.ResultFormat == FormatJSON}),
		notebooks:      opts.Notebooks,
		turn:           opts.Turn,
		maxRun:         cmp.Or(opts.MaxRun, defaultMaxRun),
		answerWithin:   cmp.Or(opts.AnswerWithin, defaultAnswerWithin),
		delivery:       opts.Delivery,
		seal:           newSeal(),
		outFolders:     delivery.NewFolders(opts.Pool),
		sessionHandles: opts.SessionHandles, sessionHandleTools: map[string]mcp.Tool{},
	}
	t.runs = runs.New(runs.Options{Pool: opts.Pool, Hold: opts.Hold, Ended: t.noteRun})
	return t, nil
}

// Register adds the tools, the resource template and its completion to s. Call
// it before s serves anything.
func (t *Tools) Register(s *server.MCPServer) {
	s.AddTools(t.runPython(), t.waitForRun(), t.uploadFile(), t.listFiles(), t.downloadFile())
	if t.sessionHandles != nil {
		server.WithToolFilter(t.filter)(s)
	}
	s.AddResourceTemplate(t.resourceTemplate(), t.readFile)
	if t.sessionHandles == nil { // else its URI may need one
		s.AddResource(notebookResource(), t.readFile)
	}
	server.WithCompletions()(s)
	server.WithResourceCompletionProvider(t)(s)
}

// Interrupt stops the runs that go on, and does not wait for that.
func (t *Tools) Interrupt() { t.runs.Interrupt() }

// Close stops the runs that go on, waits for that, and closes the allowed folders. Calls
// must have ended.
func (t *Tools) Close() error {
	t.runs.Close()
	return t.host.Close()
}
