package render

import (
	"encoding/base64"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/picture"
	"dynamic-sessions-mcp/tools/picture/picturetest"
	"dynamic-sessions-mcp/tools/toolstest"
)

func TestDisplays(t *testing.T) {
	t.Parallel()
	figure := string(picturetest.PNG(t, picturetest.Plain(4, 4)))
	photo := string(picturetest.JPEG(t, picturetest.Plain(4, 4)))
	for _, test := range []struct {
		name     string
		text     string
		displays []sessions.Display
		images   []string
		want     []string
		unwanted string
	}{
		{"figures in order", "", []sessions.Display{toolstest.Display("image/png", figure, "text/plain", "<Figure>"), toolstest.Display("image/jpeg", photo)},
			[]string{"image/png", "image/jpeg"}, nil, "Figure"},
		{"mislabelled", "", []sessions.Display{toolstest.Display("image/png", photo)}, []string{"image/jpeg"}, nil, "\x00"},
		{"damaged, then its text", "", []sessions.Display{toolstest.Display("image/png", figure[:30], "text/plain", "<Figure>")}, nil,
			[]string{"display 1: its image is not shown: it is a damaged png image", "display 1:\n<Figure>"}, "\x00"},
		{"damaged png, good jpeg", "", []sessions.Display{toolstest.Display("image/png", "x", "image/jpeg", photo)}, []string{"image/jpeg"}, nil, "\x00"},
		{"markdown", "", []sessions.Display{toolstest.Display("text/markdown", "**b**", "text/plain", "<Markdown>")}, nil, []string{"display 1:\n**b**"}, "<Markdown>"},
		{"data frame as result", "   a\n0  1", []sessions.Display{toolstest.Display("text/html", "<table>", "text/plain", "   a\n0  1")}, nil,
			[]string{"result:\n   a\n0  1"}, "display"},
		{"data frame displayed", "", []sessions.Display{toolstest.Display("text/html", "<table>", "text/plain", "   a\n0  1")}, nil,
			[]string{"display 1:\n   a\n0  1"}, "<table>"},
		{"html alone", "", []sessions.Display{toolstest.Display("text/html", strings.Repeat("<b>abc", 5000))}, nil,
			[]string{"display 1: only the text of this HTML is shown", "abcabc", "13000 of 15000 characters left out"}, "<b>"},
		{"html object", "", []sessions.Display{toolstest.Display("text/plain", "<IPython.core.display.HTML object>", "text/html", "<p>Hi <b>you</b></p>")}, nil,
			[]string{"display 1:\nHi you"}, "object>"},
		{"html as result", "<IPython.core.display.HTML object>", []sessions.Display{toolstest.Display("text/plain", "<IPython.core.display.HTML object>", "text/html", "<p>Hi")}, nil,
			[]string{"result:\nHi"}, "object>"},
		{"a summary", "Figure({...})", []sessions.Display{toolstest.Display(sessions.MIMESummary, "plotly chart: 2 traces", "text/plain", "Figure({...})", "text/html", "<script>")}, nil,
			[]string{"result:\nplotly chart: 2 traces"}, "Figure({"},
		{"a summary with a picture", "", []sessions.Display{toolstest.Display(sessions.MIMESummary, "vega chart", "image/png", figure, "text/plain", "<Chart>")}, []string{"image/png"},
			[]string{"display 1:\nvega chart"}, "<Chart>"},
		{"a picture as result", "<PIL.Image>", []sessions.Display{toolstest.Display("image/png", figure, "text/plain", "<PIL.Image>")}, []string{"image/png"}, nil, "PIL"},
		{"json object", "", []sessions.Display{toolstest.Display("text/plain", "<IPython.core.display.JSON object>", "application/json", `{"a":1}`, "text/html", "x")}, nil,
			[]string{`{"a":1}`}, "object>"},
		{"frame", "", []sessions.Display{toolstest.Display("text/plain", "<IPython.lib.display.IFrame at 0x7f00aa>", "text/html", `<iframe src="https://example.org/a">no</iframe>`)}, nil,
			[]string{"[page: https://example.org/a]"}, "at 0x"},
		{"latex as result", "x**2", []sessions.Display{toolstest.Display("text/plain", "x**2", "text/latex", "$x^{2}$")}, nil, []string{"result:\nx**2"}, "display"},
		{"latex displayed", "", []sessions.Display{toolstest.Display("text/plain", "x**2", "text/latex", "$x^{2}$")}, nil, []string{"$x^{2}$"}, "x**2"},
		{"markdown as result", "<IPython.core.display.Markdown object>", []sessions.Display{toolstest.Display("text/plain", "<IPython.core.display.Markdown object>", "text/markdown", "**b**")}, nil,
			[]string{"**b**"}, "HTML"},
		{"svg", "", []sessions.Display{toolstest.Display("image/svg+xml", "<svg/>", "text/plain", "<SVG>")}, nil, []string{"SVG drawing", "savefig(\"/mnt/data/figure.png\")"}, "Done. No output"},
		{"svg with png", "", []sessions.Display{toolstest.Display("image/svg+xml", "<svg/>", "image/png", figure)}, []string{"image/png"}, nil, "SVG"},
		{"plotly", "", []sessions.Display{toolstest.Display("application/vnd.plotly.v1+json", "{}", "text/html", "<script>")}, nil, []string{"write_html"}, "<script>"},
		{"unknown form", "", []sessions.Display{toolstest.Display("application/x-\x1b[31mnew", "z")}, nil, []string{"only the form application/x-new"}, "\x1b"},
		{"no form", "", []sessions.Display{{}}, nil, []string{"cannot be shown"}, "\x00"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			result := rendered(t, sessions.Execution{Text: test.text, Displays: test.displays})
			toolstest.ExpectText(t, result, test.want...)
			if all := strings.Join(toolstest.Texts(result), "\n"); strings.Contains(all, test.unwanted) {
				t.Errorf("the answer says %q: %q", test.unwanted, all)
			}
			got := toolstest.Images(result)
			if len(got) != len(test.images) {
				t.Fatalf("%d images, want %v", len(got), test.images)
			}
			for i, image := range got {
				data, err := base64.StdEncoding.DecodeString(image.Data)
				if err != nil || image.MIMEType != test.images[i] || "image/"+picture.Format(data) != image.MIMEType {
					t.Errorf("image %d is %s, %v", i+1, image.MIMEType, err)
				}
			}
		})
	}
}
