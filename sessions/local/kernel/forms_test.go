package kernel

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// told runs code with one display and returns what is told about it, and whether it
// has a picture.
func (p *process) told(t *testing.T, code string) (told string, picture bool) {
	t.Helper()
	o := p.run(t, code)
	if len(o.Displays) != 1 || o.Error != nil {
		t.Errorf("%.80s: %d displays, %+v", code, len(o.Displays), o.Error)
		return "", false
	}
	img, _, told := shown(t, o.Displays[0])
	return told, img != nil
}

// has reports whether the interpreter has a package.
func (p *process) has(t *testing.T, name string) bool {
	t.Helper()
	return p.value(t, "__import__('importlib.util').util.find_spec('"+name+"') is not None") == "true"
}

// TestPlotly asserts that a figure of plotly is a page, a sketch and a line of what
// it holds, however it is shown, and that its page is written once.
func TestPlotly(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{Offline: true}, Options{})
	p.run(t, `import plotly.express as px, plotly.graph_objects as go, plotly.io as pio
fig = px.bar(x=["Jan", "Feb"], y=[3, 42], title="Sales & more", labels={"y": "EUR"})`)
	for _, code := range []string{
		"fig.show()", "fig", "display(fig)", "fig.show(renderer='browser')", "fig.show('png')", "pio.show(fig)", "fig.show(renderer='notebook')",
		"pio.renderers.default = 'iframe'; fig.show()",
	} {
		told, picture := p.told(t, code)
		for _, part := range []string{`plotly chart "Sales & more"`, `y "EUR"`, "bar of 2 points", `"Jan", "Feb"`, "y 3 to 42", "/out/sales-more.html"} {
			if !strings.Contains(told, part) || !picture {
				t.Errorf("%s: told %q, without %q", code, told, part)
			}
		}
	}
	page, err := os.ReadFile(filepath.Join(p.data, "out", "sales-more.html"))
	if err != nil || !strings.Contains(string(page), "plotly.js v") || strings.Contains(string(page), "cdn.plot.ly/plotly-") {
		t.Errorf("the page has %d bytes, %v", len(page), err)
	}
	for _, c := range []struct {
		code, part string
		picture    bool
	}{
		{"px.line(x=['2024-01-01', '2024-03-01'], y=[1, None])", "line of 2 points, x 2024-01-01 to 2024-03-01", true},
		{"px.scatter(x=[1, 2], y=[1000.5, 250000.25], log_y=True, color=['a', 'b'])", `scatter "a" of 1 point`, true},
		{"px.histogram(x=list(range(100)))", "histogram of 100 points, x 0 to 99", true},
		{"px.box(x=['a', 'a', 'b'], y=[1, 2, 3])", "box of 3 points", true},
		{"px.violin(x=['a', 'a', 'b', 'b'], y=[1, 2, 3, 4])", "violin of 4 points", true},
		{"px.pie(names=['a', 'b', 'a'], values=[1, 2, 3])", "pie of 3 points", true},
		{"px.imshow([[1, 2], [3, 4]], text_auto=True)", "heatmap", true},
		{"px.area(x=[1, 2], y=[3, 4])", "area of 2 points", true},
		{"px.bar(x=[1, 2, 3, 1], y=['a', 'b', 'c', 'a'], orientation='h', color=['x', 'x', 'y', 'y'], barmode='stack')", "bar", true},
		{"px.scatter(x=[1, 2, 3, 4], y=[1, 2, 3, 4], facet_col=['a', 'a', 'b', 'b'])", "scatter", true},
		{"go.Figure(go.Candlestick(x=['2024-01-01'], open=[1], high=[3], low=[0], close=[2]))", "candlestick", true},
		{"go.Figure(go.Surface(z=[[1, 2], [3, 4]]))", "surface of 4 points, z 1 to 4", false},
		{"px.sunburst(names=['a', 'b'], parents=['', 'a'])", "sunburst", false},
		{"go.FigureWidget([go.Bar(y=[1, 2])])", "bar of 2 points", true},
		{"go.Figure()", "plotly chart", false},
		{"go.Figure([go.Scatter(y=[i]) for i in range(30)])", "and 22 more", true},
	} {
		told, picture := p.told(t, c.code)
		if !strings.Contains(told, c.part) || picture != c.picture || len(told) > 1200 {
			t.Errorf("%s: %v, told %q", c.code, picture, told)
		}
	}
	if o := p.run(t, "pio.show('no figure')"); o.Error == nil {
		t.Error("what is no figure is shown")
	}
	if o := p.run(t, "[fig, go.Figure(go.Bar(y=[7]))]"); len(o.Displays) != 2 {
		t.Errorf("a list of two figures: %d displays, %+v", len(o.Displays), o.Error)
	}
}

