// Package preview looks at files of every kind in real sessions. The tests are not beside
// tools/preview, whose fuzz targets would then be built with the sandbox.
package preview

import (
	"os"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
	"dynamic-sessions-mcp/sessions/local/sandbox"
	"dynamic-sessions-mcp/tools/excerpt"
	"dynamic-sessions-mcp/tools/preview"
)

func TestMain(m *testing.M) {
	sandbox.Reexec()
	os.Exit(m.Run())
}

// files makes the files that the tests look at, with the session's own libraries.
const files = `
import io, json, os, sqlite3, tarfile, zipfile
from PIL import Image
os.chdir('/tmp')
D = '/mnt/data/'
for kind in ('bmp', 'tiff', 'tga', 'ppm'): Image.new('RGB', (30, 20), 'red').save(D + 'a.' + kind)
Image.new('CMYK', (40, 40), (0, 200, 0, 0)).save(D + 'cmyk.tif')
Image.new('I;16', (50, 50)).save(D + 'deep.tif')
page = Image.new('L', (60, 60)); page.save(D + 'pages.tif', save_all=True, append_images=[page] * 11)
import docx
d = docx.Document(); d.add_heading('Report', 0); d.add_heading('Costs', 1); d.add_paragraph('They rose.'); d.add_table(1, 2).cell(0, 1).text = 'cell'
for i in range(400): d.add_paragraph(f'paragraph {i}')
d.save(D + 'a.docx')
import pptx
p = pptx.Presentation()
for i in range(3): s = p.slides.add_slide(p.slide_layouts[1]); s.shapes.title.text = f'Slide {i + 1}'; s.placeholders[1].text = 'a\nb\nc\nd\nlast'
p.save(D + 'a.pptx')
import openpyxl
b = openpyxl.Workbook(); b.active.append(['name', 'n'])
for i in range(100): b.active.append([f'row{i}', f'=A{i}'])
b.create_sheet('Zweite'); b.save(D + 'a.xlsx')
from reportlab.pdfgen import canvas
c = canvas.Canvas(D + 'a.pdf')
for i in range(3): c.drawString(100, 700, f'Page number {i + 1}'); c.showPage()
c.save()
with zipfile.ZipFile(D + 'a.zip', 'w') as z:
    for i in range(200): z.writestr(f'f{i}.txt', 'x' * i)
with tarfile.open(D + 'a.tar.gz', 'w:gz') as t: t.add(D + 'a.bmp', 'in.bmp')
con = sqlite3.connect(D + 'a.db'); con.execute('create table people(name text, age int)'); con.execute('insert into people values (1, 2)'); con.commit(); con.close()
import pandas as pd; pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']}).to_parquet(D + 'a.parquet')
json.dump({'cells': [{'cell_type': 'code', 'source': ['1/0'], 'outputs': [{'output_type': 'error', 'ename': 'ZeroDivisionError', 'evalue': 'x'}]}], 'nbformat': 4}, open(D + 'a.ipynb', 'w'))
open(D + 'bad.docx', 'wb').write(b'PK\x03\x04nothing')
open(D + 'bomb.png', 'wb').write(b'\x89PNG\r\n\x1a\n' + b'\0' * 50)
x = 41
`

