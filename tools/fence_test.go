package tools

import "testing"

func TestUnfence(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"6 * 7":                                    "6 * 7",
		"```python\nprint(1)\n```":                 "print(1)",
		"```py\nprint(1)\n```\n":                   "print(1)",
		"```\nprint(1)\n```":                       "print(1)",
		"  \n```Python\nx = 1\n```  ":              "x = 1",
		"````python\nx = 1\n````":                  "x = 1",
		"```python\r\nx = 1\r\n```":                "x = 1",
		"```python\n    x = 1\n    y = 2\n```":     "    x = 1\n    y = 2",
		"```python print(1)```":                    "print(1)",
		"```print(1)```":                           "print(1)",
		"`6 * 7`":                                  "6 * 7",
		"```\npython_version = 3\n```":             "python_version = 3",
		"```python_version = 3```":                 "python_version = 3",
		"```python\nx = 1":                         "x = 1",
		"python_version = 3":                       "python_version = 3",
		"python = 3\npython":                       "python = 3\npython",
		"    indented = 1":                         "    indented = 1",
		"s = '''\n```python\nx\n```'''":            "s = '''\n```python\nx\n```'''",
		"x = 1  # ends in a fence ```":             "x = 1  # ends in a fence ```",
		"```python\ndef f():\n    return 1\n\n```": "def f():\n    return 1",
	} {
		if got := unfence(in); got != want {
			t.Errorf("unfence(%q) = %q, want %q", in, got, want)
		}
	}
}
