package digest

import (
	"strings"

	"github.com/emiago/sipgo/sip"
)

// sameResource compares the digest's URI with the request's (RFC 3261 22.4 point 8): scheme, user, host without
// case, port with its default. Parameters are left out: phones add transport= to one and not to the other.
func sameResource(digestURI, requestURI string) bool {
	if digestURI == requestURI {
		return digestURI != ""
	}
	var a, b sip.Uri
	if sip.ParseUri(digestURI, &a) != nil || sip.ParseUri(requestURI, &b) != nil {
		return false
	}
	if a.Raw() != "" || b.Raw() != "" {
		return strings.EqualFold(a.Scheme, b.Scheme) && a.Raw() == b.Raw() && a.Raw() != ""
	}
	return strings.EqualFold(scheme(a), scheme(b)) && a.User == b.User && strings.EqualFold(a.Host, b.Host) && port(a) == port(b)
}

func scheme(u sip.Uri) string {
	if u.Scheme == "" {
		return "sip"
	}
	return u.Scheme
}

func port(u sip.Uri) int {
	switch {
	case u.Port != 0:
		return u.Port
	case strings.EqualFold(u.Scheme, "sips"):
		return 5061
	default:
		return 5060
	}
}
