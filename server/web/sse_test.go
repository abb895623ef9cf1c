package web

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// An sseStream is the client's end of the SSE transport.
type sseStream struct {
	t        *testing.T
	events   *bufio.Scanner
	endpoint string // where messages go
	hangUp   context.CancelFunc
}

func (s *site) sse() *sseStream {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	r, err := http.NewRequestWithContext(ctx, "GET", s.url+"/sse", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { cancel(); response.Body.Close() })
	if kind := response.Header.Get("Content-Type"); kind != "text/event-stream" {
		s.t.Fatalf("the stream is %s", kind)
	}
	stream := &sseStream{t: s.t, events: bufio.NewScanner(response.Body), hangUp: cancel}
	stream.endpoint = stream.next("endpoint")
	return stream
}

// next returns the data of the next event, which must be of a kind.
func (s *sseStream) next(kind string) string {
	s.t.Helper()
	got := "message"
	for s.events.Scan() {
		line := s.events.Text()
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			got = name
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			if got != kind {
				s.t.Fatalf("got an event %s, %s", got, data)
			}
			return data
		}
	}
	s.t.Fatalf("the stream ended: %v", s.events.Err())
	return ""
}

func TestSSECallsAreAnsweredOnTheStream(t *testing.T) {
	t.Parallel()
	s := serve(t, time.Minute)
	stream := s.sse()
	if r := s.post(stream.endpoint, "", toolCall(7, "report")); r.StatusCode != http.StatusAccepted {
		t.Fatalf("the message got %s", r.Status)
	}
	got, reports := stream.next("message"), 0
	for ; !strings.Contains(got, `"id":7`); got = stream.next("message") {
		if reports++; !strings.Contains(got, `"of-7"`) {
			t.Errorf("report %d is %s", reports, got)
		}
	}
	if !strings.Contains(got, "reported") || reports == 0 { // a stream that is full has no place for all of them
		t.Errorf("after %d reports the answer is %s", reports, got)
	}
}

func TestSSECallsEndWithTheirStream(t *testing.T) {
	t.Parallel()
	s := serve(t, time.Minute)
	stream, other := s.sse(), s.sse()
	s.post(stream.endpoint, "", toolCall(1, "wait"))
	s.post(other.endpoint, "", toolCall(1, "wait"))
	<-s.started
	<-s.started
	stream.hangUp()
	<-s.causes
	close(s.release)
	if got := other.next("message"); !strings.Contains(got, "waited") {
		t.Errorf("the other stream got %s", got)
	}
}

func TestSSERefusesMessagesOfNoStream(t *testing.T) {
	t.Parallel()
	s := serve(t, time.Minute)
	for path, want := range map[string]int{
		"/message":                  http.StatusBadRequest,
		"/message?sessionId=madeup": http.StatusNotFound,
		"/sse":                      http.StatusMethodNotAllowed, // it is opened with GET
		fmt.Sprintf("/message?sessionId=%s", s.begin()): http.StatusNotFound, // a session of streamable HTTP
	} {
		if r := s.post(path, "", toolCall(1, "report")); r.StatusCode != want {
			t.Errorf("POST %s got %s, want %d", path, r.Status, want)
		}
	}
}
