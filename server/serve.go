package server

import (
	"context"
	"errors"
	"time"

	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/server/about"
	"dynamic-sessions-mcp/server/backend"
	"dynamic-sessions-mcp/server/stdio"
	"dynamic-sessions-mcp/server/tasks"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools"
)

const (
	// answerGrace is how long calls have to answer after a signal.
	answerGrace = time.Second
	// keepGrace is [backend.CloseGrace] where a session is to be kept: a busy
	// machine has until clients, which send a signal first, kill the process.
	keepGrace = 3500 * time.Millisecond
	// minMessage is how long the longest message may be at least, in bytes.
	minMessage = 32 << 20
)

// serve serves MCP over HTTP, or over the standard streams until the input ends
// and everything is answered, or until ctx ends. Neither is an error.
func (p program) serve(ctx context.Context) (err error) {
	if p.cfg.Serve.Transport != config.TransportStdio {
		return p.serveWeb(ctx)
	}
	in, out, err := claim(p.std)
	if err != nil {
		return err
	}
	p.warnUnisolated()
	if err := p.checkFolders(); err != nil {
		return err
	}
	id, keep := p.ownSession()
	pool, err := p.openPool(p.oneSession(), keep)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close(pool)) }()

	notebooks, finish, err := p.notebooks(pool, keep)
	if err != nil {
		return err
	}
	defer finish()
	queue := &executionQueue{}
	opts := p.toolOptions(pool, id)
	opts.Turn, opts.Notebooks = queue.await, notebooks
	if opts.Environment.OutFolder, err = backend.OutFolder(p.cfg); err != nil {
		return err
	}
	if folder := opts.Environment.OutFolder; folder != "" {
		saver, err := p.newSaver(pool, folder, keep)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, saver.Close()) }()
		opts.Delivery, opts.Environment.OutFolder = saver, saver.Where()
	}
	offered, err := tools.New(opts)
	if err != nil {
		return err
	}
	mcp := p.newMCP(opts.Environment)
	offered.Register(mcp)
	table := tasks.New(p.taskOptions(tasks.Options{Follow: queue.carry}))
	table.Declare(mcp)
	p.log.Debug().Msg("serving MCP over standard input and output")

	err = stdio.Serve(ctx, in, out, p.stdioOptions(mcp, table, queue))
	if ctx.Err() != nil {
		p.log.Info().Msg("shutting down, as requested by a signal")
		table.Interrupt()
		offered.Interrupt()
		return nil // calls that ignored the signal may still use the folders
	}
	table.Close()
	return errors.Join(err, offered.Close())
}

// ownSession is the session of the one conversation, and the one that outlives the
// server: the same if the user gave it a name, and else "".
func (p program) ownSession() (id, keep sessions.ID) {
	if name := p.cfg.Serve.SessionName; name != "" {
		id = backend.NamedSession(name)
		return id, id
	}
	return sessions.NewID(), ""
}

// oneSession is the configuration with a pool for one conversation, which has one
// session: a spare beside it would only take memory.
func (p program) oneSession() config.Config {
	cfg := p.cfg
	cfg.Pool.MaxSessions = 1
	return cfg
}

func (p program) stdioOptions(mcp *server.MCPServer, t *tasks.Table, q *executionQueue) stdio.Options {
	return stdio.Options{Server: mcp, Tasks: t, MaxMessage: p.maxMessage(), Grace: answerGrace, Admit: q.admit, Logger: p.log}
}

// maxMessage is how long a message may be, in bytes: it may upload a file.
func (p program) maxMessage() int {
	return max(minMessage, base64Size(int64(p.cfg.Pool.MaxUpload)))
}

// base64Size is the length of a message that uploads a file of n bytes.
func base64Size(n int64) int { return int(n/3*4) + 1<<20 }

func (p program) toolOptions(pool sessions.Pool, id sessions.ID) tools.Options {
	env := backend.Environment(p.cfg)
	env.Named = p.cfg.Serve.SessionName != ""
	return tools.Options{
		Pool:          pool,
		Session:       func(context.Context) (sessions.ID, error) { return id, nil },
		AllowDirs:     p.cfg.Tools.AllowDir,
		AllowHidden:   p.cfg.Tools.AllowHidden,
		MaxRun:        backend.MaxRun(p.cfg),
		AnswerWithin:  time.Duration(p.cfg.Tools.AnswerWithin),
		MaxText:       p.cfg.Tools.MaxText,
		ResultFormat:  p.cfg.Tools.ResultFormat,
		ResourceLinks: p.cfg.Tools.ResourceLinks,
		Environment:   env,
		ImagePixels:   p.cfg.Pool.ImagePixels,
		Logger:        p.log,
	}
}

// newMCP returns a server that has no tools yet.
func (p program) newMCP(env tools.Environment) *server.MCPServer {
	return server.NewMCPServer(about.Name, about.ReadBuild().Version,
		server.WithTitle(about.Title),
		server.WithDescription(about.Summary(p.isolated())),
		server.WithInstructions(about.Instructions(about.Session{
			Isolated: p.isolated(), Named: env.Named, Folders: env.Folders.Places(), Out: env.OutFolder, Links: env.OutLinks, Elsewhere: env.Elsewhere,
		})),
		server.WithToolCapabilities(false),
		server.WithResourceCapabilities(false, false),
		server.WithRecovery(),
	)
}
