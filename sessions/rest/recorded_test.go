package rest_test

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/sessions/wire"
)

var (
	recordedTime = regexp.MustCompile(`"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{7}Z"`)
	recordedGUID = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
)

// recorded expects a body to the letter, but for times and GUIDs.
func (s *service) recorded(got answer, status int, want string) {
	s.t.Helper()
	body := recordedGUID.ReplaceAllString(recordedTime.ReplaceAllString(got.body, `"TIME"`), "GUID")
	if got.status != status || body != want {
		s.t.Errorf("got  %d %s\nwant %d %s", got.status, body, status, want)
	}
	if !recordedGUID.MatchString(got.header.Get(wire.HeaderCorrelation)) {
		s.t.Errorf("the correlation is %q", got.header.Get(wire.HeaderCorrelation))
	}
}

// TestAnswersAsRecorded has the answers that the service gave to the tests of
// Azure's command line, in both generations.
func TestAnswersAsRecorded(t *testing.T) {
	t.Parallel()
	s := newService(t, script(sessions.Execution{Stdout: "Hello world\n", Duration: 35 * time.Millisecond}), rest.Options{})
	const run = `"codeInputType":"inline","executionType":"synchronous","code":"print(\"Hello world\")"`
	s.recorded(s.get("/files"+wrapped+"&path="), 200, `{"$id":"1","value":[]}`)
	s.recorded(s.get("/files"+flat+"&path=/"), 200, `{"$id":"1","value":[]}`)
	s.recorded(s.post("/code/execute"+wrapped, `{"properties":{`+run+`}}`), 200,
		`{"$id":"1","properties":{"$id":"2","status":"Success","stdout":"Hello world\n","stderr":"","result":"","executionTimeInMilliseconds":35}}`)
	s.recorded(s.post("/python/execute"+wrapped, `{"properties":{`+run+`}}`), 200,
		`{"$id":"1","status":"Success","stdout":"Hello world\n","stderr":"","result":"","executionTimeInMilliseconds":35}`)
	s.recorded(s.post("/executions"+flat, `{`+run+`,"timeoutInSeconds":60}`), 200,
		`{"$id":"1","id":"GUID","identifier":"testidentifier000003","executionType":"synchronous","status":"Succeeded","result":{"$id":"2","stdout":"Hello world\n","stderr":"","executionResult":"","executionTimeInMilliseconds":35}}`)
	s.recorded(s.upload("/files/upload"+wrapped, part{"file", "cert.txt", "content"}), 200,
		`{"$id":"1","value":[{"$id":"2","properties":{"$id":"3","filename":"cert.txt","size":7,"lastModifiedTime":"TIME"}}]}`)
	s.recorded(s.upload("/files"+flat+"&path=/", part{"file", "test2.txt", "content of test2."}), 200,
		`{"$id":"1","name":"test2.txt","type":"file","contentType":"text/plain; charset=utf-8","sizeInBytes":17,"lastModifiedAt":"TIME"}`)
	s.recorded(s.get("/files"+wrapped+"&path="), 200,
		`{"$id":"1","value":[{"$id":"2","properties":{"$id":"3","filename":"cert.txt","size":7,"lastModifiedTime":"TIME"}},{"$id":"4","properties":{"$id":"5","filename":"test2.txt","size":17,"lastModifiedTime":"TIME"}}]}`)
	s.recorded(s.get("/files"+flat+"&path=/"), 200,
		`{"$id":"1","value":[{"$id":"2","name":"cert.txt","type":"file","contentType":"text/plain; charset=utf-8","sizeInBytes":7,"lastModifiedAt":"TIME"},{"$id":"3","name":"test2.txt","type":"file","contentType":"text/plain; charset=utf-8","sizeInBytes":17,"lastModifiedAt":"TIME"}]}`)
	s.recorded(s.get("/files/cert.txt"+wrapped), 200,
		`{"$id":"1","properties":{"$id":"2","filename":"cert.txt","size":7,"lastModifiedTime":"TIME"}}`)
	s.recorded(s.get("/files/cert.txt"+flat), 200,
		`{"$id":"1","name":"cert.txt","type":"file","contentType":"text/plain; charset=utf-8","sizeInBytes":7,"lastModifiedAt":"TIME"}`)
	s.recorded(s.get("/files/content/cert.txt"+wrapped), 200, "content")
	s.recorded(s.get("/session"+flat), 200,
		`{"$id":"1","identifier":"testidentifier000003","createdAt":"TIME","lastAccessedAt":"TIME","expireAt":"TIME","etag":"GUID"}`)
	s.recorded(s.get("/listSessions"+flat), 200,
		`{"$id":"1","sessions":[{"$id":"2","identifier":"testidentifier000003","createdAt":"TIME","lastAccessedAt":"TIME","expireAt":"TIME","etag":"GUID"}]}`)
	s.recorded(s.request("DELETE", "/files/cert.txt"+wrapped, ""), 204, "")
}

