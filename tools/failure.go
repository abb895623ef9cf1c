package tools

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/prose"
	"dynamic-sessions-mcp/tools/sessionpath"
)

// because tells calls that the end of the server interrupts from those that a client
// cancelled.
func because(ctx context.Context, err error) error {
	if errors.Is(err, context.Canceled) && errors.Is(context.Cause(ctx), sessions.ErrClosed) {
		return mistake.New("The server is shutting down and stopped this call before it was done. " +
			"Repeat it when the server is back; first check which variables and files still exist.")
	}
	return err
}

// failure is the answer to a call that err ended.
func (t *Tools) failure(err error) *mcp.CallToolResult {
	return mcp.NewToolResultError(t.explain(err))
}

// explain says what err means for the model. It is where the kinds of errors
// are told apart: mistakes of the caller, requests that the pool could not
// carry out, and everything else, which is a bug and only logged.
func (t *Tools) explain(err error) string {
	if text, ok := mistake.Text(err); ok {
		return text
	}
	switch {
	case errors.Is(err, context.Canceled):
		return "The call was cancelled before it was done. Repeat it if its result is still needed."
	case errors.Is(err, context.DeadlineExceeded):
		return "The call timed out before it was done. Try again."
	}
	for _, class := range poolErrors(t.dir) {
		if errors.Is(err, class.kind) {
			return prose.Sentence(t.dir.Reword(prose.Line(err.Error(), 1000))) + " " + class.next
		}
	}
	var b [4]byte
	rand.Read(b[:])
	ref := hex.EncodeToString(b[:])
	t.log.Error().Err(err).Str("reference", ref).Msg("a call failed for an unexpected reason")
	return "An internal error occurred, reference " + ref + ". Try again; if it happens again, report it with this reference, " +
		"which is in the server's log."
}

// A poolError is a kind of error of a pool and what to do about it.
type poolError struct {
	kind error
	next string
}

func poolErrors(d sessionpath.Dir) []poolError {
	return []poolError{
		{sessions.ErrInvalidName, "Give a name below " + d.Where() + ", such as \"data.csv\" or \"plots/a.png\"; list_files shows which files exist."},
		{sessions.ErrTooLarge, "Split it or make it smaller, then try again."},
		{sessions.ErrDiskFull, "Delete files that are no longer needed, with os.remove in run_python, then try again."},
		{sessions.ErrOutcomeUnknown, "Do not just run it again: first check what it did, for example its variables, and its files with list_files."},
		{sessions.ErrStoreUnknown, "Check with list_files that it is there with its full size; uploading it again does no harm."},
		{sessions.ErrNotPython, "Tell the user: no Python can run until the server is given the address of a pool of Python sessions."},
		{sessions.ErrAsleep, "Nothing was run or changed. Wait a little, then repeat the same call. " +
			"If that fails again and again, run_python with restart=true begins without the variables; the files stay."},
		{sessions.ErrNoCapacity, "Nothing was run or changed. Wait a little, then repeat the same call."},
		{sessions.ErrUnauthorized, "Nothing was run or changed. The operator of this server must sign in; retrying does not help before that."},
		{sessions.ErrForbidden, "Nothing was run or changed. The operator of this server must be given the role that may use the pool; retrying does not help before that."},
		{sessions.ErrUnavailable, "Nothing was run or changed. Tell the user; try again when that is fixed."},
		{sessions.ErrNoSession, "The next call of run_python starts a new session."},
		{sessions.ErrInvalidID, "The server is not configured correctly; tell the user."},
		{sessions.ErrInvalidRequest, "Correct the call, then try again."},
		{sessions.ErrClosed, "The server is shutting down; ask the user to start it again."},
		{fs.ErrNotExist, "Call list_files to see which files exist."},
	}
}
