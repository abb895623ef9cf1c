package azure

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// answer is what an execution may be answered with, in either generation:
// which one it is shows in what is set.
type answer struct {
	ID         string         `json:"id"`
	Status     string         `json:"status"`
	Error      *wire.Envelope `json:"error"`
	Result     *results       `json:"result"`
	Properties *results       `json:"properties"`
	Details    *wire.Details  `json:"dynamicSessions"`
}

// results is what code gave. Some services name the value executionResult in
// the older generation too.
type results struct {
	Status          string          `json:"status"`
	Stdout          string          `json:"stdout"`
	Stderr          string          `json:"stderr"`
	Result          json.RawMessage `json:"result"`
	ExecutionResult json.RawMessage `json:"executionResult"`
	Milliseconds    float64         `json:"executionTimeInMilliseconds"`
}

// value is the value of the last expression, never empty.
func (r *results) value() json.RawMessage {
	for _, v := range []json.RawMessage{r.ExecutionResult, r.Result} {
		if len(v) > 0 {
			return v
		}
	}
	return json.RawMessage(`""`)
}

// results returns what there is, and the status that goes with it.
func (a *answer) results() (*results, string) {
	r := a.Properties
	if r == nil {
		r = a.Result
	}
	if r == nil {
		return &results{}, a.Status
	}
	if a.Status != "" {
		return r, a.Status
	}
	return r, r.Status
}

// pending reports that the execution has not ended.
func (a *answer) pending() bool {
	_, status := a.results()
	return strings.EqualFold(status, wire.StatusRunning) || strings.EqualFold(status, wire.StatusNotStarted)
}

// outcome reads the answer of an execution that has ended. streams is what the
// service was asked to cut output to.
func (p *Pool) outcome(ctx context.Context, c *call, header http.Header, a answer, streams *int64) (*sessions.Execution, error) {
	r, status := a.results()
	if a.Error != nil && a.Error.Error.Code != "" && a.Result == nil && a.Properties == nil {
		return nil, &serviceError{
			Op: c.op, Status: http.StatusOK, Code: printable(a.Error.Error.Code, 80),
			Message: printable(a.Error.Error.Message, 200), TraceID: printable(a.Error.Error.TraceID, 80),
			kind: sessions.ErrOutcomeUnknown,
		}
	}
	if status == "" {
		return nil, p.errAfterSend(c, "its answer does not say how the code ended", nil)
	}
	told := credible(a.Details)
	if !told {
		if err := notPython(c, status, r.Stderr); err != nil {
			return nil, err
		}
	}
	x := &sessions.Execution{
		Stdout:      r.Stdout,
		Stderr:      r.Stderr,
		Result:      r.value(),
		Duration:    clamp(time.Duration(r.Milliseconds * float64(time.Millisecond))),
		Incarnation: p.incarnation(ctx, c, signOf(header)), NewSession: signOf(header).allocation == "true",
	}
	if !told { // the details have the picture and the text
		x.Text = textOf(x.Result)
		if media, data := wire.ImageOf(x.Result); data != nil {
			x.Displays = []sessions.Display{{Data: map[string][]byte{media: data}}}
			x.Text = ""
		}
	}
	x.Truncated = truncations(x, streams)
	setStatus(x, status)
	if told {
		a.Details.Apply(x)
		distrust(x)
	}
	return x, nil
}

// setStatus derives from status and stderr how a run ended.
func setStatus(x *sessions.Execution, status string) {
	if succeeded(status) {
		x.Status = sessions.Succeeded
		return
	}
	head, last := lastLine(x.Stderr)
	switch {
	case strings.HasPrefix(last, wire.TimedOutText):
		x.Status, x.Stderr = sessions.TimedOut, head
	case strings.HasPrefix(last, wire.AbortedText):
		// Measured for want of memory; that other deaths look otherwise is not known.
		x.Status, x.Stderr, x.VariablesLost = sessions.Died, head, true
	default:
		x.Status = sessions.Failed
		x.Error, x.Stderr = splitTraceback(x.Stderr)
	}
}

func succeeded(status string) bool {
	return strings.EqualFold(status, wire.StatusSucceeded) || strings.EqualFold(status, wire.StatusSuccess) || status == "0"
}

// textOf returns how IPython would show a value, as far as JSON tells.
func textOf(value json.RawMessage) string {
	switch text := string(value); {
	case text == "null":
		return "nan or inf"
	case text == "true":
		return "True"
	case text == "false":
		return "False"
	case strings.HasPrefix(text, `"`):
		var s string
		if json.Unmarshal(value, &s) != nil {
			return ""
		}
		return s
	default:
		return text
	}
}

// azureStreams is where the service is known to cut a stream unless it is asked
// otherwise, without saying so.
const azureStreams = 4096

// truncations finds the streams that were most likely cut: those that are as
// long as they may be, to the byte or the character.
func truncations(x *sessions.Execution, asked *int64) (cut []sessions.Truncation) {
	limits := []int{azureStreams}
	if asked != nil {
		limits = append(limits, int(*asked))
	}
	for _, stream := range []struct{ name, text string }{{"stdout", x.Stdout}, {"stderr", x.Stderr}} {
		if slices.Contains(limits, len(stream.text)) || slices.Contains(limits, utf8.RuneCountInString(stream.text)) {
			cut = append(cut, sessions.Truncation{Stream: stream.name, Total: int64(len(stream.text))})
		}
	}
	return cut
}

// clamp bounds a duration that the service claims.
func clamp(d time.Duration) time.Duration {
	return min(max(d, 0), 24*time.Hour)
}

// isCode reports whether err is an Error of one of the codes.
func isCode(err error, codes ...string) bool {
	e, ok := errors.AsType[*serviceError](err)
	return ok && slices.Contains(codes, e.Code)
}
