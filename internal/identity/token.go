package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
)

// Tokens are 256 random bits, in base64url without padding. Those of programs have a prefix, by which scanners of
// source code find one that slipped in.
const (
	tokenPrefix  = "yd_"
	secretLength = 43
	hintLength   = len(tokenPrefix) + 6
)

// tokenHash is what the database and the cache know of a token.
type tokenHash = [sha256.Size]byte

// newSecret makes the secret part of a token.
func newSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// hashSecret gives the hash of a secret part, and false for what cannot be one.
func hashSecret(secret string) (tokenHash, bool) {
	if len(secret) != secretLength {
		return tokenHash{}, false
	}
	for i := range len(secret) {
		c := secret[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return tokenHash{}, false
		}
	}
	var buf [secretLength]byte
	copy(buf[:], secret)
	return sha256.Sum256(buf[:]), true
}

// bearer reads the header Authorization: the secret of a program's token, and whether there is such a header at all.
func bearer(header string) (secret string, present bool) {
	if header == "" {
		return "", false
	}
	scheme, rest, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return "", true
	}
	rest, ok = strings.CutPrefix(strings.TrimLeft(rest, " "), tokenPrefix)
	if !ok {
		return "", true
	}
	return rest, true
}

// cookieSecret finds the session's cookie in the headers Cookie. When several have the name, the first counts: browsers
// send the one with the longest path first, and ours has none longer than /.
func cookieSecret(headers []string) string {
	for _, line := range headers {
		for line != "" {
			var part string
			part, line, _ = strings.Cut(line, ";")
			name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
			if ok && name == CookieName {
				return strings.Trim(value, `"`)
			}
		}
	}
	return ""
}

// CookieName is the cookie of a session.
const CookieName = "yingda_session"

// encodeCarry and decodeCarry write sealed bytes as a cookie.
func encodeCarry(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func decodeCarry(text string) ([]byte, error) {
	if len(text) > 4096 {
		return nil, errCarry
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, errCarry
	}
	return b, nil
}

var errCarry = errors.New("what the browser brought back is not ours")
