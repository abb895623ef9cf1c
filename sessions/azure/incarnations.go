package azure

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// incarnations tell apart the sessions that follow each other under one
// identifier. Answers tell of them in several ways, which cannot be compared
// with each other: the GUID in the answers to runs, the etag and the age in the
// description of a session, and a header that says that a run made its session.
// A session is taken for another one only if one of the ways says so against
// what the same way has said before.
type incarnations struct {
	mu    sync.Mutex
	known map[sessions.ID]*incarnation
}

// An incarnation is what is known of the session that answers to an identifier.
type incarnation struct {
	name string // what callers know it by
	guid string // "" as long as it is not known, as the etag
	etag string
	seen time.Time // when it last answered
}

const (
	// maxIncarnations bounds the sessions that are remembered.
	maxIncarnations = 4096
	// ageError is by how much the age of a session may be wrong: the service
	// tells its time in whole seconds, and answers take theirs.
	ageError = 5 * time.Second
)

// A sign is what an answer tells of the session that gave it.
type sign struct {
	guid, etag string
	allocation string        // "true" if the call made the session, "false" if not, "" if the answer does not say
	age        time.Duration // less than zero if it is not known
}

func signOf(h http.Header) sign {
	return sign{
		guid: printable(h.Get(wire.HeaderSessionGUID), 200), age: -1,
		allocation: strings.ToLower(printable(h.Get(wire.HeaderNewAllocation), 10)),
	}
}

func newIncarnations() *incarnations {
	return &incarnations{known: map[sessions.ID]*incarnation{}}
}

// observe returns the name of the session that gave a sign, or "" if nothing
// tells it from others.
func (in *incarnations) observe(id sessions.ID, s sign) string {
	in.mu.Lock()
	defer in.mu.Unlock()
	known := in.known[id]
	if known == nil && s.guid == "" && s.etag == "" && s.allocation == "" {
		return ""
	}
	if known == nil || !known.gave(s) && known.hasGone(s) {
		known = &incarnation{name: s.name()}
		in.put(id, known)
	}
	if s.guid != "" {
		known.guid = s.guid
	}
	if s.etag != "" {
		known.etag = s.etag
	}
	known.seen = time.Now()
	return known.name
}

// name is what a session is known by of which s is the first sign.
func (s sign) name() string {
	switch {
	case s.guid != "":
		return s.guid
	case s.etag != "":
		return s.etag
	}
	return string(sessions.NewID())
}

// gave reports whether s is surely of this session.
func (i *incarnation) gave(s sign) bool {
	switch {
	case s.guid != "" && i.guid != "":
		return s.guid == i.guid
	case s.etag != "" && i.etag != "":
		return s.etag == i.etag
	}
	return s.guid != "" && within(i.etag) == s.guid || s.etag != "" && i.guid != "" && within(s.etag) == i.guid
}

// hasGone reports whether s is surely not of this session.
func (i *incarnation) hasGone(s sign) bool {
	switch {
	case s.guid != "" && i.guid != "", s.allocation == "true":
		return true // gave has compared the GUIDs
	case s.etag != "" && i.etag != "" && s.guid == "":
		return true
	}
	return s.age >= 0 && s.age+ageError < time.Since(i.seen)
}

// within is the GUID in an etag that has one, as in 0--8c0f1f0e-…, else the etag.
func within(etag string) string {
	etag = strings.Trim(strings.TrimPrefix(etag, "W/"), `"`)
	if _, guid, ok := strings.Cut(etag, "--"); ok {
		return guid
	}
	return etag
}

// put remembers a session, with in.mu held, and forgets the one that has not
// been heard of for longest if there are too many.
func (in *incarnations) put(id sessions.ID, i *incarnation) {
	in.known[id] = i
	if len(in.known) <= maxIncarnations {
		return
	}
	var oldest sessions.ID
	for other, o := range in.known {
		if other != id && (oldest == "" || o.seen.Before(in.known[oldest].seen)) {
			oldest = other
		}
	}
	delete(in.known, oldest)
}

func (in *incarnations) forget(id sessions.ID) {
	in.mu.Lock()
	defer in.mu.Unlock()
	delete(in.known, id)
}
