package python

import (
	"fmt"
	"strings"
)

// A transcript keeps those lines of pip's output that tell why it failed.
type transcript struct {
	network  string // the last trouble with the network
	mismatch string // the package whose hash was wrong
	missing  string // the package that was not found
	last     string // the last error
	full     bool   // the disk is full
	expect   bool   // the next line names the package with the wrong hash
	refused  string // the server's refusal
	unpinned bool   // packages require what has no hash
	listed   bool   // versions of the missing package were listed
}

// add reads one line. The output is the only source: pip exits with 1 whatever
// happened.
func (t *transcript) add(line string) {
	line = strings.TrimSpace(line)
	if t.expect && line != "" {
		t.mismatch, _, _ = strings.Cut(line, " ")
		t.expect = false
	}
	switch {
	case strings.Contains(line, "DO NOT MATCH THE HASHES"):
		t.expect = true
	case strings.Contains(line, "In --require-hashes mode, all requirements must have their versions pinned"),
		strings.Contains(line, "Hashes are required in --require-hashes mode"):
		t.unpinned = true
	case strings.Contains(line, "No space left on device"), strings.Contains(line, "Disk quota exceeded"):
		t.full = true
	case networkTrouble(line):
		t.network = line
	case strings.Contains(line, " Client Error: ") || strings.Contains(line, " Server Error: "):
		t.refused = line
	case strings.Contains(line, "Could not find a version that satisfies the requirement"):
		t.listed = !strings.Contains(line, "(from versions: none)")
	case strings.HasPrefix(line, "ERROR: No matching distribution found for "):
		t.missing, _, _ = strings.Cut(strings.TrimPrefix(line, "ERROR: No matching distribution found for "), " ")
	}
	if strings.HasPrefix(line, "ERROR: ") {
		t.last = strings.TrimPrefix(line, "ERROR: ")
	}
}

// networkTrouble reports what pip and the libraries below it say when a server
// cannot be reached or stops answering.
func networkTrouble(line string) bool {
	for _, sign := range []string{
		"after connection broken by", "Max retries exceeded", "Read timed out", "ReadTimeoutError",
		"ConnectTimeoutError", "NewConnectionError", "NameResolutionError", "ProxyError", "SSLError",
		"SSLCertVerificationError", "CERTIFICATE_VERIFY_FAILED", "IncompleteRead", "IncompleteDownloadError",
		"incomplete-download", "Connection aborted", "Connection reset", "RemoteDisconnected",
	} {
		if strings.Contains(line, sign) {
			return true
		}
	}
	return false
}

// What pip says before the name of a file of certificates that is not there, and before
// the answer of a proxy.
const (
	noBundle = "Could not find a suitable TLS CA certificate bundle, invalid path: "
	noTunnel = "Tunnel connection failed: "
)

// failure says why pip failed and what to do.
func (t *transcript) failure() error {
	const elsewhere = "or use --python PATH with an interpreter that has IPython"
	switch {
	case t.mismatch != "" || t.expect:
		return fmt.Errorf("%w: the hash of %s differs from the one in this program, so the package index, or a proxy on the way to it, has changed the package. "+
			"The package was not used. Try without PIP_INDEX_URL, proxies and mirrors, %s", errHashMismatch, t.mismatch, elsewhere)
	case t.full:
		return fmt.Errorf("%w: the disk of the cache folder is full; free some space or name another folder with --cache-dir", errNoSpace)
	case strings.Contains(t.network, "CERTIFICATE_VERIFY_FAILED"):
		return fmt.Errorf("%w: this machine does not trust the certificate of the package index. Name your organisation's certificates with "+
			"PIP_CERT or SSL_CERT_FILE and run: dynamic-sessions-mcp setup; %s", errNoNetwork, elsewhere)
	case strings.Contains(t.last, noBundle):
		_, file, _ := strings.Cut(t.last, noBundle)
		return fmt.Errorf("%w: the file of certificates %s is not there. PIP_CERT, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or pip's configuration names it: "+
			"correct that and run: dynamic-sessions-mcp setup; %s", errNoNetwork, clip(file), elsewhere)
	case strings.Contains(t.network, noTunnel):
		_, status, _ := strings.Cut(t.network, noTunnel)
		status, _, _ = strings.Cut(status, "'")
		return fmt.Errorf("%w: the proxy refuses to connect with the package index (%s). Check the address, the user and the password of the proxy in "+
			"HTTPS_PROXY, PIP_PROXY or pip's configuration, and PIP_INDEX_URL, and run: dynamic-sessions-mcp setup; %s", errNoNetwork, clip(status), elsewhere)
	case t.network != "":
		return fmt.Errorf("%w: the package index, or the proxy on the way to it, cannot be reached (%s). Connect to the network once, look whether HTTPS_PROXY, "+
			"PIP_PROXY and PIP_INDEX_URL are right where they are set, and run: dynamic-sessions-mcp setup, %s", errNoNetwork, reason(t.network), elsewhere)
	case t.refused != "":
		return fmt.Errorf("%w: the package index refused the request (%s). Check PIP_INDEX_URL and its credentials and run: dynamic-sessions-mcp setup, %s",
			errNoNetwork, clip(t.refused), elsewhere)
	case t.missing != "" && t.listed:
		return fmt.Errorf("%w: there is no package %s for this system; it needs glibc 2.28 or newer. Update the system, %s", errUnsupported, t.missing, elsewhere)
	case t.missing != "":
		return fmt.Errorf("%w: the package index cannot be reached, does not have %s, or requires credentials. "+
			"Check the network, HTTPS_PROXY, PIP_PROXY, PIP_INDEX_URL, PIP_FIND_LINKS and PIP_NO_INDEX and run: dynamic-sessions-mcp setup, %s", errNoNetwork, t.missing, elsewhere)
	}
	return fmt.Errorf("%w: pip says: %s", errInstall, clip(t.last))
}

// reason extracts the cause from a warning of pip, such as "Connection refused".
func reason(line string) string {
	if _, errno, found := strings.Cut(line, "[Errno "); found {
		if _, words, found := strings.Cut(errno, "] "); found {
			return clip(words[:len(words)-len(strings.TrimLeft(words, wordLetters))])
		}
	}
	return clip(line)
}

// wordLetters are what the words of an error of the system are made of.
const wordLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ,-"

// clip limits the length of a quoted text.
func clip(s string) string {
	const most = 300
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
