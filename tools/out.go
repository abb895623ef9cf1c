package tools

import (
	"context"

	"dynamic-sessions-mcp/sessions"
)

// A Delivery brings to the user what code writes to the folder sessions.OutDir of its
// session. It may be used concurrently.
type Delivery interface {
	// Deliver delivers what is new there after a run, and returns what is to be said of
	// it, line by line; never nil. step, which may be nil, is called with the name of
	// each file.
	Deliver(ctx context.Context, id sessions.ID, step func(name string)) []string
}

// makeOut makes the folder for the user's files in a session before code runs.
func (t *Tools) makeOut(ctx context.Context, id sessions.ID) {
	if t.delivery != nil {
		t.outFolders.Make(ctx, id)
	}
}

// deliver delivers what a run has left for the user. It is nil if nobody does.
func (t *Tools) deliver(ctx context.Context, c call) []string {
	if t.delivery == nil {
		return nil
	}
	return t.delivery.Deliver(ctx, c.session, c.progress.saving)
}

// forUser says where code writes what the user is to get; "" if nobody brings it.
func (t *Tools) forUser() string {
	switch out := t.dir.Path(sessions.OutDir); {
	case t.env.OutFolder != "":
		return "Write what the user should get to " + out + ": after the run it is on their disk, in " + t.env.OutFolder + "."
	case t.env.OutLinks:
		return "Write what the user should get to " + out + ": the answer then has download links to give to the user."
	}
	return ""
}

// theirFiles says where code finds the user's files.
func (t *Tools) theirFiles() string {
	if places := t.env.Folders.Places(); places != "" {
		return "Read the user's files in place, read-only: " + places + "."
	}
	return "The user's own files are not there until you upload them with upload_file."
}
