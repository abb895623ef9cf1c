package wsl

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The arguments are in testdata, one command a line.
func TestArguments(t *testing.T) {
	t.Parallel()
	d := &Distribution{opts: Options{Args: []string{"--memory=2GiB", "--warm=1"}}, id: "ID"}
	var got strings.Builder
	for _, args := range [][]string{status(), stamp(), imported("DIR", "FILE"), unpack(), d.run(), running(), d.end(), unregister()} {
		got.WriteString(executable + " " + strings.Join(args, " ") + "\n")
	}
	const golden = "testdata/arguments.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || got.String() != string(want) {
		t.Errorf("%v, got\n%swant\n%s", err, got.String(), want)
	}
}
