package answers

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// A ceiling is what a conversation may cost at most, in characters that the model
// reads. The sum of all its answers counts.
type ceiling struct {
	name  string
	most  int
	says  []string // what must be read all the same
	calls func(a *e2etest.Agent) []e2etest.Reply
}

// running is a conversation that runs pieces of code.
func running(codes ...string) func(a *e2etest.Agent) []e2etest.Reply {
	return func(a *e2etest.Agent) (replies []e2etest.Reply) {
		for _, code := range codes {
			replies = append(replies, a.Run(code))
		}
		return replies
	}
}

// seeds is the conversation of testdata/answers' oldest inputs: those of the
// tutorials for Azure's sessions.
func seeds(a *e2etest.Agent) []e2etest.Reply {
	upload := func(name, content string) e2etest.Reply {
		return a.Call("upload_file", map[string]any{"filename": name, "content": content})
	}
	return []e2etest.Reply{
		a.Run("6 * 7"),
		a.Run("a = 5\nb = 8\nx = a*b\nprint(f\"Answer is {x}\")\nx"),
		a.Run("x + 2"),
		upload("important_data.json", `{"important_data": [1, 10, -1541]}`),
		a.Run("import json\nwith open('/mnt/data/important_data.json') as f:\n    data = json.load(f)\nsum(data['important_data'])"),
		upload("people.csv", "Name,Country,Age\nAda,UK,36\nLinus,FI,54\nGrace,US,85\n"),
		a.Run("import csv, statistics\nwith open('/mnt/data/people.csv', newline='') as f:\n    ages = [int(r['Age']) for r in csv.DictReader(f)]\nstatistics.mean(ages)"),
		a.Run("import numpy as np\nimport matplotlib.pyplot as plt\nx = np.linspace(-1, 1, 400)\nplt.plot(x, np.sin(x))\nplt.title('sin')\nplt.grid(True)\nplt.show()"),
		a.Run("with open('/mnt/data/hello.txt', 'w') as f:\n    f.write('Hello from session!')"),
		a.Call("list_files", map[string]any{}),
		a.Call("download_file", map[string]any{"filename": "hello.txt"}),
		a.Run("import math, random\nsin_pi = math.sin(math.pi)\n{'sin_pi': sin_pi, 'random_number': random.uniform(5, 10)}"),
		a.Run("print('before')\n1/0"),
	}
}

var ceilings = []ceiling{
	{"the seeds' conversation", 1000, []string{"42", "Answer is 40", "-1530", "58.33", "Hello from session!", "ZeroDivisionError: division by zero"}, seeds},
	{"no network, by requests", 400, []string{"o network"}, running("import requests\nrequests.get('https://api.example.com/v1/rates?base=EUR', timeout=10).json()")},
	{"no network, by urllib", 400, []string{"o network"}, running("from urllib.request import urlopen\ndef load(url):\n    return urlopen(url).read()\nload('http://example.org/data.json')")},
	{"no network, by pandas", 400, []string{"o network"}, running("import pandas as pd\ndf = pd.read_csv('https://raw.githubusercontent.com/a/b/main/c.csv')")},
	{"no network, by seaborn", 400, []string{"o network"}, running("import seaborn as sns\ntips = sns.load_dataset('tips')")},
	{"100 files", 200, []string{"100", "/mnt/data/parts"}, running("import os\nos.makedirs('/mnt/data/parts')\nfor i in range(100): open(f'/mnt/data/parts/{i}.txt', 'w').write(str(i))")},
	{"a flood of lines", 10_300, []string{"row 0", "row 99999"}, running("for i in range(100000): print('row', i)")},
	{"a flood of one line", 10_300, nil, running("print('x' * 10**6)")},
	{"a flood of a table", 10_300, nil, running("import pandas as pd\nprint(pd.DataFrame({f'c{i}': range(3000) for i in range(30)}).to_string())")},
	{"a flood of an error", 10_300, []string{"RuntimeError"}, running("for i in range(5000): print(i)\nraise RuntimeError('bad ' * 50000)")},
	{"a flood of a value", 10_300, nil, running("{i: str(i) * 50 for i in range(100000)}")},
	{"a flood of both streams", 10_300, nil, running("import sys\nfor i in range(20000): print(i); print(-i, file=sys.stderr)")},
	{"a flood of displays", 10_300, nil, running("for i in range(3000): display({'row': i})")},
	{"a flood of warnings", 1000, []string{"END"}, running("import warnings\nwarnings.simplefilter('always')\nfor i in range(500): warnings.warn(f'column {i} has mixed types')\nprint('END')")},
}

// TestCeilings holds what answers may cost.
func TestCeilings(t *testing.T) {
	t.Parallel()
	program := e2etest.Program(t)
	shared := serve(t, program)
	for _, c := range ceilings {
		t.Run(c.name, func(t *testing.T) {
			n, said := 0, ""
			for _, r := range c.calls(shared) {
				n += r.Characters()
				said += r.Text() + "\n"
			}
			t.Logf("%d characters, of at most %d", n, c.most)
			if n > c.most {
				t.Errorf("%d characters, more than %d:\n%.3000s", n, c.most, said)
			}
			for _, part := range c.says {
				if !strings.Contains(said, part) {
					t.Errorf("no %q in:\n%.3000s", part, said)
				}
			}
		})
	}
}

// TestFolderInOneCall sums the files of a person's folder in one call.
func TestFolderInOneCall(t *testing.T) {
	t.Parallel()
	home := filepath.Join(t.TempDir(), "home-of-ada")
	folder := filepath.Join(home, "Work", "branches")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		text := fmt.Sprintf("day,sales\n1,%d\n2,%d\n", i, 2*i)
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("branch %02d.csv", i)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	agent := serveAt(t, e2etest.Program(t), home)
	r := agent.Run("import pandas as pd, pathlib\nfiles = list(pathlib.Path('/mnt/user/Work/branches').glob('*.csv'))\nprint(len(files), int(sum(pd.read_csv(f).sales.sum() for f in files)))")
	if r.Failed || !strings.Contains(r.Text(), "50 3675") {
		t.Errorf("%s", r.Text())
	}
}
