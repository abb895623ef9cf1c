package server

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"

	"dynamic-sessions-mcp/config"
)

// access is what a client needs to use the service.
type access struct {
	token     string      // "" for none
	random    bool        // the token is told nowhere else
	tls       *tls.Config // nil for plain HTTP
	authority string      // file that a client must trust, "" if it does already
}

// poolAccess makes the token and the certificate.
func (p program) poolAccess() (a access, err error) {
	opts := &p.cfg.PoolServer
	switch {
	case opts.NoAuth:
	case opts.AuthTokenFile != "":
		if a.token, err = readToken(opts.AuthTokenFile); err != nil {
			return a, err
		}
	default:
		a.token, a.random = rand.Text(), true
	}
	if !opts.TLS() {
		return a, nil
	}
	var certificate tls.Certificate
	if opts.TLSCert != "" {
		if certificate, err = tls.LoadX509KeyPair(opts.TLSCert, opts.TLSKey); err != nil {
			return a, fmt.Errorf("the certificate (--tls-cert, --tls-key): %w", err)
		}
	} else {
		dir, err := p.poolFolder()
		if err != nil {
			return a, err
		}
		names := opts.AllowHost
		if ip := net.ParseIP(opts.Host()); ip == nil && opts.Host() != "" || ip != nil && !ip.IsUnspecified() {
			names = append([]string{opts.Host()}, names...)
		}
		if certificate, a.authority, err = selfSigned(dir, names); err != nil {
			return a, err
		}
	}
	a.tls = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	return a, nil
}

// poolFolder is where the certificate is kept.
func (p program) poolFolder() (string, error) {
	dir := p.cfg.Pool.CacheDir
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("the cache folder (--cache-dir): %w", err)
		}
		dir = filepath.Join(cache, name)
	}
	return filepath.Join(dir, "certificate"), nil
}

// announce tells how to use the service: programs on standard output, in one
// line of JSON without secrets, and people on standard error.
func (a access) announce(std Streams, opts *config.PoolServer, at net.Addr) error {
	endpoint := a.endpoint(opts, at)
	line, err := json.Marshal(struct {
		Endpoint  string `json:"endpoint"`
		TokenFile string `json:"tokenFile,omitempty"`
		CAFile    string `json:"caFile,omitempty"`
	}{endpoint, opts.AuthTokenFile, a.authority})
	if err != nil {
		return err
	}
	fmt.Fprintf(std.Err, "%s: serving sessions at %s (pool management endpoint)\n", name, endpoint)
	switch {
	case a.random:
		fmt.Fprintf(std.Err, "%s: token %s (send it as the bearer token; it changes with every start unless --auth-token-file names a file for it)\n", name, a.token)
	case a.token != "":
		fmt.Fprintf(std.Err, "%s: the token is in %s\n", name, opts.AuthTokenFile)
	default:
		fmt.Fprintf(std.Err, "%s: no token is asked for: every program on this machine can use the sessions\n", name)
	}
	if a.authority != "" {
		fmt.Fprintf(std.Err, "%s: clients must trust %s (SSL_CERT_FILE, REQUESTS_CA_BUNDLE or NODE_EXTRA_CA_CERTS)\n", name, a.authority)
	}
	_, err = io.WriteString(std.Out, string(line)+"\n")
	return err
}

// endpoint is the URL that clients get.
func (a access) endpoint(opts *config.PoolServer, at net.Addr) string {
	scheme := "http"
	if a.tls != nil {
		scheme = "https"
	}
	_, port, _ := net.SplitHostPort(at.String())
	host := opts.Host()
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		if host, _ = os.Hostname(); len(opts.AllowHost) > 0 {
			host = opts.AllowHost[0]
		}
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// acceptedHosts are the names by which the service is called; none if any will
// do. A name that a web page gave this address fails the certificate's check,
// and beyond this machine there is a token.
func acceptedHosts(opts *config.PoolServer) []string {
	if len(opts.AllowHost) == 0 && (opts.TLS() || !opts.Loopback()) {
		return nil
	}
	return append([]string{"localhost", "127.0.0.1", "::1", opts.Host()}, opts.AllowHost...)
}
