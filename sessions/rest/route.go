package rest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"dynamic-sessions-mcp/sessions/wire"
)

// A route is one operation of the API.
type route struct {
	method  string
	pattern string // in the form of OpenAPI; {name} stands for one or more segments
	serve   func(*call) error

	bare        bool // takes no query
	unversioned bool // needs no api-version
	identified  bool // needs an identifier in the query
}

// routes returns all operations. The first one that matches counts.
func routes() []route {
	return []route{
		{method: "POST", pattern: "/executions", serve: (*call).executeFlat, identified: true},
		{method: "GET", pattern: "/executions/{executionId}/output", serve: (*call).getOutput, identified: true},
		{method: "GET", pattern: "/executions/{executionId}", serve: (*call).getExecution, identified: true},
		{method: "DELETE", pattern: "/executions/{executionId}", serve: (*call).stopExecution, identified: true},
		{method: "POST", pattern: "/code/execute", serve: (*call).executeWrapped},
		{method: "POST", pattern: "/execute", serve: (*call).executeEither},
		{method: "POST", pattern: "/python/execute", serve: (*call).executeLegacy},
		{method: "POST", pattern: "/python/uploadFile", serve: (*call).uploadWrapped, identified: true},
		{method: "POST", pattern: "/files/upload", serve: (*call).uploadWrapped, identified: true},
		{method: "POST", pattern: "/files", serve: (*call).uploadFlat, identified: true},
		{method: "GET", pattern: "/files", serve: (*call).listFiles, identified: true},
		{method: "GET", pattern: "/files/content/{name}/content", serve: (*call).downloadEither, identified: true},
		{method: "GET", pattern: "/files/content/{name}", serve: (*call).download, identified: true},
		{method: "GET", pattern: "/files/{name}/content", serve: (*call).download, identified: true},
		{method: "GET", pattern: "/files/{name}", serve: (*call).statFile, identified: true},
		{method: "DELETE", pattern: "/files/{name}", serve: (*call).deleteFile, identified: true},
		{method: "GET", pattern: "/session", serve: (*call).getSession, identified: true},
		{method: "DELETE", pattern: "/session", serve: (*call).deleteSession, identified: true},
		{method: "GET", pattern: "/listSessions", serve: (*call).listSessions},
		{method: "GET", pattern: "/metadata", serve: (*call).metadata},
		{method: "POST", pattern: "/.management/stopSession", serve: (*call).manageStop, identified: true},
		{method: "POST", pattern: "/.management/restartSession", serve: (*call).manageRestart, identified: true},
		{method: "POST", pattern: "/.management/getSession", serve: (*call).manageGet, identified: true},
		{method: "POST", pattern: "/.management/listSessions", serve: (*call).manageList},
		{method: "POST", pattern: "/mcp", serve: (*call).serveMCP, unversioned: true},
		{method: "GET", pattern: "/health", serve: (*call).health, bare: true},
		{method: "GET", pattern: "/openapi.json", serve: (*call).openAPI, bare: true},
	}
}

// A match is a route with the value of its wildcard.
type match struct {
	route route
	name  string
}

// find returns the route of a request.
func find(all []route, r *http.Request) (match, error) {
	segments, err := split(r.URL.EscapedPath())
	if err != nil {
		return match{}, err
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	var allowed []string
	exact := false // the path is a route to its last segment, for another method
	for i := 0; i < len(segments) && !exact; i++ {
		for _, route := range all {
			name, ok := route.match(segments[i:])
			switch {
			case !ok:
				continue
			case route.method == method:
				return match{route, name}, nil
			case !slices.Contains(allowed, route.method):
				allowed = append(allowed, route.method)
			}
			exact = exact || name == ""
		}
	}
	if allowed != nil {
		return match{}, &failure{status: http.StatusMethodNotAllowed, code: wire.CodeValidationFailed, allow: strings.Join(allowed, ", "),
			message: fmt.Sprintf("this path takes %s", strings.Join(allowed, " and "))}
	}
	return match{}, &failure{status: http.StatusNotFound, code: wire.CodeValidationFailed,
		message: "this path is not part of the API; it must end in a route such as /executions, /code/execute, /files or /session. /openapi.json lists all routes"}
}

// split returns the unescaped segments of a path, without empty ones and without
// the path that names a pool in Azure.
func split(path string) ([]string, error) {
	var segments []string
	for part := range strings.SplitSeq(path, "/") {
		if part == "" {
			continue
		}
		plain, err := url.PathUnescape(part)
		if err != nil {
			return nil, refuse(wire.CodeValidationFailed, "path", "the path has a % that does not begin an escape; write it as %25")
		}
		segments = append(segments, plain)
	}
	if len(segments) > 6 && strings.EqualFold(segments[0], "subscriptions") &&
		strings.EqualFold(segments[2], "resourceGroups") && strings.EqualFold(segments[4], "sessionPools") {
		return segments[6:], nil
	}
	return segments, nil
}

// match reports whether the route matches, and the value of its wildcard.
func (r route) match(segments []string) (name string, ok bool) {
	pattern := strings.Split(r.pattern[1:], "/")
	wild := slices.IndexFunc(pattern, func(p string) bool { return p[0] == '{' })
	if wild < 0 {
		return "", slices.EqualFunc(pattern, segments, strings.EqualFold)
	}
	before, after := pattern[:wild], pattern[wild+1:]
	end := len(segments) - len(after)
	if end <= wild || !slices.EqualFunc(before, segments[:wild], strings.EqualFold) ||
		!slices.EqualFunc(after, segments[end:], strings.EqualFold) {
		return "", false
	}
	return strings.Join(segments[wild:end], "/"), true
}
