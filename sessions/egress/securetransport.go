package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"
)

// secureTransport connects with a host over TLS, at the addresses that the dialer looks at.
func (p *Proxy) secureTransport(host string, port uint16) *http.Transport {
	return &http.Transport{
		DialContext:            func(ctx context.Context, _, _ string) (net.Conn, error) { return p.dial.dial(ctx, host, port) },
		TLSClientConfig:        &tls.Config{ServerName: host, RootCAs: p.roots, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}},
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{}, // no HTTP/2
		TLSHandshakeTimeout:    handshakeTimeout,
		DisableCompression:     true,
		MaxConnsPerHost:        1,
		IdleConnTimeout:        idleTimeout,
		ResponseHeaderTimeout:  answerTimeout,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: maxHead,
	}
}

// withoutQuotes returns an error without what the host has said, which is not for the log.
func withoutQuotes(err error) error {
	if errors.Is(err, errNotPublic) {
		return errNotPublic
	}
	text, _, _ := strings.Cut(err.Error(), `"`)
	return errors.New(strings.TrimSpace(text))
}
