package egress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

const (
	lookupTimeout = 10 * time.Second
	dialTimeout   = 15 * time.Second
	// maxTried is how many addresses of a host are tried.
	maxTried = 4
)

var (
	// errNotPublic: a name leads to an address that is none of the public internet.
	errNotPublic = errors.New("its name leads to this machine or its network, which sessions never reach")
	// errNoSuchHost: a name leads nowhere.
	errNoSuchHost = errors.New("there is no host of this name")
)

// A dialer connects with hosts by their names.
type dialer struct {
	lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	// reachable reports whether an address may be connected with. Only tests replace
	// public, since they reach loopback alone.
	reachable func(netip.Addr) bool
}

func newDialer() dialer {
	return dialer{
		lookup: func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host+".") // of no domain that the machine is in
		},
		reachable: public,
	}
}

// dial connects with a host, at an address that it has looked at, and that no second
// answer can replace.
func (d dialer) dial(ctx context.Context, host string, port uint16) (net.Conn, error) {
	addresses, err := d.find(ctx, host)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	var last error
	for _, a := range addresses[:min(len(addresses), maxTried)] {
		to := net.TCPAddrFromAddrPort(netip.AddrPortFrom(a, port))
		conn, err := (&net.Dialer{Timeout: dialTimeout / 2}).DialContext(ctx, "tcp", to.String())
		if err == nil {
			return conn, nil
		}
		last = err
	}
	return nil, last
}

// find returns the addresses of a host that may be connected with.
func (d dialer) find(ctx context.Context, host string) ([]netip.Addr, error) {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	all, err := d.lookup(ctx, host)
	var unknown *net.DNSError
	switch {
	case errors.As(err, &unknown) && unknown.IsNotFound:
		return nil, errNoSuchHost
	case err != nil:
		return nil, fmt.Errorf("its name cannot be looked up: %w", err)
	}
	var usable []netip.Addr
	for _, a := range all {
		// LookupNetIP writes IPv4 as IPv6 on some systems.
		if a = a.Unmap(); d.reachable(a) {
			usable = append(usable, a)
		}
	}
	switch {
	case len(usable) > 0:
		return usable, nil
	case len(all) > 0:
		return nil, errNotPublic
	}
	return nil, errNoSuchHost
}
