package transcript

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/delivery"
	"dynamic-sessions-mcp/tools/prose"
)

// ReplayOptions say how a log is run again. Pool and Out are required.
type ReplayOptions struct {
	Pool sessions.Pool
	// Out is told how each run compares, line by line.
	Out io.Writer
	// Find opens a file that was uploaded and is not in the log, by its name. Nil means
	// that there is none.
	Find func(name string) (io.ReadCloser, error)
}

// A Result counts how runs compare.
type Result struct {
	Same, Varied, Different, Skipped int
}

// Replay runs the code of a log again in fresh sessions of a pool, and compares what comes
// of it. The error is about what could not be run; that outputs are different is in the
// result.
func Replay(ctx context.Context, l *Log, o ReplayOptions) (Result, error) {
	p := &replay{ReplayOptions: o, folders: delivery.NewFolders(o.Pool)}
	defer p.leave()
	if early := l.Records[0].Open.Earlier; early > 0 {
		fmt.Fprintf(o.Out, "The log begins after %s: what these left is missing.\n", prose.Count(early, "run", "runs"))
	}
	p.undone = undone(l.Records)
	for i, r := range l.Records {
		if err := p.step(ctx, r); err != nil {
			return p.result, fmt.Errorf("record %d: %w", r.N, err)
		}
		if r.Run != nil {
			var files []File
			if i+1 < len(l.Records) {
				files = l.Records[i+1].Files
			}
			if err := p.run(ctx, *r.Run, files); err != nil {
				return p.result, fmt.Errorf("run %d: %w", r.Run.Number, err)
			}
		}
	}
	return p.result, nil
}

// A replay at work.
type replay struct {
	ReplayOptions
	folders *delivery.Folders
	id      sessions.ID
	life    int // of the session, as the log counts them
	used    bool
	undone  map[int]bool // runs that a rollback made as if they had not been
	result  Result
}

// step does what a record says that is no run.
func (p *replay) step(ctx context.Context, r Record) error {
	switch r.Kind {
	case kindGap:
		fmt.Fprintf(p.Out, "%s missing here: what follows may be different.\n", prose.Count(r.Lost, "record is", "records are"))
	case kindUpload:
		if r.Upload == nil {
			return errors.New("it has no file")
		}
		p.enter(ctx, r.Upload.Session)
		return p.upload(ctx, *r.Upload)
	case kindRun:
		if r.Run == nil {
			return errors.New("it has no code")
		}
	}
	return nil
}

// enter makes a fresh session when the log has another one.
func (p *replay) enter(ctx context.Context, life int) {
	if p.id != "" && p.life == life {
		return
	}
	p.leave()
	p.id, p.life, p.used = sessions.NewID(), life, false
}

// leave ends the session.
func (p *replay) leave() {
	if p.id == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = p.Pool.Stop(ctx, p.id) // it ends with the pool anyway
}

// upload stores a file of the log, or the one of the same contents that Find has.
func (p *replay) upload(ctx context.Context, f File) error {
	name := prose.Name(f.Name)
	if f.Content != nil {
		if SumOf(*f.Content) != f.Sum {
			return fmt.Errorf("the contents of %s are not those of its hash", name)
		}
		_, err := p.Pool.Upload(ctx, p.id, f.Name, bytes.NewReader(*f.Content))
		return err
	}
	if p.Find == nil {
		fmt.Fprintf(p.Out, "upload %s: missing, since it is too large for the log; give the folder that it is in with --files\n", name)
		return nil
	}
	body, err := p.Find(f.Name)
	if err != nil {
		fmt.Fprintf(p.Out, "upload %s: missing in the folder of --files: %v\n", name, Cause(err))
		return nil
	}
	defer body.Close()
	return p.uploadFound(ctx, f, body)
}

// run runs code again and says how it compares.
func (p *replay) run(ctx context.Context, r Run, files []File) error {
	p.enter(ctx, r.Session)
	if r.Restart != "" && p.used {
		if err := p.restart(ctx); err != nil {
			return err
		}
	}
	switch sessions.Status(r.Status) {
	case sessions.Succeeded, sessions.Failed:
	default:
		p.result.Skipped++
		fmt.Fprintf(p.Out, "run %d: skipped, since it did not end by itself (%s)\n", r.Number, prose.Line(r.Status, 60))
		return nil
	}
	if p.undone[r.Number] {
		p.result.Skipped++
		fmt.Fprintf(p.Out, "run %d: skipped, since the session was rolled back to before it; what it did to files is missing\n", r.Number)
		return nil
	}
	p.folders.Make(ctx, p.id)
	p.used = true
	x, err := p.Pool.Execute(ctx, p.id, sessions.Request{Code: r.Code, Timeout: time.Duration(r.Limit * float64(time.Second))})
	if err != nil {
		return err
	}
	p.judge(r, append(differences(r, x), p.fileDifferences(ctx, files, x)...))
	return nil
}

func (p *replay) judge(r Run, found []string) {
	word := "differs"
	switch {
	case len(found) == 0:
		p.result.Same++
		fmt.Fprintf(p.Out, "run %d: same\n", r.Number)
		return
	case r.Varies:
		p.result.Varied++
		word = "varies with time or chance"
	default:
		p.result.Different++
	}
	fmt.Fprintf(p.Out, "run %d: %s\n", r.Number, word)
	for _, line := range found {
		fmt.Fprintf(p.Out, "  %s\n", line)
	}
}

// restart ends the interpreter, whose files stay.
func (p *replay) restart(ctx context.Context) error {
	_, err := p.Pool.Execute(ctx, p.id, sessions.Request{Restart: true, Timeout: time.Minute})
	return err
}

// undone are the numbers of the runs that rollbacks made as if they had not been.
func undone(records []Record) map[int]bool {
	numbers, undone := []int{}, map[int]bool{}
	for _, record := range records {
		r := record.Run
		if r == nil {
			continue
		}
		died := r.Rollback != nil && r.Rollback.Why == "" // in this run
		if died {
			numbers = append(numbers, r.Number)
		}
		if r.Rollback != nil {
			for _, n := range numbers[max(0, len(numbers)-r.Rollback.Runs):] {
				undone[n] = true
			}
		}
		if !died {
			numbers = append(numbers, r.Number)
		}
	}
	return undone
}
