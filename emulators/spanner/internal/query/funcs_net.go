package query

import (
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

func init() {
	define("NET.IP_FROM_STRING", signature{args: types(tString), ret: tBytes, fn: ipFromString})
	define("NET.SAFE_IP_FROM_STRING", signature{args: types(tString), ret: tBytes, fn: func(e *env, a []value.Value) (value.Value, error) {
		v, err := ipFromString(e, a)
		if err != nil {
			return value.Null(), nil //nolint:nilerr // NULL is its answer to what is no address
		}
		return v, nil
	}})
	define("NET.IP_TO_STRING", signature{args: types(tBytes), ret: tString, fn: func(_ *env, a []value.Value) (value.Value, error) {
		ip, ok := netip.AddrFromSlice(a[0].AsBytes())
		if !ok {
			return value.Null(), outOfRange("NET.IP_TO_STRING() encountered a non-IP address: %s", a[0].Text())
		}
		return value.String(ip.String()), nil
	}})
	define("NET.IP_NET_MASK", signature{args: types(tInt, tInt), ret: tBytes, fn: func(_ *env, a []value.Value) (value.Value, error) {
		size, bits := a[0].AsInt64(), a[1].AsInt64()
		if size != 4 && size != 16 || bits < 0 || bits > size*8 {
			return value.Null(), outOfRange("NET.IP_NET_MASK(%d, %d): the first must be 4 or 16, the second a count of bits", size, bits)
		}
		return value.Bytes(masked([]byte(strings.Repeat("\xff", int(size))), int(bits))), nil
	}})
	define("NET.IP_TRUNC", signature{args: types(tBytes, tInt), ret: tBytes, fn: func(_ *env, a []value.Value) (value.Value, error) {
		ip, bits := a[0].AsBytes(), a[1].AsInt64()
		if len(ip) != 4 && len(ip) != 16 || bits < 0 || bits > int64(len(ip))*8 {
			return value.Null(), outOfRange("NET.IP_TRUNC(): the first must have 4 or 16 bytes, the second be a count of bits")
		}
		return value.Bytes(masked(ip, int(bits))), nil
	}})
	define("NET.IPV4_FROM_INT64", signature{args: types(tInt), ret: tBytes, fn: func(_ *env, a []value.Value) (value.Value, error) {
		n := a[0].AsInt64()
		if n < -0x80000000 || n > 0xFFFFFFFF {
			return value.Null(), outOfRange("NET.IPV4_FROM_INT64() encountered a number out of range: %d", n)
		}
		return value.Bytes([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}), nil
	}})
	define("NET.IPV4_TO_INT64", signature{args: types(tBytes), ret: tInt, fn: func(_ *env, a []value.Value) (value.Value, error) {
		b := a[0].AsBytes()
		if len(b) != 4 {
			return value.Null(), outOfRange("NET.IPV4_TO_INT64() encountered a non-IPv4 address: %s", a[0].Text())
		}
		return value.Int64(int64(b[0])<<24 | int64(b[1])<<16 | int64(b[2])<<8 | int64(b[3])), nil
	}})
	onText("NET.HOST", func(s string) (value.Value, error) { return orNull(hostOf(s)), nil }, tString)
	onText("NET.PUBLIC_SUFFIX", func(s string) (value.Value, error) { return orNull(suffixOf(hostOf(s))), nil }, tString)
	onText("NET.REG_DOMAIN", func(s string) (value.Value, error) { return orNull(domainOf(hostOf(s))), nil }, tString)
}

func orNull(s string) value.Value {
	if s == "" {
		return value.Null()
	}
	return value.String(s)
}

func ipFromString(_ *env, a []value.Value) (value.Value, error) {
	ip, err := netip.ParseAddr(a[0].AsString())
	if err != nil || ip.Zone() != "" {
		return value.Null(), outOfRange("NET.IP_FROM_STRING() encountered an unparseable IP-address: %s", a[0].AsString())
	}
	return value.Bytes(ip.AsSlice()), nil
}

// masked keeps the first bits.
func masked(b []byte, bits int) []byte {
	for i := range b {
		if keep := bits - i*8; keep < 8 {
			b[i] &= 0xFF << (8 - max(keep, 0))
		}
	}
	return b
}

// hostOf returns the host of a URL, which may lack its scheme.
func hostOf(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.Index(s, "//"); i < 0 {
		if scheme, _, ok := strings.Cut(s, ":"); ok && strings.EqualFold(scheme, "mailto") {
			return ""
		}
		s = "//" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func suffixOf(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if _, err := netip.ParseAddr(host); err == nil || !strings.Contains(host, ".") || strings.HasPrefix(host, ".") {
		return ""
	}
	suffix, icann := publicsuffix.PublicSuffix(host)
	if !icann && !strings.Contains(suffix, ".") {
		return "" // not in the list
	}
	return suffix
}

func domainOf(host string) string {
	suffix := suffixOf(host)
	if suffix == "" {
		return ""
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(strings.TrimSuffix(strings.ToLower(host), "."))
	if err != nil {
		return ""
	}
	return domain
}
