package engine

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The arguments of each engine are in testdata, one command a line.
func TestArguments(t *testing.T) {
	t.Parallel()
	for _, kind := range []Kind{Docker, Podman, Nerdctl, Container} {
		e := &Engine{kind: kind, name: "NAME", opts: Options{Image: "BASE", Memory: 4 << 30, Args: []string{"--memory=2GiB", "--warm=1"}}}
		var got strings.Builder
		for _, args := range [][]string{e.version(), e.present("TAG"), e.make("TAG", "DIR"), e.run("TAG"), e.remove()} {
			got.WriteString(string(kind) + " " + filepath.ToSlash(strings.Join(args, " ")) + "\n")
		}
		golden := filepath.Join("testdata", string(kind)+".txt")
		if *update {
			if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil || got.String() != string(want) {
			t.Errorf("%s: %v, got\n%swant\n%s", kind, err, got.String(), want)
		}
	}
}
