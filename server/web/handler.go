package web

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/guard"
	"dynamic-sessions-mcp/server/jsonrpc"
	"dynamic-sessions-mcp/server/tasks"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/budget"
)

// Options configure a handler. Server and Conversations are required.
type Options struct {
	// Server answers the requests. New adds a tool middleware to it.
	Server *server.MCPServer
	// Conversations has the conversations, and stays the caller's.
	Conversations *conversation.Registry
	// Tasks has the calls that outlive their requests, and stays the caller's. Nil means
	// that there are none.
	Tasks *tasks.Table
	// OnlySSE serves the SSE transport without streamable HTTP.
	OnlySSE bool
	// MaxMessage is the length of the longest message, in bytes. Zero means
	// 32 MiB.
	MaxMessage int64
	// maxRequests bounds the requests in flight, streams included; one
	// principal can have half of them. Zero means 4000.
	maxRequests int
	// heartbeat is how long a stream is silent at most. Zero means 10 s.
	heartbeat time.Duration
	// Refused, if set, is called with the status of every refused request.
	Refused func(status int)
	// Logger logs failures, never the content of messages.
	Logger zerolog.Logger
}

const (
	defaultMaxMessage  = 32 << 20
	defaultMaxRequests = 4000
	defaultHeartbeat   = 10 * time.Second
	// bigBody is the length above which bodies wait for memory, of which there is
	// enough for bigBodies of the longest messages; one principal can have half.
	bigBody   = 64 << 10
	bigBodies = 8
	// notificationBuffer is how many notifications of a call may wait.
	notificationBuffer = 64
)

// A Handler serves MCP. It may be used concurrently.
type Handler struct {
	opts           Options
	mux            *http.ServeMux
	requestQuota   *budget.Shares // requests in flight
	bodyBudget     *budget.Shares // memory for big ones, in bytes
	responseBudget *budget.Shares // memory for them, in bytes

	calls     context.Context // of calls that outlive their connection
	interrupt context.CancelCauseFunc
	drain     chan struct{} // closed by Drain
	drainOnce sync.Once

	mu      sync.Mutex
	streams map[string]*stream // by the name of the conversation
}

// New returns a handler.
func New(opts Options) *Handler {
	if opts.MaxMessage == 0 {
		opts.MaxMessage = defaultMaxMessage
	}
	if opts.maxRequests == 0 {
		opts.maxRequests = defaultMaxRequests
	}
	if opts.heartbeat == 0 {
		opts.heartbeat = defaultHeartbeat
	}
	h := &Handler{
		opts: opts, mux: http.NewServeMux(),
		requestQuota:   budget.New(int64(opts.maxRequests)),
		bodyBudget:     budget.New(bigBodies * opts.MaxMessage),
		responseBudget: budget.New(budget.AnswerMemory),
		drain:          make(chan struct{}),
		streams:        map[string]*stream{},
	}
	h.calls, h.interrupt = context.WithCancelCause(context.Background())
	opts.Server.Use(jsonrpc.HandOver)
	if !opts.OnlySSE {
		h.mux.HandleFunc("/mcp", h.serveMCP)
	}
	h.mux.HandleFunc("/sse", h.serveSSE)
	h.mux.HandleFunc("/message", h.serveMessage)
	h.mux.HandleFunc("/", h.serveNothing)
	return h
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who := principal(r)
	if !h.requestQuota.Take(who, 1) {
		w.Header().Set("Retry-After", "1")
		h.refuse(w, refusal{status: http.StatusServiceUnavailable, text: "too many requests are in flight; retry shortly"})
		return
	}
	defer h.requestQuota.Give(who, 1)
	h.mux.ServeHTTP(w, r)
}

// serveNothing tells a client with a wrong path the right one.
func (h *Handler) serveNothing(w http.ResponseWriter, _ *http.Request) {
	text := "there is nothing at this path; MCP is at /mcp (streamable HTTP) and at /sse (the older SSE transport)"
	if h.opts.OnlySSE {
		text = "there is nothing at this path; this server serves MCP only at /sse (the SSE transport)"
	}
	h.refuse(w, refusal{status: http.StatusNotFound, text: text})
}

// Drain ends every SSE stream as soon as the calls of its conversation are
// answered. New streams end at once.
func (h *Handler) Drain() { h.drainOnce.Do(func() { close(h.drain) }) }

// Interrupt cancels all calls.
func (h *Handler) Interrupt() {
	h.interrupt(sessions.ErrClosed)
	h.responseBudget.Close()
}

type conversationKey struct{}

// Conversation returns the conversation of a request. It is nil for requests of
// the modern era over streamable HTTP, which belong to none.
func Conversation(ctx context.Context) *conversation.Conversation {
	c, _ := ctx.Value(conversationKey{}).(*conversation.Conversation)
	return c
}

func principal(r *http.Request) string { return string(guard.Caller(r.Context())) }

// outlive returns a context for a call that its client may disconnect from.
func (h *Handler) outlive(ctx context.Context) (context.Context, context.CancelCauseFunc) {
	return jsonrpc.EndWith(context.WithoutCancel(ctx), h.calls)
}
