package tools

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/runs"
)

// A retry is what a call carries on with that was answered with questions: the run that it
// waits for. Clients send it back, sealed, with the answers (MCP 2026-07-28, "Multi
// Round-Trip Requests"). It never begins a run.
type retry struct {
	Handle string `json:"h,omitempty"` // of the conversation, where there are session handles
	New    bool   `json:"n,omitempty"` // the model was not told the handle yet
	Run    int    `json:"r"`

	answers mcp.InputResponses
}

// A seal tells what this server has made from what others have.
type seal []byte

func newSeal() seal {
	key := make(seal, sha256.Size)
	_, _ = rand.Read(key) // never fails
	return key
}

func (s seal) sum(body string) []byte {
	h := hmac.New(sha256.New, s)
	h.Write([]byte(body))
	return h.Sum(nil)
}

func (s seal) close(r retry) string {
	text, _ := json.Marshal(r) // has nothing that JSON has not
	body := base64.RawURLEncoding.EncodeToString(text)
	return body + "." + base64.RawURLEncoding.EncodeToString(s.sum(body))
}

func (s seal) open(state string) (r retry, ok bool) {
	body, sum, _ := strings.Cut(state, ".")
	given, err := base64.RawURLEncoding.DecodeString(sum)
	if err != nil || !hmac.Equal(given, s.sum(body)) {
		return r, false
	}
	text, err := base64.RawURLEncoding.DecodeString(body)
	return r, err == nil && json.Unmarshal(text, &r) == nil
}

// retryOf returns what a call carries on with, nil if it is none that does.
func (t *Tools) retryOf(req mcp.CallToolRequest) (*retry, error) {
	in := req.Params.MultiRoundTripParams
	if in.RequestState == "" && len(in.InputResponses) == 0 {
		return nil, nil
	}
	r, ok := t.seal.open(in.RequestState)
	if !ok {
		return nil, mistake.New("The requestState is not one of this server, or the server was started anew since. Nothing was run. Make the call without requestState and inputResponses.")
	}
	r.answers = in.InputResponses
	return &r, nil
}

// errOtherSession reports a retry that belongs to another conversation than the call.
func errOtherSession() error {
	return mistake.New("The requestState belongs to another session than the session_id. Nothing was run. Send the call again as it was, with the requestState of its answer.")
}

// conversation returns the handle of the conversation that a call belongs to, which the
// call that began it could not name. Nil is no retry.
func (r *retry) conversation(handle string) (string, error) {
	if r == nil || r.Handle == handle {
		return handle, nil
	}
	if r.New && handle == "" {
		return r.Handle, nil
	}
	return "", errOtherSession()
}

// carryOn gives the answers to the run that a call has waited for, and waits on.
func (t *Tools) carryOn(ctx context.Context, c call) (*mcp.CallToolResult, error) {
	run := t.runs.Going(c.session)
	if run == nil || run.Number != c.retry.Run {
		return nil, mistake.Errorf("Run %d has ended, and another call was told how, or other code was run since. Nothing was run now.", c.retry.Run)
	}
	taskOf(ctx).begins(ctx, run, c.session)
	answer(run, c.retry.answers)
	return t.follow(ctx, c, run, t.answerWithin)
}

// answer gives a run the answers of the user. One that cannot be read is none: the question
// stays open for as long as the code waits.
func answer(run *runs.Run, answers mcp.InputResponses) {
	for name := range answers {
		result := server.ElicitationResponse(answers, name)
		if result == nil {
			continue
		}
		if q, ok := run.Unpark(name); ok {
			q.Answer(accepted(result))
		}
	}
}

// inputRequired is the answer with the questions of a run, nil if it has none that the
// client can answer.
func (t *Tools) inputRequired(c call, run *runs.Run) *mcp.CallToolResult {
	if c.asker == nil || c.asker.srv != nil {
		return nil
	}
	c.asker.handOver(run)
	parked := run.Parked()
	if len(parked) == 0 {
		return nil
	}
	run.Leave()
	b := server.NewInputRequestBuilder(t.seal.close(retry{Handle: c.handle, New: c.fresh, Run: run.Number}))
	for name, q := range parked {
		b.Elicit(name, form(q))
	}
	return b.ToolResult()
}
