package size

import "testing"

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2GiB", "500MB", "1.5g", "0", "1e9", "..", "99999999999999999999T"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b, err := Parse(s)
		if err != nil {
			return
		}
		if again, err := Parse(Format(b)); b < 0 || err != nil || again != b {
			t.Errorf("%q is %d, printed %q, which is %d, %v", s, b, Format(b), again, err)
		}
	})
}