// What the code gave has no numbers, and neither have errors.
func TestResultsAreNotNumbered(t *testing.T) {
	t.Parallel()
	s := newService(t, script(sessions.Execution{Result: []byte(`{"type":"image","format":"png","base64_data":"iVBOR"}`),
		Displays: []sessions.Display{{Data: map[string][]byte{"image/png": []byte("png")}}}}), rest.Options{})
	const picture = `"result":{"type":"image","format":"png","base64_data":"iVBOR"}`
	plain := s.post("/code/execute"+wrapped, `{"properties":{"code":"x"}}`)
	detailed := s.request("POST", "/code/execute"+wrapped, `{"properties":{"code":"x"}}`, wire.HeaderDetails, "1")
	for _, got := range []answer{plain, detailed} {
		if strings.Count(got.body, `"$id"`) != 2 || !strings.Contains(got.body, picture) {
			t.Errorf("got %s", got.body)
		}
	}
	if got := s.get("/files/none" + flat); strings.Contains(got.body, `"$id"`) {
		t.Errorf("got %s", got.body)
	}
}

func TestAsynchronousAnswersAreNumbered(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	s := newService(t, gated(gate), rest.Options{})
	got := s.post("/executions"+flat, `{"code":"hello","executionType":"Asynchronous"}`)
	s.recorded(got, 202, `{"$id":"1","id":"GUID","identifier":"testidentifier000003","executionType":"Asynchronous","status":"Running"}`)
	close(gate)
	_, last := s.poll(got.header.Get(wire.HeaderOperationLocation))
	s.recorded(last, 200, `{"$id":"1","id":"GUID","identifier":"testidentifier000003","executionType":"Asynchronous","status":"Succeeded","result":{"$id":"2","stdout":"hello","stderr":"","executionResult":"","executionTimeInMilliseconds":0}}`)
}

// A description that every call shares is not written to.
func TestNumbersDoNotReachWhatIsShared(t *testing.T) {
	t.Parallel()
	about := wire.Metadata{Runtimes: []wire.Version{{Name: "python", Version: "3"}}, Packages: []wire.Version{{Name: "numpy", Version: "2"}}}
	s := newService(t, &sessionstest.Fake{}, rest.Options{Metadata: func() wire.Metadata { return about }})
	s.recorded(s.get("/metadata"+flat), 200, `{"$id":"1","runtimes":[{"$id":"2","name":"python","version":"3"}],"preInstalledPackages":[{"$id":"3","name":"numpy","version":"2"}],`+
		`"createdAt":"TIME","lastUpdatedAt":"TIME","jupyterKernel":{"$id":"4","name":"","version":"","projectUrl":"","description":""}}`)
	if about.Runtimes[0].Number != "" || about.Packages[0].Number != "" {
		t.Errorf("the description is now %+v", about)
	}
}

