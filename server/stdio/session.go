package stdio

import (
	"sync"
	"sync/atomic"

	"dynamic-sessions-mcp/sessions"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// session is what the library knows about the client at the other end.
type session struct {
	id            string
	notifications chan mcp.JSONRPCNotification
	initialized   atomic.Bool

	mu           sync.Mutex
	level        mcp.LoggingLevel
	client       mcp.Implementation
	capabilities mcp.ClientCapabilities
	version      string
}

var (
	_ server.SessionWithLogging         = (*session)(nil)
	_ server.SessionWithClientInfo      = (*session)(nil)
	_ server.SessionWithProtocolVersion = (*session)(nil)
)

func newSession() *session {
	return &session{
		id:            string(sessions.NewID()),
		notifications: make(chan mcp.JSONRPCNotification, 256),
		level:         mcp.LoggingLevelError,
	}
}

func (s *session) SessionID() string { return s.id }
func (s *session) Initialize()       { s.initialized.Store(true) }
func (s *session) Initialized() bool { return s.initialized.Load() }
func (s *session) NotificationChannel() chan<- mcp.JSONRPCNotification {
	return s.notifications
}

func (s *session) SetLogLevel(level mcp.LoggingLevel)            { set(s, &s.level, level) }
func (s *session) GetLogLevel() mcp.LoggingLevel                 { return get(s, &s.level) }
func (s *session) SetClientInfo(client mcp.Implementation)       { set(s, &s.client, client) }
func (s *session) GetClientInfo() mcp.Implementation             { return get(s, &s.client) }
func (s *session) GetClientCapabilities() mcp.ClientCapabilities { return get(s, &s.capabilities) }
func (s *session) SetClientCapabilities(c mcp.ClientCapabilities) {
	set(s, &s.capabilities, c)
}
func (s *session) SetProtocolVersion(version string) { set(s, &s.version, version) }
func (s *session) ProtocolVersion() string           { return get(s, &s.version) }

func set[T any](s *session, field *T, value T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*field = value
}

func get[T any](s *session, field *T) T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *field
}
