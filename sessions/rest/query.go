package rest

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// A query has the parameters of a URL that the API knows.
type query struct {
	identifier string
	version    string
	path       string
	recursive  bool
	skip       int
	after      int // the number of an event
	wait       int // seconds

	listing bool // path or recursive was given
}

// parseQuery reads a query as ASP.NET does: names ignore case, and a semicolon is
// an ordinary character, as is a percent sign that begins no escape, since some
// clients do not escape identifiers.
func parseQuery(raw string) (query, error) {
	var q query
	seen := map[string]bool{}
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		name = strings.ToLower(unescape(name))
		switch name {
		case wire.ParamIdentifier, wire.ParamVersion, wire.ParamPath, wire.ParamRecursive, wire.ParamSkip, wire.ParamAfter, wire.ParamWait:
		default:
			continue
		}
		if value = unescape(value); seen[name] {
			return q, refuse(wire.CodeValidationFailed, name, "the query has "+name+" twice; send it once")
		}
		seen[name] = true
		if err := q.set(name, value); err != nil {
			return q, err
		}
	}
	return q, nil
}

func (q *query) set(name, value string) error {
	switch name {
	case wire.ParamIdentifier:
		q.identifier = value
	case wire.ParamVersion:
		q.version = value
	case wire.ParamPath:
		q.path, q.listing = value, true
	case wire.ParamRecursive:
		yes, err := strconv.ParseBool(strings.ToLower(value))
		if err != nil {
			return refuse(wire.CodeValidationFailed, name, "recursive must be true or false")
		}
		q.recursive, q.listing = yes, true
	case wire.ParamSkip:
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return refuse(wire.CodeValidationFailed, name, "skip must be a number of sessions, 0 or more")
		}
		q.skip = n
	case wire.ParamAfter, wire.ParamWait:
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return refuse(wire.CodeValidationFailed, name, name+" must be a whole number, 0 or more")
		}
		if name == wire.ParamAfter {
			q.after = n
		} else {
			q.wait = n
		}
	}
	return nil
}

func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// session returns the ID that the query names.
func (q query) session() (sessions.ID, error) {
	if q.identifier == "" {
		return "", refuse(wire.CodeValidationFailed, wire.ParamIdentifier,
			"the query has no identifier; add identifier= and 4 to 128 characters of your choice, which name a session")
	}
	id, err := sessions.ParseID(q.identifier)
	if err != nil && strings.Contains(q.identifier, " ") {
		err = fmt.Errorf("%w. A + in a query stands for a space; write it as %%2B", err)
	}
	return id, err
}

// wrapped reports whether the caller is of the generation that puts everything
// below "properties". One that gives no version and none of the newer
// parameters is.
func (q query) wrapped() bool {
	if q.version == "" {
		return !q.listing
	}
	return wire.Wrapped(q.version)
}
