package render

import (
	"testing"
)

func TestReadable(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"<table><thead><tr><th></th><th>a</th></tr></thead>\n<tbody><tr>\n<th>0</th>\n<td>1 &lt; 2</td></tr></tbody></table>": "\ta\n0\t1 < 2",
		"<style>p{}</style><p>Hi <b>you</b><br>there<script>x('</p>')</script>":                                               "Hi you\nthere",
		"<audio controls><source src=x>no support</audio>":                                                                    "[audio]",
		"a < b <!-- <p> --> c":       "a < b c",
		"<ul><li>x<li>y</ul>":        "- x\n- y",
		`<a title="1>2">link</a>`:    "link",
		"<script>":                   "",
		"<p":                         "",
		"<pre>a\n  b</pre>":          "a\n  b",
		"<div><div></div></div><br>": "",
	} {
		if got := readable(source); got != want {
			t.Errorf("readable(%q) = %q, want %q", source, got, want)
		}
	}
}

func FuzzReadable(f *testing.F) {
	for _, seed := range []string{"<p>x", "<iframe src=", "</", "<!--", "<a b='", "<script></scripT"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		if got := readable(source); len(got) > 8*len(source)+100 {
			t.Fatalf("%d bytes from %d", len(got), len(source))
		}
	})
}
