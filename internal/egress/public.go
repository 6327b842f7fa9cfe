package egress

import "net/netip"

// world are the networks that global unicast addresses come from. Whatever is
// outside (mapped, translated, unique local, link-local, multicast, reserved)
// is not public, also what will be invented.
var world = networks("0.0.0.0/0", "2000::/3")

// special are the parts of world that lead somewhere else: IANA's registries of
// special-purpose addresses (RFC 6890 and its successors), relays that carry
// IPv4 inside IPv6, and one public address that a cloud answers itself.
var special = networks(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
	"192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"168.63.129.16/32",
	"2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
)

// Public reports whether an address is one that anybody on the Internet means
// by it.
func Public(addr netip.Addr) bool {
	addr = addr.Unmap()
	return addr.IsValid() && addr.Zone() == "" && within(addr, world) && !within(addr, special)
}

func within(addr netip.Addr, networks []netip.Prefix) bool {
	for _, n := range networks {
		if n.Contains(addr) {
			return true
		}
	}
	return false
}

func networks(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}
