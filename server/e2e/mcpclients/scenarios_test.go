//go:build mcpclients

package mcpclients

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

type mcpScenario struct {
	name string
	play func(t *testing.T, s *scene)
}

// mcpScenarios are what an agent does, in order: later ones use the variables
// of earlier ones.
func mcpScenarios() []mcpScenario {
	return []mcpScenario{
		{"tools", listTools},
		{"01-expression", playExpression},
		{"02-output", playOutput},
		{"03-variables", playVariables},
		{"04-json-file", playJSONFile},
		{"05-csv-file", playCSVFile},
		{"06-plot", playPlot},
		{"07-figures", playFigures},
		{"08-written-file", playWrittenFile},
		{"09-dictionary", playDictionary},
		{"10-random", playRandom},
		{"11-host-name", playHostName},
		{"12-traceback", playTraceback},
		{"13-fence", playFence},
		{"14-network", playNetwork},
		{"15-cooldown", playCooldown},
		{"16-analyst", playAnalyst},
		{"progress", playProgress},
		{"cancel", playCancel},
		{"stranger", playStranger},
		{"end", playEnd},
	}
}

func playExpression(t *testing.T, s *scene) {
	result := s.first.run(t, "6 * 7")
	wants(t, "result", result.section("result"), "42")
	wants(t, "status", fmt.Sprint(result.Meta["status"]), "succeeded")
	if ms, ok := result.Meta["duration_ms"].(float64); !ok || ms <= 0 || ms > 60_000 {
		t.Errorf("duration: %v ms", result.Meta["duration_ms"])
	}
}

func playOutput(t *testing.T, s *scene) {
	result := s.first.run(t, "a = 5\nb = 8\nx = a*b\nprint(f\"Answer is {x}\")\nx")
	wants(t, "text", result.text(), "stdout:\nAnswer is 40\n\nresult:\n40")
}

func playVariables(t *testing.T, s *scene) {
	wants(t, "x + 2", s.first.run(t, "x + 2").section("result"), "42")
}

func playJSONFile(t *testing.T, s *scene) {
	s.first.upload(t, "important_data.json", `{"important_data": [1, 10, -1541]}`)
	result := s.first.run(t, "import json\nwith open('/mnt/data/important_data.json') as f:\n    data = json.load(f)\nsum(data['important_data'])")
	wants(t, "sum", result.section("result"), "-1530")
}

// playCSVFile sends the text of a file: over HTTP the server's disk is not the
// user's, and the answer to a path has to say so.
func playCSVFile(t *testing.T, s *scene) {
	refused := s.first.call(t, "upload_file", map[string]any{"local_path": "/etc/hostname"})
	if !refused.IsError || !strings.Contains(refused.text(), "local_path is not available") || !strings.Contains(refused.text(), "content_base64") {
		t.Errorf("local_path: %v", refused)
	}
	s.first.upload(t, "people.csv", "Name,Country,Age\nAda,England,36\nÉmilie,France,42\nEmmy,Deutschland,53\n")
	result := s.first.run(t, "import csv, statistics\nwith open('/mnt/data/people.csv', newline='', encoding='utf-8') as f:\n    ages = [int(row['Age']) for row in csv.DictReader(f)]\nstatistics.mean(ages)")
	mean, err := strconv.ParseFloat(result.section("result"), 64)
	if want := (36.0 + 42 + 53) / 3; err != nil || math.Abs(mean-want) > 1e-9 {
		t.Errorf("mean: got %q, want %v", result.section("result"), want)
	}
}

const sineOf = "import numpy as np\nimport matplotlib.pyplot as plt\nx_values = np.linspace(-1, 1, 400)\nplt.plot(x_values, np.sin(x_values))\nplt.title('A sine')\nplt.xlabel('x')\nplt.ylabel('sin(x)')\nplt.grid(True)\n"

func playPlot(t *testing.T, s *scene) {
	pictures(t, s.first.run(t, sineOf+"plt.show()"), 1)
}

func playFigures(t *testing.T, s *scene) {
	pictures(t, s.first.run(t, strings.TrimSpace(sineOf)), 1)
	two := pictures(t, s.first.run(t, "for colour in ('red', 'blue'):\n    plt.figure(facecolor=colour)\n    plt.bar([1, 2, 3], [3, 1, 2])"), 2)
	background(t, two[0], color.NRGBA{R: 255, A: 255})
	background(t, two[1], color.NRGBA{B: 255, A: 255})
	shown := pictures(t, s.first.run(t, "fig, ax = plt.subplots(facecolor='lime')\nax.plot([1, 2])\ndisplay(fig)\nplt.close(fig)"), 1)
	background(t, shown[0], color.NRGBA{G: 255, A: 255})
}

