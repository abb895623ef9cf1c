package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"dynamic-sessions-mcp/sessions"
)

var filesCurve = curve{
	name: "curve-files", title: "Files up and down", cost: 40 * time.Second,
	about:  "a file of 1 kB to 1 GB into a session and out of it, through MCP local_path and through REST: how fast",
	follow: followFiles,
}

// ways are the ways in which files are moved, with their marks in the chart.
var ways = [...]struct {
	name string
	mark rune
}{{"up, MCP", 'o'}, {"down, MCP", '×'}, {"up, REST", '+'}, {"down, REST", '='}}

func followFiles(ctx context.Context, b *bench, r *curveResult) error {
	p, err := b.startPool(ctx)
	if err != nil {
		return err
	}
	defer p.close()
	defer func() { r.drawFiles(b.Disk, b.MaxUpload) }()
	for _, size := range amounts() {
		if size > float64(b.Disk) {
			return fmt.Errorf("%s are more than the disk of a session has (--disk)", bytes(size))
		}
		found := point{At: size, Values: map[string][]float64{}}
		if err := b.moveBoth(ctx, p, found); err != nil {
			return fmt.Errorf("%s: %w", bytes(size), err)
		}
		b.add(r, found, fmt.Sprintf("%s: up %s, down %s", bytes(size), rateOf(size)(found.median(ways[0].name)), rateOf(size)(found.median(ways[1].name))))
	}
	return nil
}

// moveBoth moves a file of one size through MCP and, if it is not too large, through
// REST. Each has a new session.
func (b *bench) moveBoth(ctx context.Context, p *pool, found point) error {
	original, back := filepath.Join(b.dir, "original.bin"), filepath.Join(b.dir, "back.bin")
	defer func() { _, _ = os.Remove(original), os.Remove(back) }()
	if err := makeFile(original, int64(found.At)); err != nil {
		return err
	}
	mcp, err := overMCP(ctx, b)
	if err != nil {
		return err
	}
	err = moveRepeatedly(ctx, mcp, found, 0, original, back)
	mcp.close()
	if err != nil || found.At > float64(b.MaxUpload) {
		return err
	}
	id := sessions.NewID()
	return moveRepeatedly(ctx, p.courier(id, nil), found, 2, original, back)
}

// moveRepeatedly moves a file in both directions. The first of the two ways has the
// index way.
func moveRepeatedly(ctx context.Context, c *courier, found point, way int, original, back string) error {
	for range repeats(found.At) {
		if err := errors.Join(os.RemoveAll(back), ctx.Err()); err != nil {
			return err
		}
		for i, move := range []func() error{
			func() error { return c.up(ctx, original) },
			func() error { return c.down(ctx, back) },
		} {
			took, err := timed(move)
			if err != nil {
				return err
			}
			name := ways[way+i].name
			found.Values[name] = append(found.Values[name], took...)
		}
	}
	return sameSize(back, int64(found.At))
}

// drawFiles makes the chart.
func (r *curveResult) drawFiles(disk, maxUpload int64) {
	r.table.head = []string{"file"}
	c := chart{title: "How fast a file is moved", x: axis{"size of the file", bytes},
		y: axis{"per second", bytes},
		limits: []limit{
			{float64(maxUpload), "the largest file that a client can send (--max-upload)"},
			{float64(disk), "the disk of a session (--disk)"},
		}}
	for _, way := range ways {
		r.table.head = append(r.table.head, way.name)
		c.lines = append(c.lines, r.line(way.name, way.name, way.mark, func(at, took float64) float64 { return at / took }))
	}
	for _, p := range r.Points {
		row := []string{bytes(p.At)}
		for _, way := range ways {
			row = append(row, rateOf(p.At)(p.median(way.name)))
		}
		r.table.rows = append(r.table.rows, row)
	}
	r.charts = []chart{c}
}