// TestForms asserts what is told about displays that are neither text nor pictures,
// and which files they become.
func TestForms(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{Offline: true}, Options{})
	p.run(t, `from IPython.display import *
import numpy as np, pandas as pd, matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation
svg = "<svg xmlns='http://www.w3.org/2000/svg' width='300' height='100'><rect width='9' height='9'/></svg>"
def film():
    figure, axes = plt.subplots(figsize=(2, 1)); line, = axes.plot([0, 1], [0, 9])
    return FuncAnimation(figure, lambda i: line.set_ydata([0, i]), frames=8)
styled = pd.DataFrame({"name": ["Žofie", "Bo"], "v": [1234.5, 2]}).style.format({"v": "{:,.2f} €"}).set_caption("Sales")
class Broken:
    def _repr_png_(self): return b"no picture"
    def __repr__(self): return "broken"
class Many:
    def _repr_png_(self): return b"\x89PNG" + bytes(50 << 20)
    def __repr__(self): return "many"
class Jpeg:
    def _repr_jpeg_(self): return Photo
import io, PIL.Image; out = io.BytesIO(); PIL.Image.new("RGB", (100, 100)).save(out, "JPEG"); Photo = out.getvalue()
open("v.mp4", "wb").write(b"\0\0\0\x18ftypmp42")`)
	drawn := p.has(t, "resvg_py")
	for _, c := range []struct {
		code, told string
		picture    bool
	}{
		{"styled", "Sales\n   name            v\n0  Žofie  1,234.50 €\n1  Bo         2.00 €", false},
		{"HTML('<h1>A</h1><p>b &amp; <b>c</b><table><tr><th>x<th>y<tr><td>1<td>22</table>')", "A\nb & c\nx   y\n1  22", false},
		{"HTML('<script>draw()</script>')", "scripts only", false},
		{"HTML('<title>My page</title><div id=x></div><script>draw()</script>')", "out/my-page.html", false},
		{"HTML('<p>word</p>' * 20_000)", "out/page.html", false},
		{"HTML('<p>word</p>' * 10_000_000)", "word", false},
		{"page = film().to_jshtml(); plt.close('all'); HTML(page)", "8 pictures", true},
		{"page = film().to_html5_video(); plt.close('all'); HTML(page)", "out/page", true},
		{"film()", "Animation of 8 frames, played by ", true},
		{"SVG(svg)", "", drawn},
		{"HTML(svg)", "", drawn},
		{"display({'image/svg+xml': '<!DOCTYPE svg [<!ENTITY a \"b\"><!ENTITY c \"&a;&a;\">]>' + svg}, raw=True)", "entities", false},
		{"Audio(np.sin(np.arange(88200) / 20), rate=44100)", "Audio, WAV, 2 s, 44.1 kHz, mono: ", false},
		{"Video('v.mp4', embed=True)", "Video, MP4: ", false},
		{"Video('https://example.com/v.mp4')", "no network", false},
		{"IFrame('https://example.com', 10, 10)", "https://example.com", false},
		{"Javascript('draw()')", "JavaScript", false},
		{"GeoJSON({'type': 'FeatureCollection', 'features': [{'type': 'Feature', 'geometry': {'type': 'Point', 'coordinates': [1, 2]}}]})", "1 Point; ", false},
		{"Broken()", "broken\nA picture that cannot be shown", false},
		{"Many()", "many\nA picture that cannot be shown", false},
		{"Jpeg()", "", true},
		{"display({'application/octet-stream': bytes(20 << 20), 'text/plain': 'data'}, raw=True)", "out/display.octet", false},
		{"display({'application/vnd.vegalite.v5+json': {'title': 'Bars', 'data': {'values': [{'a': 'A', 'b': 1}]}, 'mark': 'bar', 'encoding': {'x': {'field': 'a'}, 'y': {'field': 'b', 'title': 'how many'}}}}, raw=True)",
			`Vega-Lite chart "Bars" (x "a", y "how many"): bar of 1 row, x "A", y 1`, p.has(t, "vl_convert")},
	} {
		told, picture := p.told(t, c.code)
		if !strings.Contains(told, c.told) && (drawn || c.told != "") || picture != c.picture || len(told) > 3500 {
			t.Errorf("%s: %v, told %q", c.code, picture, told)
		}
	}
	for _, name := range []string{"my-page.html", "page.html", "animation.html", "audio.wav", "map.geojson", "bars.html", "display.octet"} {
		if _, err := os.Stat(filepath.Join(p.data, "out", name)); err != nil {
			t.Error(err)
		}
	}
	o := p.run(t, "display(Code('x = 1')); display(Markdown('*a*')); display(Pretty('abc')); display(pd.DataFrame({'a': [1]}))")
	for i, want := range []struct{ kind, text string }{{"text/plain", "x = 1"}, {"text/markdown", "*a*"}, {"text/plain", "abc"}, {"text/plain", "   a\n0  1"}} {
		if got := string(o.Displays[i].Data[want.kind]); got != want.text || o.Displays[i].Data["text/vnd.dynamic-sessions.summary"] != nil {
			t.Errorf("display %d is %q", i, got)
		}
	}
}

// TestOutFiles asserts that nothing in the folder for the person is replaced, and
// that what cannot be written is told.
func TestOutFiles(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.run(t, "import os; os.mkdir('out'); open('out/page.html', 'w').write('mine'); os.symlink('elsewhere', 'out/page-2.html')\nfrom IPython.display import HTML\nlong = '<script></script><p>x</p>' * 2000")
	for range 2 {
		if told, _ := p.told(t, "HTML(long)"); !strings.Contains(told, "out/page-3.html") {
			t.Errorf("told %q", told)
		}
	}
	if got, err := os.ReadFile(filepath.Join(p.data, "out", "page.html")); string(got) != "mine" || err != nil {
		t.Errorf("the file is %q, %v", got, err)
	}
	if _, err := os.Lstat(filepath.Join(p.data, "elsewhere")); err == nil {
		t.Error("a link was followed")
	}
	if told, _ := p.told(t, "os.rename('out', 'was'); open('out', 'w').close()\nHTML(long + 'y')"); !strings.Contains(told, "no file, since it could not be written") {
		t.Errorf("told %q", told)
	}
	if o := p.run(t, "os.remove('out')\nfor i in range(40): display(HTML(f'{i}' + long))"); len(o.Displays) != 40 || o.Error != nil {
		t.Errorf("%d displays, %+v", len(o.Displays), o.Error)
	} else if _, _, told := shown(t, o.Displays[39]); !strings.Contains(told, "at most 24") {
		t.Errorf("told %q", told)
	}
}
