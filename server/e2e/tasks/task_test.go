//go:build tasks

// Package tasks has whole tasks as people give them, each a text file in
// testdata/tasks, and plays them in the settings in which people use the program.
package tasks

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// A task is what a person wants, and the calls by which a model does it. In code $IN
// is where the person's files are, and $OUT where results go.
type task struct {
	name     string
	prepare  string // makes the person's files, in their folder
	steps    []step
	extra    []string // steps more that other servers need to have the same result
	results  []string // files that the person has in the end; may be patterns
	says     []string // what the model reads on the way
	pictures int      // that the model sees, at least
	check    string   // looks at the results, in their folder
	large    bool     // files that no call could carry
	not      []string // kinds of setting that it is not for
}

// A step is a call of run_python.
type step struct {
	code  string
	fails string // the error that the model must read, or ""
}

// readTasks reads all tasks.
func readTasks(t *testing.T) []task {
	t.Helper()
	paths, err := filepath.Glob(e2etest.Testdata(t, "tasks", "*.txtar"))
	if err != nil || len(paths) < 20 {
		t.Fatalf("only %d tasks, %v", len(paths), err)
	}
	var tasks []task
	for _, path := range paths {
		tasks = append(tasks, readTask(t, path))
	}
	return tasks
}

func readTask(t *testing.T, path string) task {
	t.Helper()
	k := task{name: strings.TrimSuffix(filepath.Base(path), ".txtar")}
	_, sections := e2etest.ReadSections(t, path)
	for _, s := range sections {
		kind, of, _ := strings.Cut(s.Name, " ")
		switch kind {
		case "prepare":
			k.prepare = s.Body
		case "check":
			k.check = s.Body
		case "step":
			if of == "elsewhere" {
				k.extra = append(k.extra, s.Body)
			} else {
				k.steps = append(k.steps, step{code: s.Body})
			}
		case "fails":
			k.steps[len(k.steps)-1].fails = strings.TrimSpace(s.Body)
		case "result":
			k.results = strings.Split(strings.TrimSpace(s.Body), "\n")
		case "says":
			k.says = strings.Split(strings.TrimSpace(s.Body), "\n")
		case "pictures":
			k.pictures = int(strings.TrimSpace(s.Body)[0] - '0')
		case "large":
			k.large = true
		case "not":
			k.not = append(k.not, of)
		default:
			t.Fatalf("%s: a section %q", path, s.Name)
		}
	}
	return k
}

// A person has a home folder, and files in it.
type person struct{ home, files string }

// newPerson returns somebody who has the files of a task.
func newPerson(t *testing.T, k task) person {
	t.Helper()
	home := t.TempDir()
	p := person{home, filepath.Join(home, "Work files")}
	for _, dir := range []string{p.files, filepath.Join(home, "Downloads"), filepath.Join(home, ".config")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	folders := "XDG_DOWNLOAD_DIR=\"$HOME/Downloads\"\n"
	if err := os.WriteFile(filepath.Join(home, ".config", "user-dirs.dirs"), []byte(folders), 0o600); err != nil {
		t.Fatal(err)
	}
	if k.prepare != "" {
		if err := e2etest.HostPython(t, p.files, k.prepare, "ROWS="+os.Getenv("TASKS_ROWS")); err != nil {
			t.Fatalf("preparing the files: %v", err)
		}
	}
	return p
}

// names are the names of the person's files, below their folder.
func (p person) names(t *testing.T) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(p.files, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, strings.TrimPrefix(path, p.files+string(filepath.Separator)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
