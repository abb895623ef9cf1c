package egress

import (
	"context"
	"fmt"
	"net/http"
)

// approve returns nil if the user has allowed, or now allows, the session to connect with
// a host that the rules do not have. It looks no name up: that alone would tell its owner
// something. What the name leads to is checked when it is connected with.
func (c *Client) approve(ctx context.Context, host string, port uint16) error {
	if private(host) {
		return &refusal{http.StatusForbidden, host + " is a name of this machine or its network, which sessions never reach"}
	}
	switch v := c.approvals.await(ctx, endpoint{host, port}, func(v verdict) { c.logAnswer(host, port, v) }); v {
	case allowed:
		return nil
	case declined:
		return &refusal{http.StatusForbidden, fmt.Sprintf("the user was asked, and does not allow this conversation to connect to %s:%d until it ends; starting the server with --egress %s would open it", host, port, flagFor(host, port))}
	case unanswered:
		return &refusal{http.StatusForbidden, fmt.Sprintf("the user was asked whether this conversation may connect to %s:%d, did not answer, and is not asked again until it ends; starting the server with --egress %s would open it", host, port, flagFor(host, port))}
	case exhausted:
		return &refusal{http.StatusForbidden, fmt.Sprintf("%s; the user was asked %d times in this conversation, and is not asked again", notListed(host, port), maxQuestions)}
	}
	return &refusal{http.StatusForbidden, notListed(host, port)}
}

// flagFor is a host as --egress names it.
func flagFor(host string, port uint16) string {
	if port == 80 || port == 443 {
		return host
	}
	return fmt.Sprintf("%s:%d", host, port)
}

// notListed says that a host is not open, and what to do about it.
func notListed(host string, port uint16) string {
	flag := flagFor(host, port)
	return fmt.Sprintf("%s is not open to this session; the user can open it by starting the server with --egress %s", flag, flag)
}

func (c *Client) logAnswer(host string, port uint16, v verdict) {
	c.proxy.opts.Logger.Info().Str("host", host).Uint16("port", port).Bool("asked", true).Str("answer", v.String()).Msg("egress")
}
