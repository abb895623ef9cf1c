package pipe

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// pingAfter is how long the service may say nothing before it is asked whether it is
// there, and pingTime how long it has to answer. A busy machine needs a while.
const (
	pingAfter = 30 * time.Second
	pingTime  = 30 * time.Second
)

// errEnded is the error of a call on a connection that has ended.
var errEnded = errors.New("the connection over the standard streams has ended")

// Client returns a client that makes all its calls as HTTP/2 on conn, whatever their
// host, and follows no redirects. It closes conn when the service does not answer
// pings, and never opens another: all later calls fail.
func Client(conn net.Conn) *http.Client {
	var used atomic.Bool
	transport := &http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			if used.Swap(true) {
				return nil, errEnded
			}
			return conn, nil
		},
		Protocols:          new(http.Protocols),
		DisableCompression: true,
		HTTP2: &http.HTTP2Config{
			SendPingTimeout: pingAfter, PingTimeout: pingTime,
			StrictMaxConcurrentRequests: true, // more wait, since there is no other connection
		},
	}
	transport.Protocols.SetUnencryptedHTTP2(true)
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
