package httpserver

import (
	"net/http"
	"time"
)

const (
	// bodyPause is how long an unread request body may stall, bodyDrain how long
	// the remainder of it may take once the answer is there.
	bodyPause = 30 * time.Second
	bodyDrain = 5 * time.Second
)

// BoundBodies keeps requests from holding their connection. net/http reads on in
// bodies that handlers leave unread, before it sends the answer and after it,
// without a time limit. So a body that never ends would hold back the answer and
// keep the connection open, and its sender needs no token for that. Handlers that
// set deadlines themselves may go on to do so.
func BoundBodies(next http.Handler) http.Handler { return boundBodies(next, bodyPause, bodyDrain) }

func boundBodies(next http.Handler, pause, drain time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		if r.Body != nil && r.Body != http.NoBody {
			if r.Method != http.MethodPost {
				w.Header().Set("Connection", "close") // so that the answer does not wait for the body
			}
			_ = control.SetReadDeadline(time.Now().Add(pause))
			defer func() { _ = control.SetReadDeadline(time.Now().Add(drain)) }()
		}
		next.ServeHTTP(w, r)
	})
}
