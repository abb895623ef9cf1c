package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"dynamic-sessions-mcp/sessions"
)

// mostSessions is where the curve ends if memory does not end it before.
const mostSessions = 300

// aliveCounts are the points of the curve.
var aliveCounts = [...]int{1, 3, 10, 30, 100, 200, mostSessions}

var sessionsCurve = curve{
	name: "curve-sessions", title: "Sessions alive", cost: 2 * time.Minute,
	about:  "1 to 300 sessions alive, as far as memory reaches: how long a call takes, and what a session holds",
	follow: followSessions,
}

// aliveCalls is how many calls each point makes, to sessions picked by chance.
const aliveCalls = 300

func followSessions(ctx context.Context, b *bench, r *curveResult) error {
	if !b.Isolated {
		return errors.New("without isolation there are no sandboxes to count")
	}
	total, available, err := machineMemory()
	if err != nil {
		return err
	}
	p, err := b.startPool(ctx, "--warm=0", fmt.Sprintf("--max-sessions=%d", mostSessions), "--cooldown=2h")
	if err != nil {
		return err
	}
	defer p.close()
	empty, err := p.settledMemory(ctx)
	if err != nil {
		return err
	}
	// The pool puts sessions to sleep rather than use the last eighth of the machine.
	room := float64(available - total/8)
	var ids []sessions.ID
	most := mostSessions
	defer func() { r.drawSessions(room, most) }()
	for _, n := range aliveCounts {
		last := n >= most
		if ids, err = p.grow(ctx, ids, min(n, most)); err != nil {
			return fmt.Errorf("with %d sessions alive: %w", len(ids), err)
		}
		found, awake, err := p.lookAt(ctx, ids, empty)
		if err != nil {
			return err
		}
		if awake < len(ids) {
			most = awake
			return nil // calls would wake sessions now
		}
		each := found.median("memory") / float64(awake)
		b.add(r, found, fmt.Sprintf("%d alive: p50 %s, %s each", awake, seconds(found.median("call")), bytes(each)))
		if last {
			return nil
		}
		most = max(awake+1, min(mostSessions, int(room/each)))
	}
	return nil
}

// grow begins sessions, a few at a time, until there are n.
func (p *pool) grow(ctx context.Context, ids []sessions.ID, n int) ([]sessions.ID, error) {
	var all errgroup.Group
	all.SetLimit(4)
	for len(ids) < n {
		id := sessions.NewID()
		ids = append(ids, id)
		all.Go(func() error { _, err := p.run(ctx, id, calculation); return err })
	}
	return ids, all.Wait()
}

// lookAt measures calls to sessions and the memory of all of them, if all are awake,
// and returns how many are.
func (p *pool) lookAt(ctx context.Context, ids []sessions.ID, empty int64) (found point, awake int, err error) {
	held, err := p.settledMemory(ctx)
	if err != nil {
		return found, 0, err
	}
	if awake, err = sandboxes(p.cmd.Process.Pid); err != nil || awake < len(ids) {
		return found, awake, err
	}
	found = point{At: float64(awake), Values: map[string][]float64{"memory": {float64(held - empty)}}}
	for range aliveCalls {
		took, err := p.run(ctx, ids[rand.IntN(len(ids))], calculation)
		if err != nil {
			return found, 0, err
		}
		found.Values["call"] = append(found.Values["call"], took.Seconds())
	}
	return found, awake, nil
}

// drawSessions makes the charts. Sessions end where room does.
func (r *curveResult) drawSessions(room float64, most int) {
	r.table.head = []string{"sessions alive", "call, p50", "call, p99", "memory of all", "memory of one"}
	p99 := line{name: "p99", mark: '×'}
	for _, p := range r.Points {
		calls := p.Values["call"]
		p99.x, p99.y = append(p99.x, p.At), append(p99.y, quantile(calls, 0.99))
		r.table.rows = append(r.table.rows, []string{count(p.At), seconds(median(calls)), seconds(quantile(calls, 0.99)),
			bytes(p.median("memory")), bytes(p.median("memory") / p.At)})
	}
	limits := []limit{{float64(most), "memory is short: others are put to sleep"}}
	if most == mostSessions {
		limits[0].name = "the end of this curve; memory is left"
	}
	alive := axis{"sessions alive", count}
	r.charts = []chart{
		{title: "A call (6 * 7 through REST) to one of the sessions, picked by chance", x: alive, y: axis{"time", seconds},
			lines: []line{p99, r.line("p50", "call", 'o', asIs)}, limits: limits},
		{title: "Memory of all sessions together", x: alive, y: axis{"memory", bytes},
			lines: []line{r.line("memory", "memory", 'o', asIs)}, limits: limits},
	}
	r.notes = []string{fmt.Sprintf("Idle sessions are frozen after a second, so most calls thaw one first. %s of memory were free,\nnot counting an eighth of the machine's, which the pool leaves.",
		bytes(room))}
}
