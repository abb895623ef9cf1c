package kernel

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// A payload is what follows the header of a frame. It is read part by part into
// separate memory: a slice of the whole would keep all of it.
type payload struct {
	r    *bufio.Reader
	left int
}

// next reads n bytes into memory of their own. The caller has checked that so much
// may be kept.
func (p *payload) next(n int) ([]byte, error) {
	if n < 0 || n > p.left {
		return nil, fmt.Errorf("%w: a part is larger than its frame", ErrProtocol)
	}
	b := make([]byte, n)
	read, err := io.ReadFull(p.r, b)
	p.left -= read
	return b, died(err)
}

// skip reads n bytes and discards them.
func (p *payload) skip(n int) error {
	if n < 0 || n > p.left {
		return fmt.Errorf("%w: a part is larger than its frame", ErrProtocol)
	}
	read, err := p.r.Discard(n)
	p.left -= read
	return died(err)
}

// each calls use with the payload piece by piece. A piece is valid only until use
// returns.
func (p *payload) each(use func([]byte)) error {
	for p.left > 0 {
		if _, err := p.r.Peek(1); err != nil {
			return died(err)
		}
		b, err := p.r.Peek(min(p.left, p.r.Buffered()))
		if err != nil {
			return died(err)
		}
		use(b)
		if err := p.skip(len(b)); err != nil {
			return err
		}
	}
	return nil
}

// end checks that nothing is left.
func (p *payload) end() error {
	if p.left > 0 {
		return fmt.Errorf("%w: a frame is larger than its parts", ErrProtocol)
	}
	return nil
}

// died returns the error of input that ends or fails within a frame.
func died(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("%w: %w", ErrDied, err)
}
