package kernel

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTracebacks checks which frames of a traceback are shown: those of the code,
// and of libraries the innermost.
func TestTracebacks(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	for _, c := range []struct {
		code       string
		has, lacks []string
		most       int // characters
	}{
		{"import pandas as pd\ndf = pd.DataFrame({'a': [1]})\ndf['x']", []string{"<cell 1>", "df['x']", "frames of libraries left out; %tb shows all", "in get_loc", "\nKeyError: 'x'"}, []string{"direct cause", "in __getitem__"}, 450},
		{"df.apply(lambda r: 1 / 0, axis=1)", []string{"in <lambda>", "\nZeroDivisionError"}, []string{"site-packages"}, 450},
		{"%tb", nil, nil, 0},
		{"def even(n): return odd(n)\ndef odd(n): return even(n)\neven(0)", []string{"in even", "in odd", "Previous 2 frames repeated 4", "\nRecursionError"}, nil, 500},
		{"def down(n): return down(n)\ndown(0)", []string{"[Previous line repeated 9", "\nRecursionError"}, nil, 400},
		{"class Big(Exception):\n  def __str__(self): return 'm' * 10**6\nraise Big", []string{"raise Big", "characters of the message left out"}, nil, 2500},
		{"x = 1; " + strings.Repeat("y = 1; ", 200) + "1 / 0", []string{" …\n", "\nZeroDivisionError"}, nil, 700},
		{"try:\n  {}['a']\nexcept KeyError as e:\n  raise ValueError('bad') from e", []string{"KeyError: 'a'", "direct cause", "\nValueError: bad"}, nil, 500},
		{"raise ExceptionGroup('both', [ValueError(1), TypeError('t')])", []string{"ValueError: 1", "TypeError: t"}, nil, 500},
		{"import warnings; warnings.simplefilter('error'); warnings.warn('now')", []string{"\nUserWarning: now"}, []string{"libraries"}, 300},
		{"import requests\nrequests.get('http://127.0.0.1:9/')", []string{"requests.get", "Connection refused", "frames of libraries"}, []string{"direct cause", "No network"}, 700},
	} {
		o := p.run(t, c.code)
		if c.most == 0 {
			if strings.Count(o.Stdout, "pandas") < 2 || !strings.Contains(o.Stdout, "ZeroDivisionError") || showsKernel(o.Stdout) {
				t.Errorf("%q: %s", c.code, o.Stdout)
			}
			continue
		}
		if o.Error == nil {
			t.Errorf("%.80q: no error", c.code)
			continue
		}
		check(t, c.code, o.Error.Traceback, c.has, c.lacks, c.most)
	}
	o := p.run(t, "import threading\nt = threading.Thread(target=lambda: 1 / 0, name='worker'); t.start(); t.join()")
	check(t, "a thread", o.Stderr, []string{"Exception in thread worker:\n", "in <lambda>", "ZeroDivisionError"}, []string{"threading.py"}, 300)
	o = p.run(t, "import asyncio\nasync def fail(): 1 / 0\nasyncio.create_task(fail())\nawait asyncio.sleep(0.01)")
	check(t, "a task", o.Stderr, []string{"Task exception was never retrieved:\n", "in fail", "ZeroDivisionError"}, []string{"asyncio"}, 300)
}

// check asserts what a text has and lacks, and that it is not longer than most.
func check(t *testing.T, what, text string, has, lacks []string, most int) {
	t.Helper()
	for _, part := range has {
		if !strings.Contains(text, part) {
			t.Errorf("%.100q lacks %q: %.3000s", what, part, text)
		}
	}
	for _, part := range lacks {
		if strings.Contains(text, part) {
			t.Errorf("%.100q has %q: %.3000s", what, part, text)
		}
	}
	if len([]rune(text)) > most || showsKernel(text) {
		t.Errorf("%.100q: %d characters: %.3000s", what, len([]rune(text)), text)
	}
}

