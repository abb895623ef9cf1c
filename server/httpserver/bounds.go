package server

import (
	"net/http"
	"time"
)

const (
	// bodyPause is how long the body of a request may stall that nobody reads,
	// bodyRest how long what is left of it may take when the answer is there.
	bodyPause = 30 * time.Second
	bodyRest  = 5 * time.Second
)

// bounded keeps requests from holding their connection. net/http reads on in
// bodies that handlers leave, before it sends the answer and after, without any
// bound of time; so a body that never ends would keep the answer back and the
// connection open, and who sends it needs no token. What sets deadlines itself
// may go on to do so.
func bounded(next http.Handler, pause, rest time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		if r.Body != nil && r.Body != http.NoBody {
			if r.Method != http.MethodPost {
				w.Header().Set("Connection", "close") // then the answer does not wait for the body
			}
			_ = control.SetReadDeadline(time.Now().Add(pause))
			defer func() { _ = control.SetReadDeadline(time.Now().Add(rest)) }()
		}
		next.ServeHTTP(w, r)
	})
}
