package digest

import (
	"errors"
	"strings"
)

// ErrHeader is a header that is not `Digest name=value, ...`.
var ErrHeader = errors.New("digest: malformed header")

// The limits of one Authorization header.
const (
	maxHeader = 4096
	maxParams = 32
)

// Answer is a parsed Authorization header. Values are unquoted.
type Answer struct {
	Username, Realm, Nonce, URI, Response string
	Algorithm, CNonce, Opaque, QOP        string
	NC                                    string // eight hexadecimal digits, as sent, because they are hashed so
	UserHash                              bool
}

// Parse reads the value of an Authorization header (RFC 7616 3.4). A parameter that comes twice is refused, one
// that is unknown is ignored.
func Parse(value string) (Answer, error) {
	var a Answer
	if len(value) > maxHeader {
		return a, ErrHeader
	}
	rest, ok := cutScheme(value)
	if !ok {
		return a, ErrHeader
	}
	seen := make(map[string]bool, 12)
	for {
		rest = strings.TrimLeft(rest, " \t,")
		if rest == "" {
			return a, nil
		}
		name, val, after, ok := param(rest)
		if !ok || seen[name] || len(seen) >= maxParams {
			return Answer{}, ErrHeader
		}
		seen[name] = true
		a.set(name, val)
		rest = strings.TrimLeft(after, " \t")
		if rest != "" && rest[0] != ',' {
			return Answer{}, ErrHeader
		}
	}
}

func cutScheme(value string) (string, bool) {
	value = strings.TrimLeft(value, " \t")
	if len(value) < 7 || !strings.EqualFold(value[:6], "digest") || value[6] != ' ' && value[6] != '\t' {
		return "", false
	}
	return value[7:], true
}

func (a *Answer) set(name, value string) {
	switch name {
	case "username":
		a.Username = value
	case "realm":
		a.Realm = value
	case "nonce":
		a.Nonce = value
	case "uri":
		a.URI = value
	case "response":
		a.Response = value
	case "algorithm":
		a.Algorithm = value
	case "cnonce":
		a.CNonce = value
	case "opaque":
		a.Opaque = value
	case "qop":
		a.QOP = value
	case "nc":
		a.NC = value
	case "userhash":
		a.UserHash = strings.EqualFold(value, "true")
	}
}

// param cuts `name=token` or `name="quoted"`.
func param(s string) (name, value, rest string, ok bool) {
	i := strings.IndexAny(s, "=, \t\"")
	if i < 1 {
		return "", "", "", false
	}
	name = strings.ToLower(s[:i])
	s = strings.TrimLeft(s[i:], " \t")
	if s == "" || s[0] != '=' {
		return "", "", "", false
	}
	s = strings.TrimLeft(s[1:], " \t")
	if s != "" && s[0] == '"' {
		value, rest, ok = quoted(s[1:])
		return name, value, rest, ok
	}
	i = strings.IndexAny(s, ", \t\"")
	if i < 0 {
		i = len(s)
	}
	return name, s[:i], s[i:], i > 0
}

// quoted reads up to the closing quote and takes the backslashes away.
func quoted(s string) (value, rest string, ok bool) {
	if i := strings.IndexAny(s, `"\`); i >= 0 && s[i] == '"' {
		return s[:i], s[i+1:], true
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], true
		case '\\':
			if i++; i >= len(s) {
				return "", "", false
			}
			b.WriteByte(s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}

// quote writes a quoted string.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// String writes the header value again.
func (a Answer) String() string {
	var b strings.Builder
	b.WriteString("Digest username=" + quote(a.Username) + ", realm=" + quote(a.Realm) + ", nonce=" + quote(a.Nonce) +
		", uri=" + quote(a.URI) + ", response=" + quote(a.Response))
	for _, p := range [...]struct{ name, value string }{
		{"algorithm", a.Algorithm}, {"cnonce", a.CNonce}, {"opaque", a.Opaque}, {"qop", a.QOP}, {"nc", a.NC},
	} {
		if p.value != "" {
			b.WriteString(", " + p.name + "=" + quote(p.value))
		}
	}
	if a.UserHash {
		b.WriteString(", userhash=true")
	}
	return b.String()
}
