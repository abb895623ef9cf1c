package jsonrpc

import (
	"iter"
	"sync"
	"sync/atomic"

	"dynamic-sessions-mcp/sessions"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// A Session is what the library knows about one client, for one call or for a
// whole conversation. Its methods may be called concurrently.
type Session struct {
	id            string
	requester     *ClientRequester // nil if the client cannot be asked
	notifications chan mcp.JSONRPCNotification
	initialized   atomic.Bool

	mu           sync.Mutex
	level        mcp.LoggingLevel
	client       mcp.Implementation
	capabilities mcp.ClientCapabilities
	version      string
}

var (
	_ server.SessionWithLogging         = (*Session)(nil)
	_ server.SessionWithClientInfo      = (*Session)(nil)
	_ server.SessionWithProtocolVersion = (*Session)(nil)
)

// NewSession returns a session whose client is not known yet. It buffers the
// given number of notifications and drops any beyond. A nil requester means that
// the client cannot be asked for anything.
func NewSession(notifications int, requester *ClientRequester) *Session {
	return &Session{
		id:            string(sessions.NewID()),
		requester:     requester,
		notifications: make(chan mcp.JSONRPCNotification, notifications),
		level:         mcp.LoggingLevelError,
	}
}

// Notifications returns what tools notify the client of.
func (s *Session) Notifications() <-chan mcp.JSONRPCNotification { return s.notifications }

// waiting yields the buffered notifications until there are none.
func (s *Session) waiting() iter.Seq[mcp.JSONRPCNotification] {
	return func(yield func(mcp.JSONRPCNotification) bool) {
		for {
			select {
			case n := <-s.notifications:
				if !yield(n) {
					return
				}
			default:
				return
			}
		}
	}
}

func (s *Session) SessionID() string { return s.id }
func (s *Session) Initialize()       { s.initialized.Store(true) }
func (s *Session) Initialized() bool { return s.initialized.Load() }
func (s *Session) NotificationChannel() chan<- mcp.JSONRPCNotification {
	return s.notifications
}

func (s *Session) SetLogLevel(level mcp.LoggingLevel)            { set(s, &s.level, level) }
func (s *Session) GetLogLevel() mcp.LoggingLevel                 { return get(s, &s.level) }
func (s *Session) SetClientInfo(client mcp.Implementation)       { set(s, &s.client, client) }
func (s *Session) GetClientInfo() mcp.Implementation             { return get(s, &s.client) }
func (s *Session) GetClientCapabilities() mcp.ClientCapabilities { return get(s, &s.capabilities) }
func (s *Session) SetClientCapabilities(c mcp.ClientCapabilities) {
	set(s, &s.capabilities, c)
}
func (s *Session) SetProtocolVersion(version string) { set(s, &s.version, version) }
func (s *Session) ProtocolVersion() string           { return get(s, &s.version) }

func set[T any](s *Session, field *T, value T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*field = value
}

func get[T any](s *Session, field *T) T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *field
}
