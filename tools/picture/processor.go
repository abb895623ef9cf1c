package picture

import (
	"context"
	"errors"
	"runtime/debug"
	"time"
)

const (
	// smallImages is how many images are decoded at a time that take at most
	// maxSmall memory, largeImages the same of those that take more.
	smallImages, largeImages = 3, 1
	maxSmall                 = 40 << 20
	// longFiles is how many long files are held at a time to be looked at.
	longFiles = 3
	// maxTurn bounds the time that one image is worked on, on a busy machine. What
	// takes that long on an idle one is refused by its estimate.
	maxTurn = 30 * time.Second
)

var errTurnOver = errors.New("it took too long to decode because the computer is busy")

// A Processor decodes and encodes images, a few at a time, so that their memory is
// bounded. Users take turns: none has all places, and each turn is short. Its
// methods may be called concurrently.
type Processor struct {
	// MaxPixels is how many pixels an image of an answer has at most. It is set
	// before the first use; NewProcessor sets it to 1.15 million.
	MaxPixels    int
	longest      int // bytes of an encoded image that an answer has room for
	user         func(ctx context.Context) string
	small, large *turns
	files        *turns
}

// NewProcessor returns a Processor, which needs no closing. longest is how many
// bytes of an image an answer has room for. user names the user of a call; nil
// means that there is one user.
func NewProcessor(longest int, user func(ctx context.Context) string) *Processor {
	if user == nil {
		user = func(context.Context) string { return "" }
	}
	return &Processor{MaxPixels: defaultPixels, longest: longest, user: user, small: newTurns(smallImages), large: newTurns(largeImages), files: newTurns(longFiles)}
}

// NewBatch returns the batch of an answer, whose images share an allowance of work.
func (p *Processor) NewBatch() *Batch {
	return &Batch{processor: p, allowance: allowance{maxAnswerWork}}
}

// A Batch is the images of one answer. It is used by one goroutine.
type Batch struct {
	processor *Processor
	allowance allowance
}

// enter waits for the user's turn to work on an image that takes memory. The
// context that it returns ends when the turn does; the caller must call leave.
func (p *Processor) enter(ctx context.Context, memory int64) (turn context.Context, leave func(), err error) {
	lane, user := p.small, p.user(ctx)
	if memory > maxSmall {
		lane = p.large
	}
	if err := lane.enter(ctx, user); err != nil {
		return nil, nil, err
	}
	turn, cancel := context.WithTimeoutCause(ctx, maxTurn, errTurnOver)
	return turn, func() {
		cancel()
		if lane == p.large {
			debug.FreeOSMemory() // else the next large image would come on top
		}
		lane.leave(user)
	}, nil
}

// HoldFile waits until the user may hold a long file in memory. The caller must
// call release; the error is that of ctx.
func (p *Processor) HoldFile(ctx context.Context) (release func(), err error) {
	user := p.user(ctx)
	if err := p.files.enter(ctx, user); err != nil {
		return nil, err
	}
	return func() { p.files.leave(user) }, nil
}
