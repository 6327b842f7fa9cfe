package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
	"golang.org/x/time/rate"

	"parley/internal/forum"
)

// allowance is a token bucket: burst at once, then one every interval.
type allowance struct {
	burst    int
	interval time.Duration
}

// allowances are the limits of one network address by rate class. They stand
// above the limits of accounts, which desk applies.
var allowances = map[pace]allowance{
	reading:   {200, 100 * time.Millisecond},
	searching: {20, 2 * time.Second},
	writing:   {60, time.Second},
	voting:    {60, time.Second},
	// A newsroom behind one address, each of whom decides once a second.
	deciding:  {300, 50 * time.Millisecond},
	signingIn: {20, 30 * time.Second},
	// Who drops the cookie is a new guest each time, whom no account's limit holds.
	arriving: {40, 10 * time.Second},
	whole:    {20, 2 * time.Second},
}

// maxBuckets bounds the memory of the limiter.
const maxBuckets = 200_000

// limiter limits how often a network may call.
type limiter struct {
	now     func() time.Time
	buckets *otter.Cache[bucketKey, *rate.Limiter]
}

type bucketKey struct {
	pace    pace
	network string
}

func newLimiter(now func() time.Time) (*limiter, error) {
	buckets, err := otter.New(&otter.Options[bucketKey, *rate.Limiter]{MaximumSize: maxBuckets})
	return &limiter{now: now, buckets: buckets}, err
}

// take takes one call from a network's allowance; TooFast when it is used up.
func (l *limiter) take(p pace, network string, unlimited bool) error {
	a, limited := allowances[p]
	if !limited || unlimited {
		return nil
	}
	key := bucketKey{p, network}
	bucket, ok := l.buckets.GetIfPresent(key)
	if !ok {
		bucket, _ = l.buckets.ComputeIfAbsent(key, func() (*rate.Limiter, bool) {
			return rate.NewLimiter(rate.Every(a.interval), a.burst), false
		})
	}
	now := l.now()
	if bucket.AllowN(now, 1) {
		return nil
	}
	hold := bucket.ReserveN(now, 1)
	wait := hold.DelayFrom(now)
	if wait <= 0 {
		return nil
	}
	hold.CancelAt(now)
	seconds := int((wait + time.Second - 1) / time.Second)
	return forum.Fail(forum.TooFast, "error.tooFast").With("seconds", seconds).After(wait)
}

// networkKeys turns addresses into keys that say nothing once their salt is
// gone: it lives in memory for a day and is never written down.
type networkKeys struct {
	now     func() time.Time
	trusted []netip.Prefix
	mu      sync.Mutex
	salt    []byte
	until   time.Time
}

func newNetworkKeys(now func() time.Time, trusted []netip.Prefix) *networkKeys {
	return &networkKeys{now: now, trusted: trusted}
}

// key returns the key of an address's network: the IPv4 address, or the IPv6 /64.
func (n *networkKeys) key(addr netip.Addr) string {
	network := networkOf(addr)
	// Nobody learns the salt, and it is gone after a day: without it the few addresses
	// there are cannot be tried one after the other.
	text := network.AppendTo(make([]byte, 0, 96))
	sum := sha256.Sum256(append(text, n.currentSalt()...))
	return hex.EncodeToString(sum[:16])
}

// networkOf returns the network of an address: the IPv4 address, or the IPv6 /64.
func networkOf(addr netip.Addr) netip.Prefix {
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	network, err := addr.Prefix(bits)
	if err != nil {
		return netip.PrefixFrom(addr, 0)
	}
	return network
}

func (n *networkKeys) currentSalt() []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	if now := n.now(); now.After(n.until) {
		n.salt = []byte(rand.Text())
		n.until = now.Add(24 * time.Hour)
	}
	return n.salt
}

// client returns the address of the client: that of the connection, or, behind
// proxies that are trusted, the last address in X-Forwarded-For that is not one
// of them.
func (n *networkKeys) client(r *http.Request) netip.Addr {
	addr := remoteAddr(r.RemoteAddr)
	if !n.trusts(addr) {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && n.trusts(addr); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = hop.Unmap()
	}
	return addr
}

// remoteAddr reads the address of a connection.
func remoteAddr(text string) netip.Addr {
	if x, err := netip.ParseAddrPort(text); err == nil {
		return x.Addr().Unmap()
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.IPv4Unspecified()
	}
	return addr.Unmap()
}

func (n *networkKeys) trusts(addr netip.Addr) bool {
	for _, p := range n.trusted {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