// TestExecutionHeaders has what the documentation says of them.
func TestExecutionHeaders(t *testing.T) {
	t.Parallel()
	pool := &sessionstest.Fake{Script: func(context.Context, sessions.ID, sessions.Request) (*sessions.Execution, error) {
		return &sessions.Execution{Duration: 7129400 * time.Nanosecond, Incarnation: "Not a GUID"}, nil
	}}
	s := newService(t, pool, rest.Options{})
	const body, properties = `{"code":"1"}`, `{"properties":{"code":"1"}}`
	var guid string
	for _, call := range []struct{ target, body, made string }{
		{"/executions" + flat, body, "true"},
		{"/code/execute" + wrapped, properties, "false"},
		{"/python/execute" + wrapped, properties, "false"},
		{"/execute" + flat, body, "false"},
	} {
		got := s.post(call.target, call.body)
		number := map[string]float64{}
		for _, name := range []string{"X-Ms-Allocation-Retries", "X-Ms-Allocation-Time", "X-Ms-Preparation-Time", "X-Ms-Container-Execution-Duration",
			"X-Ms-Execution-Request-Time", "X-Ms-Execution-Read-Response-Time", "X-Ms-Overall-Execution-Time", "X-Ms-Total-Execution-Service-Time"} {
			value, err := strconv.ParseFloat(got.header.Get(name), 64)
			if _, digits, _ := strings.Cut(got.header.Get(name), "."); err != nil || value < 0 || len(digits) > 4 || strings.HasSuffix(digits, "0") {
				t.Errorf("%s: %s is %q", call.target, name, got.header.Get(name))
			}
			number[name] = value
		}
		sum := number["X-Ms-Preparation-Time"] + number["X-Ms-Allocation-Time"] + number["X-Ms-Overall-Execution-Time"]
		if total := number["X-Ms-Total-Execution-Service-Time"]; sum < total-.001 || sum > total+.001 {
			t.Errorf("%s: the parts take %v ms and the whole %v ms", call.target, sum, total)
		}
		if number["X-Ms-Container-Execution-Duration"] != 7 || number["X-Ms-Execution-Request-Time"] != 7.1294 {
			t.Errorf("%s: it ran for %v", call.target, number)
		}
		if made := got.header.Get("X-Ms-New-Allocation"); made != call.made {
			t.Errorf("%s: a new allocation: %q", call.target, made)
		}
		if at := got.header.Get("X-Ms-Session-Guid"); !recordedGUID.MatchString(at) || guid != "" && guid != at {
			t.Errorf("%s: the session is %q, and was %q", call.target, at, guid)
		} else {
			guid = at
		}
	}
	for _, got := range []answer{s.get("/files" + flat), s.get("/session" + flat), s.post("/executions"+flat, `{}`), s.request("DELETE", "/session"+flat, "")} {
		if len(got.header.Values("X-Ms-Session-Guid")) > 0 || len(got.header.Values("X-Ms-New-Allocation")) > 0 {
			t.Errorf("an answer that is of no execution: %v", got.header)
		}
	}
}

// What made the session is the first call, whatever it was for.
func TestNewAllocation(t *testing.T) {
	t.Parallel()
	s := newService(t, &sessionstest.Fake{}, rest.Options{})
	made := func(query, body string) string {
		return s.post("/executions?identifier="+query, body).header.Get("X-Ms-New-Allocation")
	}
	s.get("/files?identifier=with-files")
	for _, step := range []struct{ query, body, want string }{
		{"with-files", `{"code":""}`, "false"},
		{"without", `{"code":""}`, "true"},
		{"without", `{"code":""}`, "false"},
		{"alone", `{"code":"","useEmptyKernel":true}`, "true"},
		{"alone", `{"code":"","useEmptyKernel":true}`, "false"},
		{"alone", `{"code":""}`, "false"},
	} {
		if got := made(step.query, step.body); got != step.want {
			t.Errorf("%+v: got %q", step, got)
		}
	}
	s.request("DELETE", "/session?identifier=without", "")
	if got := made("without", `{"code":""}`); got != "true" {
		t.Errorf("after the end of the session: got %q", got)
	}
}