// TestHints checks the line that says what to do about an error, and that there is
// none where nothing is known to be true.
func TestHints(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{Offline: true, Memory: 2 << 30, Disk: 1 << 30}, Options{})
	for name, text := range map[string]string{"Sales Report 2024.csv": "a,b\n1,2\n", "sub/deep.txt": "x", "cafe\u0301.txt": "x", "mine-1.0-py3-none-any.whl": ""} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(p.data, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(p.data, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ code, hint string }{
		{"1 / 0", ""},
		{"{}['a']", ""},
		{"import pandas as pd; df = pd.DataFrame({'a': [1]}); 1 / 0", ""},
		{"import os, pandas as pd\npd.read_csv('sales_report_2024.csv')", "Do you mean '" + p.data + "/Sales Report 2024.csv'?"},
		{"open('Sales Reprot 2024.csv')", "Do you mean '" + p.data + "/Sales Report 2024.csv'?"},
		{"open('deep.txt')", "Do you mean '" + p.data + "/sub/deep.txt'?"},
		{"open(r'C:\\Users\\ada\\sub\\deep.txt')", "Do you mean '" + p.data + "/sub/deep.txt'?"},
		{"open('/home/ada/sub/deep.txt')", "Do you mean '" + p.data + "/sub/deep.txt'?"},
		{"open('caf\u00e9.txt')", `cafe\u0301.txt'?`},
		{"os.makedirs('empty'); open('empty/zzzz.bin')", "/empty' is empty."},
		{"open('zz/out.txt', 'w')", "There is no folder '" + p.data + "/zz'; os.makedirs makes it. "},
		{"%run nosuch.py", " has "},
		{"import cv2", "cv2 cannot be added, but PIL and "},
		{"import scikit_learn", "The module is named sklearn: import sklearn"},
		{"import numpyy", "Installed modules with a similar name: numpy"},
		{"import mine", "%pip install " + p.data + "/mine-1.0-py3-none-any.whl"},
		{"import xqzw", "Ask the user to start the server with --egress pypi, or to upload the wheel of xqzw"},
		{"import sklearn.nosuch", ""},
		{"from fractions import Fractoin", "Do you mean Fraction?"},
		{"from fractions import zzz", ""},
		{"np.zeros(3)", "import numpy as np"},
		{"df['A']", "Do you mean 'a'?"},
		{"df[['a', 'zzz']]", "The columns are 'a'."},
		{"df.loc[99]", ""},
		{"open('latin.txt', 'wb').write('Příliš žluťoučký kůň úpěl ďábelské ódy. '.encode('cp1250') * 9); open('latin.txt').read()", "pass encoding="},
		{"df = pd.DataFrame({'a': [1]}); df.append({'a': 2})", "Instead: pd.concat("},
		{"df.iteritems()", "Instead: items()."},
		{"df.nosuch", ""},
		{"df.drop('a', 1)", "must be named, such as axis=1."},
		{"df['a'].iteritems()", "Instead: items()."},
		{"from PIL import Image; Image.ANTIALIAS", "Instead: Image.Resampling.LANCZOS."},
		{"from collections import Mapping", "Instead: collections.abc"},
		{"import time; time.clock()", "Instead: time.perf_counter()."},
		{"def fit(x): pass\nfit(disp=0)", ""},
		{"class Own:\n  def append(self): self.nosuch\nOwn().append()", ""},
		{"bytearray(1 << 62)", "A session may use 2048 MB of memory in all."},
		{"raise OSError(28, 'No space left on device', 'x')", "It has 1024 MB. Remove files that are no longer needed. The largest files are '" + p.data + "/latin.txt' (360 bytes), "},
		{"raise OSError(101, 'Network is unreachable')", "No network: "},
		{"raise ConnectionRefusedError(111, 'Connection refused')", ""},
	} {
		o := p.run(t, c.code)
		if o.Error == nil {
			t.Errorf("%.80q: no error", c.code)
			continue
		}
		lines := strings.Split(o.Error.Traceback, "\n")
		last := lines[len(lines)-1]
		message, _, _ := strings.Cut(o.Error.Message, "\n")
		if c.hint == "" && !strings.HasSuffix(last, message) || !strings.Contains(last, c.hint) || len(last) > 450 {
			t.Errorf("%.80q ends in %q", c.code, last)
		}
	}
	for _, c := range []struct{ code, stderr string }{
		{"!exit 3", "[exit status 3]\n"},
		{"!true", ""},
		{"!kill -9 $$", "[ended by signal 9]\n"},
		{"!echo 'curl: (6) Could not resolve host: a.b'; exit 6", "[exit status 6]\nNo network: "},
	} {
		if o := p.run(t, c.code); o.Error != nil || !strings.HasPrefix(o.Stderr, c.stderr) || c.stderr == "" && o.Stderr != "" {
			t.Errorf("%q: %q, %+v", c.code, o.Stderr, o.Error)
		}
	}
}
