package bench

import (
	"context"
	"fmt"
	"time"
)

// A result is what a measurement has found.
type result struct {
	measurement measurement
	Name        string  `json:"name"`
	Title       string  `json:"title"`
	Bytes       float64 `json:"bytes,omitempty"` // that each value, a time, is for
	Note        string  `json:"note,omitempty"`
	Quiet       samples `json:"quiet"`
	Loaded      samples `json:"loaded"`
}

// measure makes all pairs of a measurement, first on the machine as it is, then
// beside a load. What cannot be measured is a problem of the result.
func (b *bench) measure(ctx context.Context, m measurement) (r result) {
	r = result{measurement: m, Name: m.name, Title: m.title, Bytes: m.bytes}
	t, err := m.begin(ctx, b)
	if err != nil {
		r.Quiet.Problem = orInterrupted(ctx, err).Error()
		return r
	}
	defer t.close()
	r.Note = t.note
	r.Quiet = b.phase(ctx, m, t, 0)
	if b.Load > 0 && r.Quiet.Problem == "" && !m.quietOnly {
		r.Loaded = b.phase(ctx, m, t, b.Load)
	}
	return r
}

// phase makes the pairs beside a number of busy processes.
func (b *bench) phase(ctx context.Context, m measurement, t *trial, busy int) (s samples) {
	pairs, said := m.number(b.Pairs, busy), time.Now()
	for i := range pairs {
		if err := b.pair(ctx, t, &s, i, busy); err != nil {
			s.Problem = orInterrupted(ctx, err).Error()
			break
		}
		if i+1 == pairs || time.Since(said) > sayEvery {
			b.progress(m, s, busy, pairs)
			said = time.Now()
		}
	}
	return s
}

// pair makes one pair. Who begins alternates, so that neither side gains by it.
func (b *bench) pair(ctx context.Context, t *trial, s *samples, i, busy int) (err error) {
	if t.prepare != nil {
		if err := t.prepare(ctx, i); err != nil {
			return err
		}
	}
	if t.tidy != nil {
		defer t.tidy()
	}
	if busy > 0 {
		l, err := b.startLoad(ctx, busy)
		if err != nil {
			return err
		}
		defer l.end() // before tidying up
	}
	sides := []struct {
		measure side
		to      *[][]float64
	}{{t.outside, &s.Outside}, {t.inside, &s.Inside}}
	if i%2 == 1 {
		sides[0], sides[1] = sides[1], sides[0]
	}
	found := make([][]float64, len(sides))
	for k, side := range sides {
		if side.measure != nil {
			if found[k], err = side.measure(ctx, i); err != nil {
				return err
			}
		}
	}
	for k, side := range sides {
		if side.measure != nil {
			*side.to = append(*side.to, found[k])
		}
	}
	if t.label != nil {
		s.Labels = append(s.Labels, t.label(i))
	}
	return nil
}

// sayEvery is how often a measurement under way says how far it is.
const sayEvery = 10 * time.Second

// progress says how far a measurement is, and in the end what it has found.
func (b *bench) progress(m measurement, s samples, busy, pairs int) {
	where := "quiet"
	if busy > 0 {
		where = fmt.Sprintf("load %d", busy)
	}
	if n := len(s.Inside); n < pairs {
		fmt.Fprintf(b.Log, "%s, %s: %d of %d pairs\n", m.name, where, n, pairs)
		return
	}
	fmt.Fprintf(b.Log, "%s, %s: inside %s%s\n", m.name, where, m.cell(s, s.Inside), against(m, s))
}

func against(m measurement, s samples) string {
	if len(s.Outside) == 0 {
		return ""
	}
	return fmt.Sprintf(", outside %s, ratio %s", m.cell(s, s.Outside), withSpread(s.ratios(), times))
}
