// Package tools gives a model a Python interpreter through four MCP tools:
// run_python, upload_file, list_files and download_file. Files of the session
// can also be read as resources, through the template [fileTemplate] or
// [fileTemplateWithHandle].
//
// Make them with [New] over any [sessions.Pool], add them to a server with
// [Tools.Register], and call [Tools.Close] when the server has ended:
//
//	t, err := tools.New(tools.Options{Pool: pool, Session: owner})
//	if err != nil { … }
//	defer t.Close()
//	t.Register(srv)
//
// # The way of a call
//
// A handler binds the arguments from their JSON text, asks Options.Session
// which session the request's conversation owns, calls the pool and renders the
// answer. While the pool works, a caller that asked for it gets a progress
// notification a second; none follows the answer.
//
// # Answers
//
// Whatever goes wrong is a result with isError set, written for a model: what
// happened, why, and what to do next. A handler never returns a Go error. Three
// kinds are told apart in one place (failure.go): a mistake in the arguments, a
// request that the pool could not carry out, and a bug, of which the model sees
// a reference only.
//
// Sentences of the server and output of the program are never in one content
// block. Output is untrusted: it is stripped of escape sequences and control
// characters, images are decoded before they are passed on, and everything is
// bounded. One answer has at most about 25,000 characters of text and 900 kB.
//
// # Concurrency
//
// A Tools may serve any number of calls at the same time.
package tools

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/hostfs"
	"dynamic-sessions-mcp/tools/notices"
	"dynamic-sessions-mcp/tools/picture"
	"dynamic-sessions-mcp/tools/render"
	"dynamic-sessions-mcp/tools/sessionpath"
)

// Options configure the tools. Pool and Session are required.
type Options struct {
	// Pool runs the code and holds the files.
	Pool sessions.Pool
	// Session says which session the conversation of a request owns. Its error
	// is shown to the model as those of the pool are.
	Session func(ctx context.Context) (sessions.ID, error)
	// SessionHandles, if set, names the conversations of clients that need it; Session
	// does those of all others.
	SessionHandles SessionHandles
	// User names the user of a request, whose share of what is limited it takes:
	// the images of one user do not keep those of another waiting. Nil means that
	// there is one user.
	User func(ctx context.Context) string
	// AllowDirs are the host folders, as absolute paths, that upload_file may
	// read and download_file may write. None by default. One that does not exist
	// is logged and left out; the tools name it where they miss it.
	AllowDirs []string
	// AllowHidden lets upload_file read what is hidden in those folders too: files
	// whose names begin with a dot, or that lie in folders with such names.
	// download_file writes nothing hidden in any case.
	AllowHidden bool
	// Timeout bounds a run whose caller does not say how long; zero means 60 s.
	// It is at most sessions.MaxTimeout, as is what a caller may ask for.
	Timeout time.Duration
	// ResultFormat is how run_python writes its text.
	ResultFormat ResultFormat
	// ResourceLinks says whether files are also given as resource links.
	ResourceLinks LinkMode
	// Environment is what the description of run_python tells a model.
	Environment Environment
	// Logger takes reports of bugs. The zero value logs nothing.
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

const defaultTimeout = 60 * time.Second

// Tools are the four tools over one pool.
type Tools struct {
	pool     sessions.Pool
	session  func(ctx context.Context) (sessions.ID, error)
	host     *hostfs.Folders
	timeout  time.Duration
	links    LinkMode
	env      Environment
	dir      sessionpath.Dir
	log      zerolog.Logger
	history  *notices.History
	images   *picture.Processor
	renderer *render.Renderer
	format   ResultFormat

	sessionHandles     SessionHandles // nil if there are none
	sessionHandleTools map[string]mcp.Tool
}

// New checks opts and opens the allowed folders. The caller must close what it
// returns.
func New(opts Options) (*Tools, error) {
	if opts.Pool == nil || opts.Session == nil {
		return nil, errors.New("tools: Options.Pool and Options.Session are required")
	}
	limit := opts.Timeout
	if limit == 0 {
		limit = defaultTimeout
	}
	if limit < 0 || limit > sessions.MaxTimeout {
		return nil, fmt.Errorf("tools: Options.Timeout is %v and must be at most %v", limit, sessions.MaxTimeout)
	}
	host, err := hostfs.Open(opts.AllowDirs, opts.AllowHidden)
	if err != nil {
		return nil, err
	}
	if why := host.Missing(); why != "" {
		opts.Logger.Warn().Msg(why)
	}
	dir := sessionpath.New(opts.Environment.DataDir)
	history := notices.NewHistory(opts.Pool, dir, opts.Environment.Kept)
	images := picture.NewProcessor(render.MaxResult, opts.User)
	return &Tools{
		pool:           opts.Pool,
		session:        opts.Session,
		host:           host,
		timeout:        limit,
		format:         opts.ResultFormat,
		links:          opts.ResourceLinks,
		env:            opts.Environment,
		dir:            dir,
		log:            opts.Logger,
		history:        history,
		images:         images,
		renderer:       render.New(render.Options{Pool: opts.Pool, Dir: dir, History: history, Images: images, AsJSON: opts.ResultFormat == FormatJSON}),
		sessionHandles: opts.SessionHandles, sessionHandleTools: map[string]mcp.Tool{},
	}, nil
}

// Register adds the tools, the resource template and its completion to s. Call
// it before s serves anything.
func (t *Tools) Register(s *server.MCPServer) {
	s.AddTools(t.runPython(), t.uploadFile(), t.listFiles(), t.downloadFile())
	if t.sessionHandles != nil {
		server.WithToolFilter(t.filter)(s)
	}
	s.AddResourceTemplate(t.resourceTemplate(), t.readFile)
	server.WithCompletions()(s)
	server.WithResourceCompletionProvider(t)(s)
}

// Close closes the allowed folders. Calls must have ended.
func (t *Tools) Close() error { return t.host.Close() }
