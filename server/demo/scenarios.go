package demo

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"os"
	"strconv"
	"strings"
)

// scenario is one thing that an agent does.
type scenario struct {
	title string
	play  func(context.Context, *demo) error
}

// scenarios build on each other: they are one conversation.
var scenarios = [...]scenario{
	{"1. A calculation", arithmetic},
	{"2. Output and a result", output},
	{"3. Variables persist", memory},
	{"4. A file written by the agent", uploadText},
	{"5. A file of the user", uploadLocal},
	{"6. A plot", plot},
	{"7. More plots: not shown, two at once, display()", plots},
	{"8. A file written by the code", writeFile},
	{"9. An error in the code", mistake},
	{"10. Another conversation shares nothing", strangers},
	{"11. The data analyst", analyst},
}

func arithmetic(ctx context.Context, d *demo) error {
	a, err := d.run(ctx, "6 * 7")
	if err != nil {
		return fmt.Errorf("%w that is usable: %w", errNoAnswer, err)
	}
	d.screen.check(a.section("result") == "42", "the result is 42")
	// The other conversation gets ready while this one goes on.
	d.other, err = startAgent(ctx, d.opts)
	return err
}

func output(ctx context.Context, d *demo) error {
	a, err := d.run(ctx, "a = 5\nb = 8\nx = a*b\nprint(f\"Answer is {x}\")\nx")
	if err != nil {
		return err
	}
	d.screen.check(a.section("stdout") == "Answer is 40", "what was printed is %q", "Answer is 40")
	d.screen.check(a.section("result") == "40", "the result is 40")
	return nil
}

func memory(ctx context.Context, d *demo) error {
	a, err := d.run(ctx, "x + 2")
	if err != nil {
		return err
	}
	d.screen.check(a.section("result") == "42", "x is still 40, and x + 2 is 42")
	return nil
}

func uploadText(ctx context.Context, d *demo) error {
	a, err := d.call(ctx, "upload_file", map[string]any{
		"filename": "important_data.json", "content": `{"important_data": [1, 10, -1541]}`,
	})
	if err != nil {
		return err
	}
	d.screen.check(!a.failed && strings.Contains(a.text, "/mnt/data/important_data.json"), "the answer says where the file is")
	a, err = d.run(ctx, "import json\nwith open(\"/mnt/data/important_data.json\") as f:\n    data = json.load(f)\nsum(data['important_data'])")
	if err != nil {
		return err
	}
	d.screen.check(a.section("result") == "-1530", "the sum is -1530")
	return nil
}

func uploadLocal(ctx context.Context, d *demo) error {
	path, err := d.write("people.csv", []byte(peopleCSV))
	if err != nil {
		return err
	}
	a, err := d.call(ctx, "upload_file", map[string]any{"local_path": path})
	if err != nil {
		return err
	}
	d.screen.check(!a.failed && strings.Contains(a.text, "/mnt/data/people.csv"), "the file was read from this machine")
	a, err = d.run(ctx, "import csv, statistics\nwith open(\"/mnt/data/people.csv\", newline=\"\") as f:\n    ages = [int(row[\"Age\"]) for row in csv.DictReader(f)]\nstatistics.mean(ages)")
	if err != nil {
		return err
	}
	mean, err := strconv.ParseFloat(a.section("result"), 64)
	d.screen.check(err == nil && mean == peopleMeanAge, "the mean of the ages is %v", peopleMeanAge)
	return nil
}

const sine = `import numpy as np
import matplotlib.pyplot as plt
x = np.linspace(-1, 1, 400)
plt.plot(x, np.sin(x))
plt.title("A sine")
plt.xlabel("x")
plt.ylabel("sin(x)")
plt.grid(True)
`

func plot(ctx context.Context, d *demo) error {
	a, err := d.run(ctx, sine+"plt.show()")
	if err != nil {
		return err
	}
	d.screen.check(len(a.images) == 1, "one image was returned and can be decoded")
	return nil
}