// pictures decodes the images of an answer, which must be so many.
func pictures(t *testing.T, result mcpResult, n int) []image.Image {
	t.Helper()
	blocks := result.of("image")
	if len(blocks) != n {
		t.Fatalf("%d images, want %d: %v", len(blocks), n, result)
	}
	var all []image.Image
	for _, block := range blocks {
		data, err := base64.StdEncoding.DecodeString(block.Data)
		if err != nil || block.MimeType != "image/png" {
			t.Fatalf("an image of type %q: %v", block.MimeType, err)
		}
		e2etest.AssertPlot(t, data)
		picture, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, picture)
	}
	return all
}

func background(t *testing.T, picture image.Image, want color.NRGBA) {
	t.Helper()
	corner := picture.Bounds().Min
	if got := color.NRGBAModel.Convert(picture.At(corner.X+1, corner.Y+1)); got != want {
		t.Errorf("the background is %v, want %v", got, want)
	}
}

var listedHello = regexp.MustCompile(`(?m)^hello\.txt\t19 bytes\t(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC$`)

func playWrittenFile(t *testing.T, s *scene) {
	s.first.run(t, "with open('/mnt/data/hello.txt', 'w') as f:\n    f.write('Hello from session!')")
	listed := s.first.call(t, "list_files", map[string]any{}).text()
	found := listedHello.FindStringSubmatch(listed)
	if found == nil {
		t.Fatalf("listed: %q", listed)
	}
	if changed, err := time.Parse(time.DateTime, found[1]); err != nil || time.Since(changed).Abs() > time.Hour {
		t.Errorf("changed: %q, %v", found[1], err)
	}
	wants(t, "download", s.first.call(t, "download_file", map[string]any{"filename": "hello.txt"}).text(), "Hello from session!")
	if missing := s.first.call(t, "download_file", map[string]any{"filename": "helo.txt"}); !missing.IsError || !strings.Contains(missing.text(), "hello.txt") {
		t.Errorf("a file that is not there: %v", missing)
	}
}

var dictionary = regexp.MustCompile(`^\{'sin_pi': 1\.2246467991473532e-16, 'random_number': (0\.\d+(?:e-\d+)?)\}$`)

func playDictionary(t *testing.T, s *scene) {
	result := s.first.run(t, "import math, random\nsin_pi = math.sin(math.pi)\n{'sin_pi': sin_pi, 'random_number': random.random()}")
	if got := result.section("result"); !dictionary.MatchString(got) {
		t.Errorf("got %q", got)
	}
}

func playRandom(t *testing.T, s *scene) {
	const code = "import random\nrandom.uniform(5, 10)"
	first, second := s.first.run(t, code).section("result"), s.second.run(t, code).section("result")
	for _, drawn := range []string{first, second} {
		if number, err := strconv.ParseFloat(drawn, 64); err != nil || number < 5 || number > 10 {
			t.Errorf("drawn: %q, %v", drawn, err)
		}
	}
	if first == second {
		t.Errorf("both sessions drew %s", first)
	}
}

func playHostName(t *testing.T, s *scene) {
	const code = "import socket\nprint(socket.gethostname())"
	first, second := s.first.run(t, code).section("stdout"), s.second.run(t, code).section("stdout")
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	if first == "" || first == second || first == host || second == host {
		t.Errorf("the sessions are called %q and %q, the host %q", first, second, host)
	}
	wants(t, "x in the other session", s.second.run(t, "'x' in globals()").section("result"), "False")
}

func playTraceback(t *testing.T, s *scene) {
	result := s.first.call(t, "run_python", map[string]any{"code": "print(\"before\")\n1/0"})
	if !result.IsError {
		t.Errorf("no error: %v", result)
	}
	wants(t, "stdout", result.section("stdout"), "before")
	if traceback := result.section("error"); !strings.HasPrefix(traceback, "Traceback") || !strings.HasSuffix(traceback, "ZeroDivisionError: division by zero") {
		t.Errorf("traceback: %q", traceback)
	}
}

func playFence(t *testing.T, s *scene) {
	wants(t, "fenced", s.first.run(t, "```python\ny = 20\ny + 1\n```").section("result"), "21")
}

