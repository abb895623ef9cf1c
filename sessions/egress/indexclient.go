package egress

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"
)

// IndexClient returns a client for a package index: by the proxy that the environment
// names, and with the authorities of the system and those in a file, unless that is "". If
// the file cannot be read it returns the error, and a client without it.
func IndexClient(authorities string) (*http.Client, error) {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 4,
		IdleConnTimeout: time.Minute, TLSHandshakeTimeout: dialTimeout, ResponseHeaderTimeout: pageTimeout}
	client := &http.Client{Transport: transport}
	if authorities == "" {
		return client, nil
	}
	text, err := os.ReadFile(authorities)
	if err != nil {
		return client, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(text) {
		return client, fmt.Errorf("%s: %w", authorities, errors.New("it has no certificate"))
	}
	transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	return client, nil
}
