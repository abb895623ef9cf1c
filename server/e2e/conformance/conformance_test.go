//go:build conformance

// Package conformance runs MCP's own conformance suite, in the versions that
// testdata/conformance locks, against the built program, and against the same
// transport with the tools, resources and prompts that the suite calls.
//
//	go test -tags conformance ./server/e2e/conformance
package conformance

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// A conformanceRun is what one version of the suite asks of a server.
type conformanceRun struct {
	name      string   // of the requirements, in the names of the files of expected failures
	suite     string   // the package
	flags     []string // that choose the requirements
	scenarios int      // that there are
	// apart are scenarios that the suite runs and does not score, so that it
	// would overlook their failures. They are run again, each by itself. Those
	// that report nothing here are left out.
	apart []string
}

func conformanceRuns() []conformanceRun {
	return []conformanceRun{{
		name: "0.1-active", suite: "conformance-0.1", scenarios: 30,
	}, {
		name: "0.2-2025-11-25", suite: "conformance-0.2", scenarios: 33,
		flags: []string{"--requirements", "2025-11-25"},
		apart: []string{"server-session-lifecycle", "json-schema-2020-12"},
	}, {
		name: "0.2-2026-07-28", suite: "conformance-0.2", scenarios: 50,
		flags: []string{"--requirements", "2026-07-28"},
		apart: []string{"json-schema-2020-12", "http-header-validation", "http-custom-header-server-validation",
			"tasks-lifecycle", "tasks-capability-negotiation", "tasks-wire-fields", "tasks-request-state-removal", "tasks-mrtr-input",
			"tasks-request-headers", "tasks-dispatch-and-envelope", "tasks-required-task-error", "tasks-mrtr-composition"},
	}}
}

// TestConformance runs the suite against the real program. All that it expects
// to fail is what the program has not: tools of the suite's own, and parts of
// the protocol that it does not declare.
func TestConformance(t *testing.T) {
	url := e2etest.StartWeb(t, e2etest.Program(t), "--no-auth", "--log-level=warn").URL + "/mcp"
	for i, passes := range []int{7, 8, 9} {
		conformanceRuns()[i].check(t, url, "program", passes)
	}
}

// TestConformanceFixtures runs the suite against the same service with the
// tools, resources and prompts that it calls.
func TestConformanceFixtures(t *testing.T) {
	url := serveFixtures(t)
	for i, passes := range []int{30, 32, 47} {
		conformanceRuns()[i].check(t, url, "fixtures", passes)
	}
}

// check runs the suite against the server at a URL. So many scenarios must pass,
// and all others be expected to fail.
func (c conformanceRun) check(t *testing.T, url, server string, passes int) {
	expected := e2etest.Testdata(t, "conformance", server+"-"+c.name+".yml")
	t.Run(c.name, func(t *testing.T) {
		report := c.run(t, url, expected, c.flags...)
		if len(report) != c.scenarios {
			t.Errorf("%d scenarios were run, not %d", len(report), c.scenarios)
		}
		passed := 0
		for _, outcome := range report {
			if outcome["SUCCESS"] > 0 && outcome["FAILURE"]+outcome["WARNING"] == 0 {
				passed++
			}
		}
		if passed != passes {
			t.Errorf("%d scenarios passed, not %d", passed, passes)
		}
		for _, scenario := range c.apart {
			report := c.run(t, url, expected, "--scenario", scenario, "--spec-version", c.flags[1], "--force")
			if outcome := report[scenario]; len(report) != 1 || outcome["SUCCESS"]+outcome["FAILURE"] == 0 {
				t.Errorf("%s: it checked nothing: %v", scenario, report)
			}
		}
	})
}

// run runs the suite, which must find that all is as expected, and returns how
// many checks of each scenario ended in which way.
func (c conformanceRun) run(t *testing.T, url, expected string, flags ...string) map[string]map[string]int {
	t.Helper()
	results := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	args := append([]string{filepath.Join(conformanceSuites(t), "node_modules", c.suite, "dist", "index.js"),
		"server", "--url", url, "--expected-failures", expected, "--output-dir", results}, flags...)
	cmd := exec.CommandContext(ctx, e2etest.Node24(t), args...)
	cmd.Env = []string{"HOME=" + results, "NO_COLOR=1"}
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v: %v\n%s", flags, err, out)
	}
	report := conformanceReport(t, results)
	total := map[string]int{}
	for _, outcome := range report {
		for status, n := range outcome {
			total[status] += n
		}
	}
	t.Logf("%s %v: checks by outcome: %v", c.suite, flags, total)
	return report
}

// conformanceSuites installs the suites.
func conformanceSuites(t *testing.T) string {
	t.Helper()
	return e2etest.NPMFolder(t, "conformance", e2etest.Testdata(t, "conformance"))
}

// resultFolder is the name of the folder with a scenario's results.
var resultFolder = regexp.MustCompile(`^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$`)

// conformanceReport reads the results of all scenarios.
func conformanceReport(t *testing.T, dir string) map[string]map[string]int {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "checks.json"))
	if err != nil {
		t.Fatal(err)
	}
	report := map[string]map[string]int{}
	for _, file := range files {
		name := resultFolder.FindStringSubmatch(filepath.Base(filepath.Dir(file)))
		if name == nil {
			t.Fatalf("%s is no scenario's", file)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var checks []struct{ ID, Status string }
		if err := json.Unmarshal(data, &checks); err != nil {
			t.Fatal(err)
		}
		report[name[1]] = map[string]int{}
		for _, check := range checks {
			if !slices.Contains([]string{"SUCCESS", "FAILURE", "WARNING", "SKIPPED", "INFO"}, check.Status) {
				t.Errorf("%s: %s ended as %q", name[1], check.ID, check.Status)
			}
			report[name[1]][check.Status]++
		}
	}
	return report
}
