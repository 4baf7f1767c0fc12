package voter

import (
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"popeye/internal/metrics"
)

func TestNetworksCountedAreBounded(t *testing.T) {
	n, now := NewNewcomers(1, slog.New(slog.DiscardHandler), metrics.NewRegistry()), time.Now()
	addr := netip.MustParseAddr("1.0.0.0")
	for range maxNetworks + 10 {
		if wait := n.Admit(addr, now); wait > 0 {
			t.Fatalf("%v waits for %v", addr, wait)
		}
		b := addr.As4()
		next := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8
		next += 1 << 8
		addr = netip.AddrFrom4([4]byte{byte(next >> 24), byte(next >> 16), byte(next >> 8), 0})
	}
	if len(n.network) != maxNetworks {
		t.Errorf("%d networks are counted, want %d", len(n.network), maxNetworks)
	}
}
