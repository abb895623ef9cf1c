package python

import (
	"errors"
	"strings"
	"testing"
)

func TestTranscript(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, said, want string
		kind             error
	}{
		{"name", `WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NameResolutionError("HTTPSConnection(host='x', port=443): Failed to resolve 'x' ([Errno -2] Name or service not known)")': /simple/a/
ERROR: Could not find a version that satisfies the requirement a==1 (from versions: none)
ERROR: No matching distribution found for a==1`, "(Name or service not known)", errNoNetwork},
		{"certificate", `WARNING: Retrying (Retry(total=0)) after connection broken by 'SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed'))': /simple/a/`, "PIP_CERT", errNoNetwork},
		{"cut off", `pip._vendor.urllib3.exceptions.ReadTimeoutError: HTTPSConnectionPool(host='x', port=443): Read timed out.`, "Read timed out", errNoNetwork},
		{"refused", `ERROR: 403 Client Error: Forbidden for url: https://x/a.whl`, "credentials", errNoNetwork},
		{"disk", `ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device`, "--cache-dir", errNoSpace},
		{"system", `ERROR: Could not find a version that satisfies the requirement numpy==2.5.5 (from versions: 1.0, 2.0)
ERROR: No matching distribution found for numpy==2.5.5`, "no package numpy==2.5.5", errUnsupported},
		{"hash", `ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have
    tabulate==0.10.0 from https://x/tabulate-0.10.0-py3-none-any.whl:`, "tabulate==0.10.0", errHashMismatch},
		{"other", `ERROR: something else`, "something else", errInstall},
		{"nothing", ``, "pip", errInstall},
	} {
		var said transcript
		for line := range strings.SplitSeq(test.said, "\n") {
			said.add(line)
		}
		err := said.failure()
		if !errors.Is(err, test.kind) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
}

func FuzzTranscript(f *testing.F) {
	f.Add("Collecting a==1\nProgress 1 of 2\nERROR: THESE PACKAGES DO NOT MATCH THE HASHES")
	f.Add("Progress -1 of 0\nProgress 1e999 of 1\nInstalling collected packages: a")
	f.Add("after connection broken by '[Errno 1] ")
	f.Fuzz(func(t *testing.T, text string) {
		var said transcript
		last := 0
		p := progress{packages: 2, report: func(s Status) {
			if s.Percent < last || s.Percent > 100 {
				t.Errorf("progress went from %d to %d", last, s.Percent)
			}
			last = s.Percent
		}}
		for line := range strings.SplitSeq(text, "\n") {
			said.add(line)
			p.pipLine(line)
		}
		if said.failure() == nil {
			t.Error("a failure without a reason")
		}
	})
}

func TestPipEnvironment(t *testing.T) {
	t.Parallel()
	got := strings.Join(pipEnvironment([]string{
		"PYTHONPATH=/x", "PIP_TARGET=/x", "PIP_REQUIRE_VIRTUALENV=1", "AWS_SECRET=x",
		"PIP_INDEX_URL=https://mirror", "https_proxy=http://proxy", "PIP_RETRIES=9",
	}, "/scratch"), "\n")
	for want, present := range map[string]bool{
		"PIP_INDEX_URL=https://mirror": true, "https_proxy=http://proxy": true, "PIP_RETRIES=9": true, "TMPDIR=/scratch": true, "RUSTUP_HOME=/scratch/rustup": true,
		"PYTHONPATH": false, "PIP_TARGET": false, "VIRTUALENV=1": false, "AWS": false, "PIP_RETRIES=3": false,
	} {
		if strings.Contains(got, want) != present {
			t.Errorf("the environment has %q: %v, want %v", want, !present, present)
		}
	}
}