func plots(ctx context.Context, d *demo) error {
	a, err := d.run(ctx, strings.TrimSpace(sine))
	if err != nil {
		return err
	}
	d.screen.check(len(a.images) == 1, "an image was returned without plt.show()")

	a, err = d.run(ctx, "for colour in (\"red\", \"blue\"):\n    plt.figure(facecolor=colour)\n    plt.bar([1, 2, 3], [3, 1, 2])")
	if err != nil {
		return err
	}
	d.screen.check(len(a.images) == 2 && a.images[0].is(0xff, 0, 0) && a.images[1].is(0, 0, 0xff),
		"both figures were returned, the red one first")

	a, err = d.run(ctx, "fig, ax = plt.subplots(facecolor=\"lime\")\nax.hist([1, 2, 2, 3, 3, 3])\ndisplay(fig)\nplt.close(fig)")
	if err != nil {
		return err
	}
	d.screen.check(len(a.images) == 1 && a.images[0].is(0, 0xff, 0), "the figure passed to display() was returned")
	return nil
}

// is reports whether the background of a figure has the colour.
func (p picture) is(r, g, b uint8) bool {
	corner := p.Bounds().Min
	got := color.NRGBAModel.Convert(p.At(corner.X+1, corner.Y+1)).(color.NRGBA)
	return got == color.NRGBA{R: r, G: g, B: b, A: 0xff}
}

func writeFile(ctx context.Context, d *demo) error {
	if _, err := d.run(ctx, "with open(\"/mnt/data/hello.txt\", \"w\") as f:\n    f.write(\"Hello from session!\")"); err != nil {
		return err
	}
	a, err := d.call(ctx, "list_files", map[string]any{})
	if err != nil {
		return err
	}
	d.screen.check(hasLine(a.text, "hello.txt", "19 bytes"), "hello.txt is listed with its 19 bytes")
	a, err = d.call(ctx, "download_file", map[string]any{"filename": "hello.txt"})
	if err != nil {
		return err
	}
	d.screen.check(!a.failed && strings.TrimSuffix(a.text, "\n") == "Hello from session!", "its text was returned unchanged")
	return nil
}

// hasLine reports whether one line of text has all the parts.
func hasLine(text string, parts ...string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		missing := 0
		for _, part := range parts {
			if !strings.Contains(line, part) {
				missing++
			}
		}
		if missing == 0 {
			return true
		}
	}
	return false
}

func mistake(ctx context.Context, d *demo) error {
	a, err := d.call(ctx, "run_python", map[string]any{"code": "print(\"before\")\n1/0"})
	if err != nil {
		return err
	}
	d.screen.check(a.failed, "the answer is an error")
	d.screen.check(a.section("stdout") == "before", "the output printed before the error is there")
	d.screen.check(strings.HasSuffix(strings.TrimSpace(a.text), "ZeroDivisionError: division by zero"), "the traceback says what happened")
	return nil
}

// who is code that shows what two conversations must not share.
const who = `import os, random, socket
print(socket.gethostname())
print(random.uniform(5, 10))
print(sorted(os.listdir("/mnt/data")))
print("x" in globals())`

func strangers(ctx context.Context, d *demo) error {
	if d.other == nil {
		return errors.New("the other server did not start")
	}
	mine, err := d.run(ctx, who)
	if err != nil {
		return err
	}
	d.screen.printf("  The same in another server process, started in the meantime:\n")
	theirs, err := d.callBy(ctx, d.other, "run_python", map[string]any{"code": who})
	if err != nil {
		return err
	}
	a, b := strings.Split(mine.section("stdout"), "\n"), strings.Split(theirs.section("stdout"), "\n")
	if len(a) != 4 || len(b) != 4 {
		return fmt.Errorf("expected four lines of each, got %q and %q", a, b)
	}
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	if !d.isolated() {
		d.screen.printf("  Without isolation the host name is that of this machine.\n")
	} else {
		d.screen.check(a[0] != b[0] && a[0] != host && b[0] != host, "two host names, and neither is this machine's")
	}
	d.screen.check(a[1] != b[1], "two different random numbers")
	d.screen.check(b[2] == "[]" || b[2] == "['out']", "the other conversation sees no files")
	d.screen.check(a[3] == "True" && b[3] == "False", "the other conversation does not have x")
	return nil
}

func (d *demo) isolated() bool {
	for _, flag := range d.opts.Flags {
		if flag == "--isolation=none" {
			return false
		}
	}
	return true
}
