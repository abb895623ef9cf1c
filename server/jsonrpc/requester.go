package jsonrpc

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
)

// maxQuestions is how many questions a client may leave unanswered.
const maxQuestions = 32

// ErrGone is why a client will not answer a question.
var ErrGone = errors.New("the client has disconnected and will not answer")

var (
	errTooManyQuestions = errors.New("the client has not answered 32 earlier requests of the server")
	errNoAnswer         = errors.New("the client answered with neither an object nor an error")
)

// Questions are the server's requests to one client that are not answered yet.
// The zero value has none. The methods may be called concurrently.
type Questions struct {
	mu   sync.Mutex
	open map[string]chan<- Message // by the key of the ID
}

// Answer passes the client's response to the call that asked. It drops a response
// that no call waits for.
func (q *Questions) Answer(response Message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if answer, ok := q.open[response.Key()]; ok {
		delete(q.open, response.Key())
		answer <- response // never blocks: it has a buffer of one
	}
}

// begin opens a question, whose ID nobody can guess. end must be called.
func (q *Questions) begin() (id string, answer <-chan Message, end func(), err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.open) >= maxQuestions {
		return "", nil, nil, errTooManyQuestions
	}
	if q.open == nil {
		q.open = map[string]chan<- Message{}
	}
	id = rand.Text()
	key, answers := `"`+id, make(chan Message, 1) // see IDKey
	q.open[key] = answers
	return id, answers, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		delete(q.open, key)
	}, nil
}

// A ClientRequester carries requests of the server to one client.
type ClientRequester struct {
	// Questions are where the client's responses arrive.
	Questions *Questions
	// Send sends a request to the client. The error is the cause of ctx, or
	// ErrGone.
	Send func(ctx context.Context, request mcp.JSONRPCRequest) error
	// Gone is closed when no answer can come any more.
	Gone <-chan struct{}
}

// ask returns the result that the client answers with. If ctx ends before, a
// notification tells the client that the request is cancelled.
func (s *Session) ask(ctx context.Context, method mcp.MCPMethod, params any) (json.RawMessage, error) {
	id, answer, end, err := s.requester.Questions.begin()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	defer end()
	request := mcp.JSONRPCRequest{
		JSONRPC: mcp.JSONRPC_VERSION, ID: mcp.NewRequestId(id), Params: params,
		Request: mcp.Request{Method: string(method)},
	}
	if err := s.requester.Send(ctx, request); err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	select {
	case response := <-answer:
		return response.result()
	case <-s.requester.Gone:
		return nil, fmt.Errorf("%s: %w", method, ErrGone)
	case <-ctx.Done():
		s.withdraw(id)
		return nil, fmt.Errorf("%s: %w", method, context.Cause(ctx))
	}
}

func (s *Session) withdraw(id string) {
	select {
	case s.notifications <- mcp.JSONRPCNotification{
		JSONRPC: mcp.JSONRPC_VERSION,
		Notification: mcp.Notification{
			Method: MethodCancelled,
			Params: mcp.NotificationParams{AdditionalFields: map[string]any{"requestId": id}},
		},
	}:
	default:
	}
}

// result returns the result of a response, or its error.
func (m Message) result() (json.RawMessage, error) {
	var response struct {
		Result json.RawMessage
		Error  *mcp.JSONRPCErrorDetails
	}
	switch err := json.Unmarshal(m.Raw, &response); {
	case err != nil:
		return nil, fmt.Errorf("the client's answer cannot be read: %w", err)
	case response.Error != nil:
		return nil, fmt.Errorf("the client answered with error %d: %w", response.Error.Code, response.Error.AsError())
	case len(response.Result) == 0 || response.Result[0] != '{':
		return nil, errNoAnswer
	}
	return response.Result, nil
}
