package licenses

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions/local/python"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	installed := []python.Notice{{Name: "CPython", Version: "3.14.6", License: "PSF-2.0", Texts: []string{"the terms"}}, {Name: "fonts", Version: "1"}}
	if err := Write(&text, installed, nil, []python.Notice{{Name: "bash", Version: "5.2", Texts: []string{"of bash"}}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"MIT License", "\n== gvisor.dev/gvisor v", "\n== Go\n", "Apache License", "PYTHON SOFTWARE FOUNDATION LICENSE",
		"\n== CPython 3.14.6: PSF-2.0\n\nthe terms\n", "\n== fonts 1: see the text\n", "base system", "\n== bash 5.2: see the text\n\nof bash\n"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q", want)
		}
	}
	text.Reset()
	if err := Write(&text, nil, errors.New("not installed yet; run: setup"), nil); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(text.String(), "\nNot installed yet; run: setup. Packages are listed here once they are installed.\n") {
		t.Errorf("got …%s", text.String()[text.Len()-200:])
	}
}