// TestSession looks at files of every kind in a real session, which is then as it was.
func TestSession(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{})
	id := sessions.NewID()
	if x := localtest.Execute(t, pool, id, files); x.Status != sessions.Succeeded {
		t.Fatalf("%+v", x.Error)
	}
	before := localtest.Execute(t, pool, id, "import os, sys; x, os.getcwd(), sorted(globals()), sys.getrecursionlimit()")
	for _, tt := range []struct {
		name, lines string
		want        []string
		pictures    int
		problem     string
	}{
		{"a.bmp", "", []string{"BMP picture, 30×20 pixels"}, 1, ""},
		{"a.tiff", "", []string{"TIFF picture"}, 1, ""},
		{"a.tga", "", []string{"TGA picture"}, 1, ""},
		{"a.ppm", "", []string{"PPM picture"}, 1, ""},
		{"cmyk.tif", "", []string{"CMYK"}, 1, ""},
		{"deep.tif", "", []string{"16-bit grey"}, 1, ""},
		{"pages.tif", "", []string{"12 pages", "[page 1 of 12 is shown"}, 1, ""},
		{"pages.tif", "2-4", nil, 3, ""},
		{"pages.tif", "1-12", []string{"[pages from 9 on are left out"}, 8, ""},
		{"pages.tif", "13-", nil, 0, "it has 12 pages"},
		{"a.docx", "", []string{"1 headings, 1 tables", "# Report\n# Costs\nThey rose.\n|  | cell |\nparagraph 0\n", " of 404; pass lines: "}, 0, ""},
		{"a.docx", "-1", []string{"\nparagraph 399\n[lines 404-404 of 404]"}, 0, ""},
		{"a.pptx", "", []string{"3 slides\nslide 1: Slide 1\n  - a\n  - b\n  - c\n  … 2 more lines\n"}, 0, ""},
		{"a.pptx", "2", []string{"slide 2: Slide 2\n", "  - last"}, 0, ""},
		{"a.xlsx", "", []string{"workbook, 2 sheets: Sheet, Zweite", "sheet 'Sheet': 101 rows, 2 columns\n1  name | n\n2  row0 | =A0"}, 0, ""},
		{"a.xlsx", "100-", []string{"\n100  row98 | =A98\n101  row99 | =A99"}, 0, ""},
		{"a.pdf", "", []string{"PDF, 3 pages", "Page number 2"}, -1, ""},
		{"a.zip", "", []string{"200 entries", "f59.txt  59 bytes\n[entries 1-60 of 200; pass lines: "}, 0, ""},
		{"a.tar.gz", "", []string{"in.bmp  1894 bytes"}, 0, ""},
		{"a.db", "", []string{"table 'people', 1 rows: name TEXT, age INT"}, 0, ""},
		{"a.parquet", "", []string{"2 rows, 2 columns", "a: int64"}, 0, ""},
		{"a.ipynb", "", []string{"notebook, 1 cells", "1/0\n  → ZeroDivisionError: x"}, 0, ""},
		{"bad.docx", "", nil, 0, "it could not be read"},
		{"bomb.png", "", nil, 0, "it could not be read"},
	} {
		lines, err := excerpt.ParseRange(tt.lines)
		if err != nil {
			t.Fatal(err)
		}
		_, body, err := pool.Download(t.Context(), id, tt.name)
		if err != nil {
			t.Fatal(err)
		}
		head := make([]byte, 512)
		n, _ := body.Read(head)
		body.Close()
		v, run, err := preview.Python{Pool: pool}.Look(t.Context(), id, preview.Request{Path: "/mnt/data/" + tt.name, Kind: preview.KindOf(tt.name, head[:n]), Lines: lines}, nil)
		if err != nil {
			t.Errorf("%s %s: %v, %+v", tt.name, tt.lines, err, run)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(v.Text, want) {
				t.Errorf("%s %s does not say %q: %.800q", tt.name, tt.lines, want, v.Text)
			}
		}
		if tt.pictures >= 0 && len(v.Pictures) != tt.pictures {
			t.Errorf("%s %s: %d pictures", tt.name, tt.lines, len(v.Pictures))
		}
		if !strings.Contains(v.Problem, tt.problem) || tt.problem == "" && v.Problem != "" && tt.pictures >= 0 {
			t.Errorf("%s %s: the problem is %q", tt.name, tt.lines, v.Problem)
		}
		if len(run.Files) > 0 || len(run.Displays) > 0 || run.Text != "" || run.VariablesLost {
			t.Errorf("%s: the run shows: %+v", tt.name, run)
		}
	}
	after := localtest.Execute(t, pool, id, "x, os.getcwd(), sorted(globals()), sys.getrecursionlimit()")
	if after.Text != before.Text {
		t.Errorf("the session is another:\n%s\n%s", before.Text, after.Text)
	}
}

