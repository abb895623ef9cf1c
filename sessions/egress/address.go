package egress

import "net/netip"

// special are the IPv4 addresses that are none of the public internet, of IANA's registry
// of special purposes, those for many receivers, and the address of a cloud's own services
// that lies among the public ones.
var special = [...]netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),        // this network, and nothing
	netip.MustParsePrefix("10.0.0.0/8"),       // private
	netip.MustParsePrefix("100.64.0.0/10"),    // behind a provider's translation
	netip.MustParsePrefix("127.0.0.0/8"),      // loopback
	netip.MustParsePrefix("168.63.129.16/32"), // Azure's services of a virtual machine
	netip.MustParsePrefix("169.254.0.0/16"),   // link-local: metadata of clouds
	netip.MustParsePrefix("172.16.0.0/12"),    // private
	netip.MustParsePrefix("192.0.0.0/24"),     // protocols
	netip.MustParsePrefix("192.0.2.0/24"),     // documentation
	netip.MustParsePrefix("192.88.99.0/24"),   // relays of 6to4
	netip.MustParsePrefix("192.168.0.0/16"),   // private
	netip.MustParsePrefix("198.18.0.0/15"),    // measurements
	netip.MustParsePrefix("198.51.100.0/24"),  // documentation
	netip.MustParsePrefix("203.0.113.0/24"),   // documentation
	netip.MustParsePrefix("224.0.0.0/3"),      // many receivers, reserved, everybody
}

// unicast6 are the IPv6 addresses that are given to hosts of the internet, and special6
// those among them that are for something else. So what is mapped, translated (NAT64),
// local, or for many receivers is none.
var (
	unicast6 = netip.MustParsePrefix("2000::/3")
	special6 = [...]netip.Prefix{
		netip.MustParsePrefix("2001::/23"),     // protocols, Teredo among them
		netip.MustParsePrefix("2001:db8::/32"), // documentation
		netip.MustParsePrefix("2002::/16"),     // 6to4, which leads to any IPv4 address
		netip.MustParsePrefix("3fff::/20"),     // documentation
	}
)

// public reports whether an address is one of the public internet.
func public(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	if a.Is4() {
		return !within(a, special[:])
	}
	return unicast6.Contains(a) && !within(a, special6[:])
}

func within(a netip.Addr, prefixes []netip.Prefix) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
