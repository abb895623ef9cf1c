package rest

import (
	"net/http"
	"strconv"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// A timedRun is an execution with the times of its call.
type timedRun struct {
	*sessions.Execution
	begin    time.Time // the call came
	asked    time.Time // the pool got the program
	answered time.Time // the pool had its answer
}

// header returns the headers that tell in which session the program ran and where
// the time of the call went. Call it when the answer is ready to be sent. The times are in
// milliseconds; preparation, allocation and the overall time add up to the
// total.
func (r timedRun) header() http.Header {
	now := time.Now()
	allocation := max(r.answered.Sub(r.asked)-r.Duration, 0)
	prepared := r.asked.Sub(r.begin)
	total := now.Sub(r.begin)
	h := http.Header{}
	for name, value := range map[string]string{
		wire.HeaderSessionGUID:       guidOf(r.Incarnation),
		wire.HeaderNewAllocation:     strconv.FormatBool(r.NewSession),
		wire.HeaderAllocationRetries: "0", // a pool's answer is passed on as it is
		wire.HeaderPreparationTime:   milliseconds(prepared),
		wire.HeaderAllocationTime:    milliseconds(allocation),
		wire.HeaderExecutionTime:     strconv.FormatInt(r.Duration.Milliseconds(), 10),
		wire.HeaderRequestTime:       milliseconds(r.Duration),
		wire.HeaderReadResponseTime:  milliseconds(now.Sub(r.answered)),
		wire.HeaderOverallTime:       milliseconds(total - prepared - allocation),
		wire.HeaderTotalTime:         milliseconds(total),
	} {
		h.Set(name, value)
	}
	return h
}

// milliseconds writes a time as .NET does: in units of 100 ns, without zeros at
// the end.
func milliseconds(d time.Duration) string {
	const tick = 100 * time.Nanosecond
	return strconv.FormatFloat(float64(d/tick)/float64(time.Millisecond/tick), 'f', -1, 64)
}
