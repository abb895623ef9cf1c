package httpserver

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/server/about"
	"dynamic-sessions-mcp/server/guard"
	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// Access is what a client needs to use a service.
type Access struct {
	Token     string      // "" for none
	TLS       *tls.Config // nil for plain HTTP
	Authority string      // file with the authority that a client must trust, "" if it does already
	Bundle    string      // file that has the system's authorities as well, "" without Authority

	http   config.HTTP
	random bool // the token is new and stands nowhere else
}

// NewAccess reads or makes the token and the certificate of the service that opts
// describe. The error says which setting is wrong.
func NewAccess(cfg config.Config, opts config.HTTP, log zerolog.Logger) (*Access, error) {
	a := &Access{http: opts}
	if err := a.findToken(cfg, log); err != nil {
		return nil, err
	}
	if !opts.TLS() {
		return a, nil
	}
	certificate, err := a.certificate(cfg, log)
	if err != nil {
		return nil, err
	}
	a.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	return a, nil
}

func (a *Access) findToken(cfg config.Config, log zerolog.Logger) (err error) {
	switch {
	case a.http.NoAuth, a.http.Issuer != "":
	case a.http.AuthTokenFile != "":
		a.Token, err = ReadSecret(a.http.AuthTokenFile, "--auth-token-file", log)
	case cfg.AuthToken != "":
		a.Token = cfg.AuthToken
	default:
		a.Token, a.random = rand.Text(), true
	}
	return err
}

// ReadSecret reads the secret in the file that flag names, and makes one if there
// is no file. It warns if other users can read it.
func ReadSecret(path, flag string, log zerolog.Logger) (string, error) {
	secret, err := guard.ReadSecret(path, flag)
	if err == nil && guard.Exposed(path) {
		log.Warn().Str("flag", flag).Msg("every user of this machine can read the file with the secret; chmod 600 restricts it to its owner")
	}
	return secret, err
}

// certificate loads the certificate of --tls-cert, or makes one.
func (a *Access) certificate(cfg config.Config, log zerolog.Logger) (certificate tls.Certificate, err error) {
	if a.http.TLSCert != "" {
		if certificate, err = tls.LoadX509KeyPair(a.http.TLSCert, a.http.TLSKey); err != nil {
			return certificate, fmt.Errorf("the certificate (--tls-cert, --tls-key): %w", err)
		}
		return certificate, a.checkCertificate(certificate.Leaf, log)
	}
	dir, err := certificateFolder(cfg.Pool.CacheDir)
	if err != nil {
		return certificate, err
	}
	issued, err := guard.SelfSigned(dir, a.names(), guard.System{File: cfg.CertFile, Dirs: cfg.CertDirs})
	if issued.NoSystem && err == nil {
		log.Warn().Str("file", issued.Bundle).Msg("this machine has no file with the authorities it trusts, so programs configured to trust this file can call no other host over HTTPS; install its certificates (ca-certificates) or name their file in SSL_CERT_FILE, then restart the service")
	}
	a.Authority, a.Bundle = issued.Authority, issued.Bundle
	return issued.Certificate, err
}

// names are the host names under which clients call the service.
func (a *Access) names() []string {
	if AnyAddress(a.http.Host()) {
		return a.http.AllowHost
	}
	return append([]string{a.http.Host()}, a.http.AllowHost...)
}

// checkCertificate refuses a certificate that no client would accept, and warns of
// one that some will reject.
func (a *Access) checkCertificate(leaf *x509.Certificate, log zerolog.Logger) error {
	if time.Now().After(leaf.NotAfter) {
		return fmt.Errorf("the certificate (--tls-cert) expired on %s, and clients would reject it; use a valid one, or --tls-self-signed",
			leaf.NotAfter.UTC().Format(time.DateOnly))
	}
	for _, name := range a.names() {
		if leaf.VerifyHostname(name) != nil {
			log.Warn().Str("name", name).Msg("clients that call the service by this name will reject the certificate, which is not valid for it (--tls-cert)")
		}
	}
	return nil
}

// certificateFolder is where certificates are kept in a cache folder.
func certificateFolder(cacheDir string) (string, error) {
	dir, err := cachedir.Open(cacheDir)
	if err != nil {
		return "", err
	}
	return cachedir.Subfolder(dir, "certificate")
}

// AnyAddress reports whether a host to listen on stands for all addresses of the
// machine.
func AnyAddress(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || ip != nil && ip.IsUnspecified()
}

// Endpoint is the URL that clients get of a service that listens at an address.
func (a *Access) Endpoint(at net.Addr) string {
	if a.http.PublicURL != "" {
		return a.http.PublicURL
	}
	scheme := "http"
	if a.TLS != nil {
		scheme = "https"
	}
	_, port, _ := net.SplitHostPort(at.String())
	host := a.http.Host()
	if AnyAddress(host) {
		if host, _ = os.Hostname(); len(a.http.AllowHost) > 0 {
			host = a.http.AllowHost[0]
		}
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// Announce tells people how to get access.
func (a *Access) Announce(to io.Writer) {
	say := func(format string, args ...any) {
		fmt.Fprintf(to, about.Name+": "+format+"\n", args...)
	}
	switch {
	case a.http.Issuer != "":
		say("callers need a token of %s", a.http.Issuer)
	case a.random:
		say("token %s (send it as the bearer token; it changes with every start unless --auth-token-file names a file for it)", a.Token)
	case a.http.AuthTokenFile != "":
		say("the token is in %s", a.http.AuthTokenFile)
	case a.Token != "":
		say("the token is that of DYNAMIC_SESSIONS_AUTH_TOKEN")
	default:
		say("no token is required: every program on this machine can use the sessions")
	}
	if a.Authority != "" {
		say("clients must trust the authority in %s (NODE_EXTRA_CA_CERTS, curl --cacert)", a.Authority)
		say("clients that trust only the authorities they are given need the system's as well: SSL_CERT_FILE=%s REQUESTS_CA_BUNDLE=%s", a.Bundle, a.Bundle)
	}
}
