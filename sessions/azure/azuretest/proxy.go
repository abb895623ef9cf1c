// Package azuretest has what tests of clients of a pool need: a proxy that fails
// on purpose.
package azuretest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A Proxy stands over loopback between a client and a service, and fails on
// purpose.
type Proxy struct {
	// URL is its address.
	URL string

	service http.Handler
	done    chan struct{}

	mu     sync.Mutex
	faults []armed
	seen   []Request
}

// armed is a fault that waits for requests.
type armed struct {
	match string // "POST /files"
	left  int
	fault Fault
}

// A Request is one that came to the proxy.
type Request struct {
	Call   string // method and last part of the path, such as "POST /files"
	Length int64  // as its header says; -1 for none
	Body   int    // bytes that came
	Failed bool   // it met a fault
}

// A Fault answers a request whose body has been read. forward hands it to the
// service and returns the answer.
type Fault func(w http.ResponseWriter, r *http.Request, forward func() *httptest.ResponseRecorder)

// NewProxy starts a proxy in front of a service. It ends with the test.
func NewProxy(t testing.TB, service http.Handler) *Proxy {
	p := &Proxy{service: service, done: make(chan struct{})}
	srv := httptest.NewServer(p)
	p.URL = srv.URL
	t.Cleanup(func() {
		close(p.done)
		srv.Close()
	})
	return p
}

// Fail makes the next requests for a call, such as "POST /files", meet a fault.
func (p *Proxy) Fail(call string, times int, fault Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, armed{call, times, fault})
}

// Seen returns the requests for a call, in the order in which they came.
func (p *Proxy) Seen(call string) (seen []Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.seen {
		if r.Call == call {
			seen = append(seen, r)
		}
	}
	return seen
}

// ServeHTTP implements [http.Handler].
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // a client that breaks off is seen by its length
	call := r.Method + " " + r.URL.Path[strings.LastIndexByte(r.URL.Path, '/'):]
	fault := p.note(Request{Call: call, Length: r.ContentLength, Body: len(body)})
	forward := func() *httptest.ResponseRecorder {
		answer := httptest.NewRecorder()
		again := r.Clone(r.Context())
		again.Body = io.NopCloser(bytes.NewReader(body))
		p.service.ServeHTTP(answer, again)
		return answer
	}
	if fault != nil {
		fault(w, r, forward)
		return
	}
	pass(w, forward())
}

// note remembers a request and returns the fault that it meets, nil for none.
func (p *Proxy) note(r Request) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.faults {
		if f := &p.faults[i]; f.match == r.Call && f.left > 0 {
			f.left--
			r.Failed = true
			p.seen = append(p.seen, r)
			return f.fault
		}
	}
	p.seen = append(p.seen, r)
	return nil
}

func pass(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(answer.Body.Len()))
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// Status answers instead of the service.
func Status(code int, media, body string, headers ...string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) {
		w.Header().Set("Content-Type", media)
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// Cut breaks the connection off before the service has the request.
func Cut(http.ResponseWriter, *http.Request, func() *httptest.ResponseRecorder) {
	panic(http.ErrAbortHandler)
}

// CutAfter breaks the connection off when the service has answered.
func CutAfter(_ http.ResponseWriter, _ *http.Request, forward func() *httptest.ResponseRecorder) {
	forward()
	panic(http.ErrAbortHandler)
}

// Half gives half of the service's answer and breaks the connection off.
func Half(w http.ResponseWriter, _ *http.Request, forward func() *httptest.ResponseRecorder) {
	half(w, forward())
	panic(http.ErrAbortHandler)
}

// HalfThenSilence gives half of the service's answer and nothing more.
func (p *Proxy) HalfThenSilence(w http.ResponseWriter, r *http.Request, forward func() *httptest.ResponseRecorder) {
	half(w, forward())
	p.hang(r)
}

func half(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(answer.Body.Len()))
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()[:answer.Body.Len()/2])
	_ = http.NewResponseController(w).Flush()
}

// Silence has the service carry out a request and does not answer.
func (p *Proxy) Silence(_ http.ResponseWriter, r *http.Request, forward func() *httptest.ResponseRecorder) {
	forward()
	p.hang(r)
}

// hang returns when the client has gone.
func (p *Proxy) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-p.done:
	}
}

// Without passes an answer on without some of its headers.
func Without(headers ...string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, forward func() *httptest.ResponseRecorder) {
		answer := forward()
		for _, name := range headers {
			answer.Header().Del(name)
		}
		pass(w, answer)
	}
}