// TestHostileSession has code that replaces what looking at a file takes.
func TestHostileSession(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{})
	for _, code := range []string{
		"import subprocess; subprocess.run = None",
		"import json; json.loads = lambda s: {}",
		"import sys; sys.executable = '/bin/false'",
		"exec = print",
		"import builtins; builtins.exec = lambda *a: print('A' * 26, '{}')",
	} {
		id := sessions.NewID()
		localtest.Execute(t, pool, id, code+"\nopen('/mnt/data/a.pdf', 'w').write('%PDF-')")
		v, _, err := preview.Python{Pool: pool}.Look(t.Context(), id, preview.Request{Path: "/mnt/data/a.pdf", Kind: preview.PDF}, nil)
		if err == nil && v.Problem == "" {
			t.Errorf("%s: %+v", code, v)
		}
		localtest.Stop(t, pool, id)
	}
}

// TestOpenFiles asserts that what code has written to files that it leaves open can be
// read when its cell has ended, whether variables name the files or not, also in the
// second cell of several.
func TestOpenFiles(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{})
	id := sessions.NewID()
	x := localtest.Execute(t, pool, id, `
import csv, logging, os
f = open('/mnt/data/text.txt', 'w'); n = f.write('hello')
held = {'raw': open('/mnt/data/raw.bin', 'wb')}; n = held['raw'].write(b'bytes')
class Keeper: pass
k = Keeper(); k.file = open('/mnt/data/kept.csv', 'w', newline=''); k.writer = csv.writer(k.file); n = k.writer.writerow([1, 2])
r, w = os.pipe(); p = open(w, 'w'); n = p.write('into a pipe that nobody reads')
closed = open('/mnt/data/closed.txt', 'w'); closed.close()
`)
	if x.Status != sessions.Succeeded {
		t.Fatalf("%+v", x.Error)
	}
	wantSizes(t, pool, id, map[string]int64{"text.txt": 5, "raw.bin": 5, "kept.csv": 5})
	localtest.Execute(t, pool, id, "n = f.write(' again'); n = held['raw'].write(b' again'); n = k.writer.writerow([3])")
	wantSizes(t, pool, id, map[string]int64{"text.txt": 11, "raw.bin": 11, "kept.csv": 8})
}

// TestOpenFilesAmongMany has so many objects that not all can be looked at after each
// cell: files that no variable names are written out as soon as the session is quiet.
func TestOpenFilesAmongMany(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{})
	id := sessions.NewID()
	localtest.Execute(t, pool, id, "many = [[] for _ in range(1_000_000)]")
	localtest.Execute(t, pool, id, "f = open('named.txt', 'w'); held = [open('held.txt', 'w')]; n = f.write('a')")
	for i := range 5 {
		localtest.Execute(t, pool, id, "n = f.write('b'); n = held[0].write('c')")
		wantSizes(t, pool, id, map[string]int64{"named.txt": int64(i + 2)})
	}
	for began := time.Now(); ; localtest.Wait(t, 50*time.Millisecond) {
		f, err := pool.Stat(t.Context(), id, "held.txt")
		if err == nil && f.Size == 5 {
			break
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("held.txt has %d bytes, %v; want 5", f.Size, err)
		}
	}
}

func wantSizes(t *testing.T, pool *local.Pool, id sessions.ID, sizes map[string]int64) {
	t.Helper()
	for name, want := range sizes {
		if f, err := pool.Stat(t.Context(), id, name); err != nil || f.Size != want {
			t.Errorf("%s has %d bytes, %v; want %d", name, f.Size, err, want)
		}
	}
}
