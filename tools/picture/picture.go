package picture

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"runtime/debug"
	"time"
)

const (
	// maxSide is the longest side of an image in pixels. Models refuse more in
	// conversations with many images, which then cannot go on.
	maxSide = 2000
	// minSide is where shrinking ends; less would show nothing.
	minSide = 100
	// smallImages is how many images are decoded at a time that take at most
	// maxSmall memory, largeImages the same of those that take more.
	smallImages, largeImages = 3, 1
	maxSmall                 = 40 << 20
	// longFiles is how many long files are held at a time to be looked at.
	longFiles = 3
	// maxTurn bounds the time that one image is worked on, on a busy machine. What
	// takes that long on an idle one is refused by its estimate.
	maxTurn = 30 * time.Second
	// maxAttempts bounds how often an image is encoded to make it fit.
	maxAttempts = 10
)

// A Picture is an image that was decoded and found in order, encoded.
type Picture struct {
	Data      []byte
	MediaType string
	width     int
	height    int
	Note      string      // what was changed, "" for nothing
	original  image.Point // its size as it came
	still     bool        // it is the first frame of an animation
}

const firstFrame = "only the first frame of the animation is shown"

// noted is a note, together with that about the animation.
func (p Picture) noted(format string, args ...any) string {
	note := fmt.Sprintf(format, args...)
	if p.still {
		note += "; " + firstFrame
	}
	return note
}

var errTurnOver = errors.New("it took too long to decode because the computer is busy")

// Processor decodes and encodes images, a few at a time, so that their memory is
// bounded. Users take turns: none has all places, and each turn is short.
type Processor struct {
	longest      int // bytes of an encoded image that an answer has room for
	user         func(ctx context.Context) string
	small, large *turns
	files        *turns
}

// NewProcessor is told how many bytes of an image an answer has room for, and how to
// tell users apart; nil means that there is one.
func NewProcessor(longest int, user func(ctx context.Context) string) *Processor {
	if user == nil {
		user = func(context.Context) string { return "" }
	}
	return &Processor{longest: longest, user: user, small: newTurns(smallImages), large: newTurns(largeImages), files: newTurns(longFiles)}
}

// NewBatch begins an answer, whose images share an allowance of work.
func (m *Processor) NewBatch() *Batch {
	return &Batch{Processor: m, allowance: allowance{maxAnswerWork}}
}

// Batch is imaging for one answer. It is used by one goroutine.
type Batch struct {
	*Processor
	allowance allowance
}

// enter waits for the user's turn to work on an image that takes memory. The
// context that it returns ends when the turn does; the caller must call leave.
func (m *Processor) enter(ctx context.Context, memory int64) (turn context.Context, leave func(), err error) {
	lane, user := m.small, m.user(ctx)
	if memory > maxSmall {
		lane = m.large
	}
	if err := lane.enter(ctx, user); err != nil {
		return nil, nil, err
	}
	turn, cancel := context.WithTimeoutCause(ctx, maxTurn, errTurnOver)
	return turn, func() {
		cancel()
		if lane == m.large {
			debug.FreeOSMemory() // else the next large image would come on top
		}
		lane.leave(user)
	}, nil
}

// HoldFile waits until the user may hold a long file in memory. The caller must call
// release.
func (m *Processor) HoldFile(ctx context.Context) (release func(), err error) {
	user := m.user(ctx)
	if err := m.files.enter(ctx, user); err != nil {
		return nil, err
	}
	return func() { m.files.leave(user) }, nil
}

// Check decodes data and returns it, scaled down when a side is too long. The
// error is for a sentence that says why the image is not shown.
func (m *Batch) Check(ctx context.Context, data []byte) (Picture, error) {
	source, err := inspect(data)
	if err != nil {
		return Picture{}, err
	}
	if err := m.allowance.take(source.estimate.work); err != nil {
		return Picture{}, err
	}
	ctx, leave, err := m.enter(ctx, source.estimate.memory)
	if err != nil {
		return Picture{}, err
	}
	defer leave()
	img, still, err := source.decode(ctx)
	if err != nil {
		return Picture{}, err
	}
	return m.checked(ctx, source, img, still)
}

