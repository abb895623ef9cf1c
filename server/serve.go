package server

import (
	"context"
	"errors"
	"time"

	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/server/stdio"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools"
)

// program is a command with what it runs on.
type program struct {
	cfg  config.Config
	std  Streams
	log  zerolog.Logger
	open opener
}

const (
	// answerGrace is how long calls have to answer once a signal has come.
	answerGrace = time.Second
	// closeGrace is how long the pool has to put its sessions away at the end.
	// What it leaves then dies with the process. Clients that close the input
	// kill the process two seconds later.
	closeGrace = 1500 * time.Millisecond
	// keepGrace is the same where a session is to be kept: a machine that is
	// busy is given until clients, who send a signal first, kill the process.
	keepGrace = 3500 * time.Millisecond
	// minMessage is the least that the longest message may have.
	minMessage = 32 << 20
)

// serve serves MCP over HTTP, or over the standard streams until the input ends and
// everything is answered, or until ctx ends. Neither is an error.
func (p program) serve(ctx context.Context) (err error) {
	if p.cfg.Serve.Transport != config.TransportStdio {
		return p.serveWeb(ctx)
	}
	in, out, err := claim(p.std)
	if err != nil {
		return err
	}
	if p.cfg.Pool.Isolation == config.IsolationNone {
		p.log.Warn().Msg("nothing isolates the code: it runs on this machine with all that you may do (--isolation=none)")
	}
	id, open := p.ownSession()
	pool, err := open(p.oneSession(), p.log, p.progress())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close(pool)) }()

	arrivals := newArrivals(pool)
	offered, err := tools.New(p.toolOptions(arrivals, id))
	if err != nil {
		return err
	}
	mcp := p.newMCP()
	offered.Register(mcp)
	p.log.Debug().Msg("serving MCP over standard input and output")

	err = stdio.Serve(ctx, in, out, p.stdioOptions(mcp, arrivals))
	if ctx.Err() != nil {
		p.log.Info().Msg("ending, as asked by a signal")
		return nil // calls that did not heed the signal may still use the folders
	}
	return errors.Join(err, offered.Close())
}

// ownSession is the session of the one conversation, and what opens the pool that
// it is in.
func (p program) ownSession() (sessions.ID, opener) {
	name := p.cfg.Serve.SessionName
	if name == "" {
		return sessions.NewID(), p.open
	}
	id := namedSession(name)
	return id, openKeeping(id)
}

// oneSession is the configuration of a pool for one conversation, which has one
// session: a spare beside it would only take memory.
func (p program) oneSession() config.Pool {
	settings := p.cfg.Pool
	settings.MaxSessions = 1
	return settings
}

func (p program) stdioOptions(mcp *server.MCPServer, a *arrivals) stdio.Options {
	return stdio.Options{Server: mcp, MaxMessage: p.maxMessage(), Grace: answerGrace, Admit: a.admit, Logger: p.log}
}

// maxMessage is the length of the longest message, which may upload a file.
func (p program) maxMessage() int {
	return max(minMessage, base64Size(int64(p.cfg.Pool.MaxUpload)))
}

// base64Size is the length of a message that uploads a file of n bytes.
func base64Size(n int64) int { return int(n/3*4) + 1<<20 }

func (p program) toolOptions(pool sessions.Pool, id sessions.ID) tools.Options {
	env := p.environment()
	env.Kept = p.cfg.Serve.SessionName != ""
	return tools.Options{
		Pool:          pool,
		Session:       func(context.Context) (sessions.ID, error) { return id, nil },
		AllowDirs:     p.cfg.Tools.AllowDir,
		AllowHidden:   p.cfg.Tools.AllowHidden,
		Timeout:       time.Duration(p.cfg.Pool.Timeout),
		ResultFormat:  resultFormat(p.cfg.Tools.ResultFormat),
		ResourceLinks: linkMode(p.cfg.Tools.ResourceLinks),
		Environment:   env,
		Logger:        p.log,
	}
}

func resultFormat(f config.ResultFormat) tools.ResultFormat {
	if f == config.ResultJSON {
		return tools.FormatJSON
	}
	return tools.FormatText
}

func linkMode(l config.ResourceLinks) tools.LinkMode {
	switch l {
	case config.LinksOn:
		return tools.LinksOn
	case config.LinksOff:
		return tools.LinksOff
	default:
		return tools.LinksAuto
	}
}

// newMCP returns a server that has no tools yet.
func (p program) newMCP() *server.MCPServer {
	return server.NewMCPServer(name, readBuild().version,
		server.WithTitle(title),
		server.WithDescription(summary(p.cfg.Pool.Isolation)),
		server.WithInstructions(p.instructions()),
		server.WithToolCapabilities(false),
		server.WithResourceCapabilities(false, false),
		server.WithRecovery(),
	)
}

// close waits for the pool to put its sessions away, for a while. A pool that
// takes longer is no failure of the conversation that has ended.
func (p program) close(pool Pool) error {
	closed := make(chan error, 1)
	go func() { closed <- pool.Close() }()
	grace := closeGrace
	if p.cfg.Serve.SessionName != "" {
		grace = keepGrace
	}
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case err := <-closed:
		return err
	case <-late.C:
		p.log.Warn().Dur("after", grace).Msg("the sessions have not ended in time and are killed with the process")
		return nil
	}
}
