package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// transferSize is the size of the file that is moved.
const transferSize = 100_000_000

// transfers are the rows in which a file goes into a session and out of it. Outside is
// the same file copied on the same disk.
func transfers() []measurement {
	row := func(name, title, about string, open func(context.Context, *bench) (*courier, error), down bool) measurement {
		return measurement{name: name, title: title, about: about, bytes: transferSize, cost: 350 * time.Millisecond,
			begin: func(ctx context.Context, b *bench) (*trial, error) {
				c, err := open(ctx, b)
				if err != nil {
					return nil, err
				}
				return b.beginTransfer(ctx, c, down)
			}}
	}
	return []measurement{
		row("rest-up", "100 MB up through REST", "a file of 100 MB into a session, through the REST API; outside, a copy on the same disk", overREST, false),
		row("rest-down", "100 MB down through REST", "the same file out of the session, to a file", overREST, true),
		row("local-up", "100 MB up through MCP, `local_path`", "upload_file of a file of this machine", overMCP, false),
		row("local-down", "100 MB down through MCP, `save_to`", "download_file to a file of this machine", overMCP, true),
	}
}

// A courier moves files of this machine into a session and out of it.
type courier struct {
	up, down func(ctx context.Context, path string) error
	close    func()
}

// inSession is the name of the file in the session.
const inSession = "bench.bin"

// overREST moves files through the REST API, in a session of its own.
func overREST(ctx context.Context, b *bench) (*courier, error) {
	p, err := b.startPool(ctx)
	if err != nil {
		return nil, err
	}
	return p.courier(sessions.NewID(), p.close), nil
}

func (p *pool) courier(id sessions.ID, close func()) *courier {
	return &courier{
		up: func(ctx context.Context, path string) error {
			file, err := os.Open(path)
			if err != nil {
				return err
			}
			defer file.Close()
			_, err = p.client.Upload(ctx, id, inSession, file)
			return orInterrupted(ctx, err)
		},
		down: func(ctx context.Context, path string) error {
			_, from, err := p.client.Download(ctx, id, inSession)
			if err != nil {
				return orInterrupted(ctx, err)
			}
			defer from.Close()
			return writeFile(path, func(to io.Writer) error {
				_, err := io.CopyBuffer(struct{ io.Writer }{to}, from, make([]byte, 1<<20))
				return err
			})
		},
		close: close,
	}
}

// overMCP moves files through the tools, by their paths.
func overMCP(ctx context.Context, b *bench) (*courier, error) {
	flags := []string{"--allow-dir=" + b.dir}
	if b.Isolated {
		flags = append(flags, "--mount=off") // code need not see the folder
	}
	s, err := b.startServer(ctx, flags...)
	if err != nil {
		return nil, err
	}
	return &courier{
		up: func(ctx context.Context, path string) error {
			_, err := s.call(ctx, "upload_file", map[string]any{"local_path": path, "filename": inSession})
			return err
		},
		down: func(ctx context.Context, path string) error {
			_, err := s.call(ctx, "download_file", map[string]any{"filename": inSession, "save_to": path, "overwrite": true})
			return err
		},
		close: s.close,
	}, nil
}

// beginTransfer makes the file and moves it once in both directions.
func (b *bench) beginTransfer(ctx context.Context, c *courier, down bool) (*trial, error) {
	original, back := filepath.Join(b.dir, "original.bin"), filepath.Join(b.dir, "back.bin")
	err := makeFile(original, transferSize)
	if err == nil {
		err = c.up(ctx, original)
	}
	if err == nil {
		err = c.down(ctx, back)
	}
	if err == nil {
		err = sameSize(back, transferSize)
	}
	if err != nil {
		c.close()
		return nil, err
	}
	move := func(ctx context.Context) error { return c.up(ctx, original) }
	if down {
		move = func(ctx context.Context) error { return c.down(ctx, back) }
	}
	return &trial{
		close: func() {
			c.close()
			_, _ = os.Remove(original), os.Remove(back)
		},
		inside: func(ctx context.Context, _ int) ([]float64, error) { return timed(func() error { return move(ctx) }) },
		outside: func(context.Context, int) ([]float64, error) {
			return timed(func() error { return copyFile(original, back) })
		},
	}, nil
}

func timed(do func() error) ([]float64, error) {
	began := time.Now()
	err := do()
	return one(time.Since(began), err)
}

// makeFile makes a file of bytes that nothing can compress.
func makeFile(path string, size int64) error {
	return writeFile(path, func(to io.Writer) error { _, err := io.CopyN(to, rand.Reader, size); return err })
}

func sameSize(path string, size int64) error {
	info, err := os.Stat(path)
	if err == nil && info.Size() != size {
		err = errors.New("the file came back with another size")
	}
	return err
}

func copyFile(from, to string) error {
	file, err := os.Open(from)
	if err != nil {
		return err
	}
	defer file.Close()
	return writeFile(to, func(w io.Writer) error { _, err := io.Copy(w, file); return err })
}

func writeFile(path string, write func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}
