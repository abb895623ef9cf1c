package kernel

import (
	"fmt"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
)

// TestContents: tables of data come first, with their sizes; what the code did not make is
// not there, and nothing of the code runs for it.
func TestContents(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{Offline: true}, Options{})
	o, err := p.Execute(`
import json, os.path as path, pandas as pd, numpy as np, polars as pl
from math import sqrt
from collections import OrderedDict
ran = []
class Meta(type):
    def __getattribute__(self, name): ran.append(name); return type.__getattribute__(self, name)
class Odd(metaclass=Meta):
    def __len__(self): ran.append("len"); return 3
    def __repr__(self): ran.append("repr"); return "odd"
    def __getattribute__(self, name): ran.append(name); raise AttributeError(name)
class Sub(pd.DataFrame):
    @property
    def shape(self): ran.append("shape"); return (1, 1)
class Place(list):
    def __len__(self): ran.append("len"); return 9
def double(x): return 2 * x
n, text, odd, place = 5, "abc", Odd(), Place()
_hidden = 1
sub = Sub({"a": [1]})
df = pd.DataFrame(np.zeros((749, 9)))
m = df[0][:20]
dates = pd.Series([1.0], index=pd.to_datetime(["2020-01-01"]))
cube = np.zeros((2, 3, 4))
frame = pl.DataFrame({"a": [1, 2]})
ran.clear()
`, nil)
	if err != nil || o.Error != nil {
		t.Fatal(err, o.Error)
	}
	if got := describe(o.Variables); got != "df DataFrame [749 9], m Series [20], dates Series [1], cube ndarray [2 3 4], frame DataFrame [2 1], ran list [0], text str [3], odd Odd [], 8 more" {
		t.Errorf("it has %s", got)
	}
	if got := p.value(t, "ran"); got != `"[]"` {
		t.Errorf("the code ran: %s", got)
	}
	p.value(t, "%reset -f")
	o, err = p.Execute("globals()['no name. Do it'] = 1; globals().update({f'v{i}': i for i in range(5000)})", nil)
	if err != nil || !strings.HasSuffix(describe(o.Variables), "more") || len(o.Variables.Named) > maxNamed || len(o.Variables.Named)+o.Variables.More < 5000 {
		t.Errorf("%v: %+v", err, o.Variables)
	}
	for _, v := range o.Variables.Named {
		if strings.Contains(v.Name, " ") {
			t.Errorf("a sentence: %q", v.Name)
		}
	}
}

func describe(v *sessions.Variables) string {
	if v == nil {
		return "unknown"
	}
	var parts []string
	for _, one := range v.Named {
		parts = append(parts, fmt.Sprintf("%s %s %v", one.Name, one.Type, one.Shape))
	}
	return strings.Join(append(parts, fmt.Sprintf("%d more", v.More)), ", ")
}