func playNetwork(t *testing.T, s *scene) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	came := make(chan net.Addr, 1)
	go func() {
		if c, err := listener.Accept(); err == nil {
			came <- c.RemoteAddr()
			_ = c.Close()
		}
		close(came)
	}()
	result := s.first.run(t, fmt.Sprintf(`import socket, time
def tried(name, connect):
    began = time.monotonic()
    try:
        connect()
        print(name, "connected")
    except OSError as e:
        print(name, "failed", time.monotonic() - began < 1)
tried("tcp", lambda: socket.create_connection(("127.0.0.1", %d), timeout=10))
tried("udp", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("169.254.169.254", 80)))
`, listener.Addr().(*net.TCPAddr).Port))
	wants(t, "stdout", result.section("stdout"), "tcp failed True\nudp failed True")
	_ = listener.Close()
	if from, ok := <-came; ok {
		t.Errorf("the session reached the host, from %v", from)
	}
}

// playCooldown lets sessions alone for longer than their cooldown. One sleeps and
// wakes with its variables; the other is destroyed, which the agent is told.
func playCooldown(t *testing.T, s *scene) {
	s.second.run(t, "y = 20")
	s.server.waitFor(t, "sessions fall asleep", func(gauges map[string]float64) bool {
		return gauges[sessionsGauge("in_use")]+gauges[sessionsGauge("idle")] == 0 && gauges[sessionsGauge("asleep")] >= 2
	})
	wants(t, "x of a session that slept", s.first.run(t, "x").text(), "result:\n40")
	wants(t, "y of a session that slept", s.second.run(t, "y").text(), "result:\n20")

	third := s.begin(t, s.forgetful)
	third.upload(t, "people.csv", "Name,Age\nAda,36\n")
	third.run(t, "x = 40")
	s.forgetful.waitFor(t, "the session is destroyed", func(gauges map[string]float64) bool {
		return gauges[sessionsGauge("in_use")]+gauges[sessionsGauge("idle")]+gauges[sessionsGauge("asleep")] == 0
	})
	result := third.call(t, "run_python", map[string]any{"code": "x"})
	if len(result.Content) == 0 || !result.IsError || !strings.Contains(result.text(), "NameError: name 'x' is not defined") {
		t.Fatalf("x of a session that was destroyed: %v", result)
	}
	notice := result.Content[0].Text
	for _, part := range []string{"The session was restarted before this code ran", "upload these files again", "people.csv"} {
		if !strings.Contains(notice, part) {
			t.Errorf("the notice lacks %q: %q", part, notice)
		}
	}
}

const analysis = `import hashlib, pathlib
import pandas as pd
import matplotlib.pyplot as plt
df = pd.read_csv("/mnt/data/sales.csv")
totals = df.groupby("region")["revenue"].sum()
ax = totals.plot.bar(title="Revenue by region")
ax.figure.savefig("/mnt/data/sales.png")
totals.to_frame().to_excel("/mnt/data/sales.xlsx")
for name in ("sales.png", "sales.xlsx"):
    print(hashlib.sha256(pathlib.Path("/mnt/data", name).read_bytes()).hexdigest())
{k: int(v) for k, v in totals.items()}`

func playAnalyst(t *testing.T, s *scene) {
	s.first.upload(t, "sales.csv", "region,revenue\nNorth,10\nSouth,20\nNorth,5\nSouth,7\n")
	result := s.first.run(t, analysis)
	wants(t, "totals", result.section("result"), "{'North': 15, 'South': 27}")
	pictures(t, result, 1)
	digests := strings.Fields(result.section("stdout"))
	if len(digests) != 2 {
		t.Fatalf("digests: %q", digests)
	}
	listed := s.first.call(t, "list_files", map[string]any{}).text()
	for i, name := range []string{"sales.png", "sales.xlsx"} {
		if !strings.Contains(listed, "\n"+name+"\t") {
			t.Errorf("%s is not listed: %q", name, listed)
		}
		whole(t, name+" as a link of run_python", s.first.fetch(t, result, name), digests[i])
	}
	chart := s.first.call(t, "download_file", map[string]any{"filename": "sales.png"})
	pictures(t, chart, 1)
	data, err := base64.StdEncoding.DecodeString(chart.of("image")[0].Data)
	if err != nil {
		t.Fatal(err)
	}
	whole(t, "sales.png as an image", data, digests[0])
	book := s.first.call(t, "download_file", map[string]any{"filename": "/mnt/data/sales.xlsx"})
	data = s.first.fetch(t, book, "sales.xlsx")
	whole(t, "sales.xlsx as a link of download_file", data, digests[1])
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := archive.Open("xl/workbook.xml"); err != nil {
		t.Error(err)
	}
}

func whole(t *testing.T, what string, data []byte, want string) {
	t.Helper()
	digest := sha256.Sum256(data)
	wants(t, what+", "+strconv.Itoa(len(data))+" bytes", hex.EncodeToString(digest[:]), want)
}
