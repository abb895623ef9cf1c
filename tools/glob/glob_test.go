package glob

import (
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pattern  string
		yes, not []string
	}{
		{"*.csv", []string{"a.csv", "ü b.csv", ".csv"}, []string{"a.CSV", "x/a.csv", "a.csv.gz"}},
		{"**/*.csv", []string{"a.csv", "x/a.csv", "x/y/z/a.csv"}, []string{"a.txt", "x/a.txt"}},
		{"**", []string{"a", "a/b"}, nil},
		{"x/**", []string{"x/a", "x/a/b", "x"}, []string{"y/a"}},
		{"x/**/a", []string{"x/a", "x/1/a", "x/1/2/a"}, []string{"x", "a", "x/1/b"}},
		{"**/**/**", []string{"a", "a/b/c/d"}, nil},
		{"*.{csv,xls{,x}}", []string{"a.csv", "a.xls", "a.xlsx"}, []string{"a.xlsm"}},
		{"data_?.[!b]*", []string{"data_1.csv"}, []string{"data_12.csv", "data_1.bin"}},
		{"{a,b}/{c,d}", []string{"a/c", "b/d"}, []string{"a/b"}},
		{"/a/./b", []string{"a/b"}, []string{"a"}},
		{"2026-[0-9][0-9].csv", []string{"2026-01.csv"}, []string{"2026-1.csv"}},
	} {
		p, err := Parse(tt.pattern)
		if err != nil {
			t.Fatalf("%s: %v", tt.pattern, err)
		}
		for _, name := range tt.yes {
			if !p.Match(name) {
				t.Errorf("%s does not match %s", tt.pattern, name)
			}
		}
		for _, name := range tt.not {
			if p.Match(name) {
				t.Errorf("%s matches %s", tt.pattern, name)
			}
		}
	}
}

func TestPatternsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"[", "a[b", "{a", "a}", strings.Repeat("{a,b}", 10), strings.Repeat("x", 2000)} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%.40q is taken", text)
		}
	}
}

func TestBase(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"/home/ada/data/*.csv": {"/home/ada/data/", "*.csv"}, "*.csv": {"", "*.csv"}, "/a/b*/c": {"/a/", "b*/c"}, "/a/b": {"/a/", "b"}, "/**/x": {"/", "**/x"},
	} {
		if dir, pattern := Base(text); dir != want[0] || pattern != want[1] {
			t.Errorf("%s is %q and %q", text, dir, pattern)
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("**/*.{csv,xlsx}", "a/b/c.csv")
	f.Add("[!a]?/**/**/x*", "b1/x")
	f.Add("{a,{b,c}}", "c")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		p, err := Parse(pattern)
		if err != nil {
			return
		}
		matched := p.Match(name)
		if n := p.Depth(); matched && n >= 0 && strings.Count(name, "/") >= n {
			t.Errorf("%q matches %q, which is deeper than %d", pattern, name, n)
		}
	})
}
