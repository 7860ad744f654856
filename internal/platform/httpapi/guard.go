package httpapi

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// LoopbackOnly refuses every request that did not start on this machine. It is the guard of an API without
// sign-in, such as a tool's. Three things must hold:
//
//   - the connection comes from a loopback address;
//   - Host names this machine's loopback, because a page of any website can point its own name at
//     127.0.0.1 and talk to us as "same origin" (DNS rebinding);
//   - no proxy passed the request on, because then its real sender is elsewhere.
func LoopbackOnly(r *http.Request) (context.Context, error) {
	if !FromLoopback(r) {
		return nil, errNotLoopback
	}
	return r.Context(), nil
}

// FromLoopback reports whether a request started on this machine; see [LoopbackOnly].
func FromLoopback(r *http.Request) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"} {
		if _, ok := r.Header[name]; ok {
			return false
		}
	}
	return remoteAddr(r).IsLoopback() && isLoopbackHost(r.Host)
}

// Sender is where a request came from, for those who write it down.
type Sender struct {
	Address netip.Addr
	Agent   string // User-Agent, at most 256 bytes of it
	Secure  bool   // over TLS
}

// SenderOf gives the sender of the request being served under ctx; zero outside of a request.
func SenderOf(ctx context.Context) Sender {
	x, ok := ctx.Value(exchangeKey{}).(*exchange)
	if !ok {
		return Sender{}
	}
	agent := x.request.UserAgent()
	return Sender{Address: remoteAddr(x.request), Agent: strings.ToValidUTF8(agent[:min(len(agent), 256)], ""), Secure: x.request.TLS != nil}
}

func remoteAddr(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}

func isLoopbackHost(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().IsLoopback()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost") // RFC 6761, section 6.3
}

// CheckOrigin refuses a WebSocket opened by another website's page, which browsers allow and mark only
// by Origin (RFC 6455, section 10.2). Programs send no Origin and pass.
func CheckOrigin(r *http.Request) error {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return nil
	}
	if u, err := url.Parse(origin); err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host) {
		return nil
	}
	return errCrossOrigin
}

func hasNul(u *url.URL) bool {
	return strings.IndexByte(u.Path, 0) >= 0 || strings.Contains(u.RawQuery, "%00")
}

// Header values are shared between answers; net/http only reads them.
var (
	noSniff    = []string{"nosniff"}
	noReferrer = []string{"no-referrer"}
	noStore    = []string{"no-store"}
	sameOrigin = []string{"same-origin"}
	dataPolicy = []string{"default-src 'none'; frame-ancestors 'none'"}
	// appPolicy fits the embedded application: its own scripts only; inline styles, because Ant Design
	// writes them; blob: for recordings and audio worklets.
	appPolicy = []string{"default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
		"img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; worker-src 'self' blob:; " +
		"connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"}
	appPermissions = []string{"microphone=(self), camera=(), geolocation=(), payment=(), usb=()"}
)

func setHeaders(h http.Header, r *http.Request) {
	h["X-Content-Type-Options"] = noSniff
	h["Referrer-Policy"] = noReferrer
	h["Cross-Origin-Resource-Policy"] = sameOrigin
	if x, ok := r.Context().(*exchange); ok {
		h["X-Request-Id"] = []string{x.id}
	}
	if strings.HasPrefix(r.URL.Path, "/api/") {
		h["Cache-Control"] = noStore
	}
	h["Content-Security-Policy"] = dataPolicy
}
