package stdio

import (
	"fmt"
	"io"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/server/jsonrpc"
	"dynamic-sessions-mcp/sessions/budget"
)

// writer is the one goroutine that writes to the output, so that lines do not
// mix. It writes the notifications that were sent before an answer before the
// answer: nobody listens for the progress of a call that was answered.
type writer struct {
	out           io.Writer
	notifications <-chan mcp.JSONRPCNotification
	answers       chan outgoing
	memory        *memory
	stop          chan struct{} // closed by finish
	done          chan struct{} // closed when the goroutine has ended
	err           error         // why, once done is closed; nil after finish
	logger        zerolog.Logger
}

// outgoing is an answer that waits to be written.
type outgoing struct {
	text   []byte
	memory *budget.Account // closed when the answer is written or dropped
}

func newWriter(out io.Writer, notifications <-chan mcp.JSONRPCNotification, memory *memory, logger zerolog.Logger) *writer {
	w := &writer{
		out:           out,
		notifications: notifications,
		memory:        memory,
		answers:       make(chan outgoing, 16),
		stop:          make(chan struct{}),
		done:          make(chan struct{}),
		logger:        logger,
	}
	go func() {
		defer close(w.done)
		w.err = w.run()
	}()
	return w
}

// send writes an answer. It waits while the client does not read, until the
// output fails or giveUp is closed, and then drops the answer.
func (w *writer) send(answer mcp.JSONRPCMessage, giveUp <-chan struct{}) {
	w.sendWithin(nil, answer, giveUp)
}

// sendWithin is send for an answer whose memory is closed when it is written or
// dropped.
func (w *writer) sendWithin(memory *budget.Account, answer mcp.JSONRPCMessage, giveUp <-chan struct{}) {
	text := w.marshal(answer)
	if text == nil {
		memory.Close()
		return
	}
	select {
	case w.answers <- outgoing{text, memory}:
	case <-w.done:
		memory.Close()
	case <-giveUp:
		memory.Close()
	}
}

// finish ends the writer once it has written what was sent. Call it once.
func (w *writer) finish() { close(w.stop) }

func (w *writer) run() error {
	for {
		var err error
		select {
		case n := <-w.notifications:
			err = w.write(w.marshal(n))
		case o := <-w.answers:
			err = w.answer(o)
		case <-w.stop:
			return w.rest()
		}
		if err != nil {
			return err
		}
	}
}

func (w *writer) answer(o outgoing) error {
	defer o.memory.Close()
	for {
		select {
		case n := <-w.notifications:
			if err := w.write(w.marshal(n)); err != nil {
				return err
			}
		default:
			n, err := len(o.text), w.write(o.text)
			w.memory.done(n)
			return err
		}
	}
}

// rest writes what was sent before finish.
func (w *writer) rest() error {
	for {
		select {
		case o := <-w.answers:
			if err := w.answer(o); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

func (w *writer) write(line []byte) error {
	if line == nil {
		return nil
	}
	if _, err := w.out.Write(line); err != nil {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	return nil
}

// marshal returns the message as a line, nil if it cannot be written.
func (w *writer) marshal(m mcp.JSONRPCMessage) []byte {
	text := jsonrpc.Marshal(m, w.logger)
	if text == nil {
		return nil
	}
	return append(text, '\n')
}
