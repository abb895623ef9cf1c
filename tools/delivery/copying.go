package delivery

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/userfolders"
	"dynamic-sessions-mcp/tools/hostfs"
	"dynamic-sessions-mcp/tools/prose"
)

// maxFiles bounds the files of a session that are saved or refused.
const maxFiles = 2000

// copying is a job at work.
type copying struct {
	*Saver
	id     sessions.ID
	step   func(name string)
	report report
}

// run saves what is new.
func (c *copying) run(ctx context.Context) {
	listing, err := c.opts.Pool.List(ctx, c.id, sessions.OutDir, true)
	switch {
	case errors.Is(err, fs.ErrNotExist), ctx.Err() != nil:
		return
	case err != nil:
		c.report.fail("", prose.Line(err.Error(), 200))
		return
	}
	files := c.fresh(listing.Files)
	if listing.Omitted != c.record.omitted {
		c.record.omitted, c.report.omitted = listing.Omitted, listing.Omitted
	}
	if len(files) == 0 {
		return
	}
	folder, err := hostfs.OpenOutFolder(c.opts.Folder)
	if err != nil {
		c.report.failAll(files, err)
		return
	}
	defer folder.Close()
	for i, f := range files {
		if ctx.Err() != nil {
			return
		}
		c.step(f.rel)
		err := c.save(ctx, folder, f)
		if _, all := whyNot(err); all {
			c.report.failAll(files[i:], err)
			return
		}
		c.report.note(f, err)
	}
}

// A result is a file of the session that is for the user.
type result struct {
	sessions.File
	rel string // below sessions.OutDir
	as  string // what it is to be called on the host
}

// fresh are the files that are not on the host yet, small ones first, so that a large
// one delays no other. Those that are refused by their names are told once.
func (c *copying) fresh(all []sessions.File) (files []result) {
	twins := spellings{}
	for rel, e := range c.record.entries {
		if e.As != "" {
			twins.other(rel) // it is there, so the other one is the twin
		}
	}
	for _, f := range all {
		rel, ok := strings.CutPrefix(f.Name, sessions.OutDir+"/")
		if !ok || f.Dir {
			continue
		}
		twin := twins.other(rel)
		if passing(rel) || c.record.has(rel, f) {
			continue
		}
		if !c.record.knows(rel) && c.record.len()+len(files) >= maxFiles {
			c.report.more++
			continue
		}
		as, why := hostfs.OutName(rel)
		if twin {
			why = "differs from another name only in upper and lower case, which many disks do not tell apart"
		}
		if why != "" {
			c.report.skip(rel, "it "+why)
			c.record.skip(rel, f)
			continue
		}
		files = append(files, result{f, rel, as})
	}
	slices.SortStableFunc(files, func(a, b result) int { return cmp.Compare(a.Size, b.Size) })
	return files
}

// passing reports what programs keep in folders of their own while they work: nobody
// made it for the user.
func passing(rel string) bool {
	for dir := path.Dir(rel); dir != "."; dir = path.Dir(dir) {
		if name := path.Base(dir); userfolders.Hidden(name) || name == "__pycache__" {
			return true
		}
	}
	return false
}

// errTooMuch is the error about a file that is beyond Options.MaxBytes.
var errTooMuch = errors.New("too much")

// save copies one file. It is noted as saved only if it did not change meanwhile.
func (c *copying) save(ctx context.Context, folder *hostfs.OutFolder, f result) (err error) {
	before := c.record.entry(f.rel)
	if c.record.bytes-before.bytes()+f.Size > c.opts.MaxBytes {
		c.record.skip(f.rel, f.File)
		return errTooMuch
	}
	opened, body, err := c.opts.Pool.Download(ctx, c.id, f.Name)
	if err != nil {
		return err
	}
	defer body.Close()
	if opened.Size != f.Size {
		return hostfs.ErrChanged
	}
	part, err := folder.Write(ctx, token(c.id), body, f.Size)
	if err != nil {
		return err
	}
	defer part.Discard()
	if now, err := c.opts.Pool.Stat(ctx, c.id, f.Name); err != nil || now.Size != f.Size || !now.Modified.Equal(f.Modified) {
		return hostfs.ErrChanged
	}
	return c.publish(f, part, before)
}

func (c *copying) publish(f result, part *hostfs.OutPart, before entry) error {
	own := ""
	if before.Ours {
		own = before.As
	}
	saved := entry{Size: f.Size, Modified: f.Modified, Mark: part.Mark(), Ours: true}
	published, err := part.Publish(f.as, own, before.Mark, func(as string) error {
		saved.As = as
		return c.record.intend(f.rel, saved)
	})
	if err != nil {
		return errors.Join(err, c.record.put(f.rel, before))
	}
	saved.As, saved.Ours = published.As, !published.Found
	c.report.saved = append(c.report.saved, savedFile{from: f.rel, want: f.as, as: published.As})
	return c.record.put(f.rel, saved)
}

// whyNot is [hostfs.WhyNotSaved] for all errors of save.
func whyNot(err error) (why string, all bool) {
	switch {
	case err == nil, errors.Is(err, fs.ErrNotExist), errors.Is(err, context.Canceled):
		return "", false
	case errors.Is(err, errTooMuch):
		return "", false
	}
	return hostfs.WhyNotSaved(err)
}