// checked is the picture of an image that was decoded.
func (m *Batch) checked(ctx context.Context, source encoded, img image.Image, still bool) (Picture, error) {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	p := Picture{Data: source.data, MediaType: "image/" + source.format, width: w, height: h, original: image.Pt(w, h), still: still}
	if still {
		p.Note = firstFrame
	}
	if max(w, h) <= maxSide && !still {
		return p, nil
	}
	img, err := scale(ctx, img, float64(maxSide)/float64(max(w, h)))
	if err != nil {
		return Picture{}, err
	}
	p.Data, p.MediaType, err = encode(ctx, img, source.format, m.longest)
	if errors.Is(err, errTooLong) { // no answer has room for it
		p.Data, p.MediaType, err = encode(ctx, img, "jpeg", math.MaxInt)
	}
	if max(w, h) > maxSide {
		p.width, p.height = img.Bounds().Dx(), img.Bounds().Dy()
		p.Note = p.noted("scaled down from %d×%d to %d×%d pixels", w, h, p.width, p.height)
	}
	return p, err
}

// Shrink returns p in at most limit bytes, or false when nothing would be left
// to see.
func (m *Batch) Shrink(ctx context.Context, p Picture, limit int) (Picture, bool) {
	if len(p.Data) <= limit {
		return p, true
	}
	source, err := inspect(p.Data)
	if err != nil || m.allowance.take(source.estimate.work) != nil {
		return p, false
	}
	ctx, leave, err := m.enter(ctx, source.estimate.memory)
	if err != nil {
		return p, false
	}
	defer leave()
	img, _, err := source.decode(ctx)
	if err != nil {
		return p, false
	}
	return m.fit(ctx, p, img, limit)
}

// fit looks for the largest form of p, whose pixels are img, that has at most
// limit bytes.
func (m *Batch) fit(ctx context.Context, p Picture, img image.Image, limit int) (best Picture, ok bool) {
	best = p
	factor, least, most := 1.0, 0.0, 1.0 // what fits, and what does not
	for upwards, attempts := 0, 0; upwards < 4 && attempts < maxAttempts; attempts++ {
		pixels := float64(p.width*p.height) * factor * factor
		if m.allowance.take(time.Duration(pixels*(resizePixel+encodePixel))) != nil {
			break
		}
		small, fits := p.reduced(ctx, img, factor, limit)
		if ctx.Err() != nil {
			break
		}
		if fits {
			best, ok, least = small, true, factor
		} else {
			most = factor
		}
		if ok {
			if least == 1 || len(best.Data)*10 >= limit*9 {
				break
			}
			factor = (least + most) / 2
			upwards++
			continue
		}
		factor *= min(0.8, 0.9*math.Sqrt(float64(limit)/float64(max(len(small.Data), 1))))
		if float64(max(img.Bounds().Dx(), img.Bounds().Dy()))*factor < minSide {
			break
		}
	}
	return best, ok
}

// reduced is p scaled by factor, and whether that fits in limit bytes.
func (p Picture) reduced(ctx context.Context, img image.Image, factor float64, limit int) (Picture, bool) {
	small, err := scale(ctx, img, factor)
	if err != nil {
		return p, false
	}
	// PNG is tried where it has a chance: it takes long, and its size falls with
	// the number of pixels.
	lossless := p.MediaType != "image/jpeg" && float64(len(p.Data))*factor*factor < 2*float64(limit)
	p.Data, p.MediaType = smallest(ctx, small, lossless, limit)
	p.width, p.height = small.Bounds().Dx(), small.Bounds().Dy()
	p.Note = p.noted("reduced from %d×%d to %d×%d pixels, as %s, to fit in the answer",
		p.original.X, p.original.Y, p.width, p.height, p.MediaType)
	return p, len(p.Data) > 0 && len(p.Data) <= limit
}

// smallest encodes img without loss if that is asked for and fits, else as JPEG
// on white.
func smallest(ctx context.Context, img image.Image, lossless bool, limit int) ([]byte, string) {
	if lossless {
		if data, kind, err := encode(ctx, img, "png", limit); err == nil {
			return data, kind
		}
	}
	data, kind, err := encode(ctx, img, "jpeg", math.MaxInt)
	if err != nil {
		return nil, ""
	}
	return data, kind
}
