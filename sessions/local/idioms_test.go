package local_test

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
)

// idioms is code as models write it for versions of libraries that they learned.
// Each part has a title and ends by asserting what its author expects.
//
//go:embed testdata/idioms.txt
var idioms string

// outcomes says for each of the idioms what happens with three sets of versions:
//
//	latest  pandas 3.1.1, numpy 2.5.5, matplotlib 3.11.2
//	locked  those of python/requirements.txt
//	older   pandas 2.3.3, numpy 2.3.5, matplotlib 3.10.9
//
// An idiom works, differs (it ends with another result than its author expects)
// or raises the named exception.
//
//go:embed testdata/idioms.tsv
var outcomes string

// tryIdioms runs the idioms in the text IDIOMS and prints a line for each.
const tryIdioms = `
import contextlib, io, logging, os, re, warnings
import matplotlib, matplotlib.pyplot as plt, numpy as np, pandas as pd
logging.disable(logging.CRITICAL)
def outcome(code):
    plt.close("all"); matplotlib.rcdefaults(); pd.reset_option("mode")
    try:
        with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(code, {"np": np, "pd": pd, "plt": plt, "io": io, "os": os})
    except AssertionError:
        return "differs"
    except Exception as e:
        return type(e).__name__
    return "works"
for part in re.split("(?m)^## ", IDIOMS)[1:]:
    title, code = part.split("\n", 1)
    print(title, outcome(code), sep="\t", flush=True)
plt.close("all")
`

// TestIdioms asserts that what models write for the versions that they learned has
// the outcomes that the choice of the locked versions rests on. Renewing the lock
// may change them: the table shows what that costs.
func TestIdioms(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{})
	id := sessions.NewID()
	defer localtest.Stop(t, pool, id)
	got := make(map[string]string)
	parts := strings.Split("\n"+idioms, "\n## ")[1:]
	for some := range slices.Chunk(parts, 30) {
		code := fmt.Sprintf("IDIOMS = %+q\n", "## "+strings.Join(some, "\n## ")) + tryIdioms
		x, err := pool.Execute(t.Context(), id, sessions.Request{Code: code, Timeout: 4 * time.Minute})
		if err != nil || x.Error != nil {
			t.Fatalf("%v, %+v", err, x)
		}
		for line := range strings.Lines(x.Stdout) {
			title, outcome, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
			got[title] = outcome
		}
	}
	rows := strings.Split(strings.TrimSpace(outcomes), "\n")[1:]
	if len(rows) < 60 || len(got) != len(rows) {
		t.Errorf("%d outcomes of %d idioms", len(rows), len(got))
	}
	for _, row := range rows {
		cells := strings.Split(row, "\t")
		if title, want := cells[0], cells[2]; got[title] != want {
			t.Errorf("%s: %q, want %q", title, got[title], want)
		}
	}
}
