package bench

import (
	"context"
	"fmt"
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
	pairs := m.number(b.Pairs, busy)
	for i := range pairs {
		if err := b.pair(ctx, t, &s, i, busy); err != nil {
			s.Problem = orInterrupted(ctx, err).Error()
			break
		}
		b.progress(m, s, busy, pairs)
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

// progress says how far a measurement is.
func (b *bench) progress(m measurement, s samples, busy, pairs int) {
	if n := len(s.Inside); n == pairs {
		where := "quiet"
		if busy > 0 {
			where = fmt.Sprintf("load %d", busy)
		}
		fmt.Fprintf(b.Log, "%s, %s: inside %s%s\n", m.name, where, m.cell(s, s.Inside), against(m, s))
	}
}

func against(m measurement, s samples) string {
	if len(s.Outside) == 0 {
		return ""
	}
	return fmt.Sprintf(", outside %s, ratio %s", m.cell(s, s.Outside), withSpread(s.ratios(), times))
}
