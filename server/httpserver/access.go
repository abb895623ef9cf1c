package server

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"time"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/server/guard"
	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// access is what a client needs to use a service over HTTP.
type access struct {
	token     string      // "" for none
	random    bool        // the token is told nowhere else
	tls       *tls.Config // nil for plain HTTP
	authority string      // file that a client must trust, "" if it does already
	bundle    string      // file that has the system's authorities as well
}

// access makes the token and the certificate.
func (p program) access(opts config.HTTP) (a access, err error) {
	switch {
	case opts.NoAuth, opts.Issuer != "":
	case opts.AuthTokenFile != "":
		if a.token, err = p.readSecret(opts.AuthTokenFile, "--auth-token-file"); err != nil {
			return a, err
		}
	case p.cfg.AuthToken != "":
		a.token = p.cfg.AuthToken
	default:
		a.token, a.random = rand.Text(), true
	}
	if !opts.TLS() {
		return a, nil
	}
	certificate, err := p.certificate(opts, &a)
	if err != nil {
		return a, err
	}
	a.tls = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	return a, nil
}

// readSecret reads the secret in a file that flag names.
func (p program) readSecret(path, flag string) (string, error) {
	secret, err := guard.ReadSecret(path, flag)
	if err == nil && guard.Exposed(path) {
		p.log.Warn().Str("flag", flag).Msg("every user of this machine can read the file with the secret; chmod 600 leaves it to its owner")
	}
	return secret, err
}

func (p program) certificate(opts config.HTTP, a *access) (certificate tls.Certificate, err error) {
	if opts.TLSCert != "" {
		if certificate, err = tls.LoadX509KeyPair(opts.TLSCert, opts.TLSKey); err != nil {
			return certificate, fmt.Errorf("the certificate (--tls-cert, --tls-key): %w", err)
		}
		return certificate, p.checkCertificate(opts, certificate.Leaf)
	}
	dir, err := p.certificateFolder()
	if err != nil {
		return certificate, err
	}
	names := opts.AllowHost
	if !anyAddress(opts.Host()) {
		names = append([]string{opts.Host()}, names...)
	}
	issued, err := guard.SelfSigned(dir, names, guard.System{File: p.cfg.CertFile, Dirs: p.cfg.CertDirs})
	if issued.NoSystem && err == nil {
		p.log.Warn().Str("file", issued.Bundle).Msg("this machine has no file with the authorities that it trusts, so that programs which are told to trust this one can call no other host over HTTPS; install its certificates (ca-certificates), or name their file in SSL_CERT_FILE, and start the service again")
	}
	a.authority, a.bundle = issued.Authority, issued.Bundle
	return issued.Certificate, err
}

// checkCertificate refuses a certificate that no client would take, and warns of
// one that some will not.
func (p program) checkCertificate(opts config.HTTP, leaf *x509.Certificate) error {
	if time.Now().After(leaf.NotAfter) {
		return fmt.Errorf("the certificate (--tls-cert) has expired on %s, and clients would refuse it; give one that is valid, or --tls-self-signed",
			leaf.NotAfter.UTC().Format(time.DateOnly))
	}
	names := opts.AllowHost
	if !anyAddress(opts.Host()) {
		names = append([]string{opts.Host()}, names...)
	}
	for _, name := range names {
		if leaf.VerifyHostname(name) != nil {
			p.log.Warn().Str("name", name).Msg("clients that call the service by this name will refuse the certificate, which is not for it (--tls-cert)")
		}
	}
	return nil
}

// certificateFolder is where the certificate is kept.
func (p program) certificateFolder() (string, error) {
	dir, err := cachedir.Open(p.cfg.Pool.CacheDir)
	if err != nil {
		return "", err
	}
	return cachedir.Subfolder(dir, "certificate")
}

// anyAddress reports whether a host to listen on stands for all of the
// machine's addresses.
func anyAddress(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || ip != nil && ip.IsUnspecified()
}

// endpoint is the URL that clients get.
func (a access) endpoint(opts config.HTTP, at net.Addr) string {
	if opts.PublicURL != "" {
		return opts.PublicURL
	}
	scheme := "http"
	if a.tls != nil {
		scheme = "https"
	}
	_, port, _ := net.SplitHostPort(at.String())
	host := opts.Host()
	if anyAddress(host) {
		if host, _ = os.Hostname(); len(opts.AllowHost) > 0 {
			host = opts.AllowHost[0]
		}
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// tell says on standard error how the service is to be used.
func (a access) tell(std Streams, opts config.HTTP) {
	switch {
	case opts.Issuer != "":
		fmt.Fprintf(std.Err, "%s: callers need a token of %s\n", name, opts.Issuer)
	case a.random:
		fmt.Fprintf(std.Err, "%s: token %s (send it as the bearer token; it changes with every start unless --auth-token-file names a file for it)\n", name, a.token)
	case opts.AuthTokenFile != "":
		fmt.Fprintf(std.Err, "%s: the token is in %s\n", name, opts.AuthTokenFile)
	case a.token != "":
		fmt.Fprintf(std.Err, "%s: the token is that of DYNAMIC_SESSIONS_AUTH_TOKEN\n", name)
	default:
		fmt.Fprintf(std.Err, "%s: no token is asked for: every program on this machine can use the sessions\n", name)
	}
	if a.authority != "" {
		fmt.Fprintf(std.Err, "%s: clients must trust the authority in %s (NODE_EXTRA_CA_CERTS, curl --cacert)\n", name, a.authority)
		fmt.Fprintf(std.Err, "%s: those that trust only what they are told need the system's authorities too: SSL_CERT_FILE=%s REQUESTS_CA_BUNDLE=%s\n", name, a.bundle, a.bundle)
	}
}
