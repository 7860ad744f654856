package digest

import (
	"context"
	"crypto/md5" // RFC 3261: phones that know nothing better
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
	"time"

	"yingda/internal/platform/clock"
)

// The algorithms, as they are written in headers and asked of [Credentials].
const (
	SHA256 = "SHA-256"
	MD5    = "MD5"
)

// Credentials knows the users of a realm. HA1 gives the lower-case hexadecimal hash of user:realm:password by
// algorithm (SHA-256 or MD5); false when there is no such user or no such hash of it.
type Credentials interface {
	HA1(ctx context.Context, user, realm string, algorithm string) (string, bool, error)
}

// Result is the outcome of [Server.Verify]; a closed list.
type Result string

// The results.
const (
	OK        Result = "ok"
	Absent    Result = "absent"    // no credentials for our realm: challenge
	Stale     Result = "stale"     // right password with a nonce that is too old or was used: challenge with stale=true
	Wrong     Result = "wrong"     // wrong user, password, nonce, algorithm or qop: challenge, and count as a failure
	OtherURI  Result = "other_uri" // the digest is for another resource: 400 (RFC 3261 22.4), a failure
	Malformed Result = "malformed" // 400
)

// Failed reports that somebody tried and was wrong, which lock-outs count. A stale nonce is no failure.
func (r Result) Failed() bool { return r == Wrong || r == OtherURI }

// Config makes a [Server].
type Config struct {
	Realm     string
	Clock     clock.Clock
	Lifetime  time.Duration // of a nonce; 0 is 5 minutes
	MaxNonces int           // nonces in use per generation; 0 is 16,384
	SHA256    bool          // offer and take SHA-256 too, in front of MD5; see the package comment for why not always
	NoMD5     bool          // offer and take SHA-256 only
	Key       []byte        // of the nonces' HMAC; nil makes one
}

// Server issues challenges and verifies answers for one realm. Safe for concurrent use.
type Server struct {
	realm  string
	clock  clock.Clock
	nonces *nonces
	algos  []string
}

// New makes a server.
func New(c Config) *Server {
	if c.Lifetime <= 0 {
		c.Lifetime = 5 * time.Minute
	}
	if c.MaxNonces <= 0 {
		c.MaxNonces = 16384
	}
	if c.Key == nil {
		c.Key = make([]byte, 32)
		_, _ = rand.Read(c.Key) // never fails
	}
	algos := []string{MD5}
	switch {
	case c.NoMD5:
		algos = []string{SHA256}
	case c.SHA256:
		algos = []string{SHA256, MD5} // the preferred one first (RFC 8760 2.4)
	}
	return &Server{realm: c.Realm, clock: c.Clock, nonces: newNonces(c), algos: algos}
}

// Realm is the name of the protection domain.
func (s *Server) Realm() string { return s.realm }

// Challenges gives the values of the WWW-Authenticate headers of a 401, the preferred algorithm first
// (RFC 8760 2.4). Every 401 carries them.
func (s *Server) Challenges(stale bool) []string {
	nonce := s.nonces.issue(s.clock.Now())
	out := make([]string, 0, len(s.algos))
	for _, algorithm := range s.algos {
		v := "Digest realm=" + quote(s.realm) + `, nonce="` + nonce + `", qop="auth", algorithm=` + algorithm
		if stale {
			v += ", stale=true"
		}
		out = append(out, v)
	}
	return out
}

// Request is what a digest protects.
type Request struct {
	Method string
	URI    string   // the request URI
	Header []string // values of all Authorization headers
}

// Verify checks the credentials of a request. The user is given for every result but Absent and Malformed; only
// OK proves it. A returned error is of the credentials' store.
func (s *Server) Verify(ctx context.Context, r Request, c Credentials) (string, Result, error) {
	a, result := s.find(r.Header)
	if result != OK {
		return "", result, nil
	}
	if !sameResource(a.URI, r.URI) {
		return a.Username, OtherURI, nil
	}
	algorithm, ok := s.algorithm(a.Algorithm)
	if !ok || !strings.EqualFold(a.QOP, "auth") || a.CNonce == "" || a.UserHash {
		return a.Username, Wrong, nil
	}
	count, ok := nonceCount(a.NC)
	if !ok {
		return a.Username, Malformed, nil
	}
	ha1, known, err := c.HA1(ctx, a.Username, s.realm, algorithm)
	if err != nil {
		return a.Username, Wrong, fmt.Errorf("digest: ask for credentials: %w", err)
	}
	if !known {
		ha1 = strings.Repeat("0", 2*newHash(algorithm).Size()) // the same work
	}
	want := response(algorithm, ha1, r.Method, a)
	right := subtle.ConstantTimeCompare([]byte(want), []byte(strings.ToLower(a.Response))) == 1
	if !right || !known {
		return a.Username, Wrong, nil
	}
	return a.Username, s.nonces.use(a.Nonce, count, s.clock.Now()), nil
}

// find takes the first header for our realm whose algorithm we offer.
func (s *Server) find(headers []string) (Answer, Result) {
	result := Absent
	var other *Answer
	for _, v := range headers {
		if _, ok := cutScheme(v); !ok {
			continue // another scheme
		}
		a, err := Parse(v)
		if err != nil {
			result = Malformed
			continue
		}
		if a.Realm != s.realm {
			continue
		}
		if _, ok := s.algorithm(a.Algorithm); ok {
			return a, OK
		}
		if other == nil {
			other = &a
		}
	}
	if other != nil {
		return *other, OK
	}
	return Answer{}, result
}

func (s *Server) algorithm(name string) (string, bool) {
	if name == "" {
		name = MD5 // RFC 7616 3.3
	}
	for _, a := range s.algos {
		if strings.EqualFold(a, name) {
			return a, true
		}
	}
	return "", false
}

func newHash(algorithm string) hash.Hash {
	if algorithm == SHA256 {
		return sha256.New()
	}
	return md5.New()
}

func hashed(algorithm string, parts ...string) string {
	h := newHash(algorithm)
	h.Write([]byte(strings.Join(parts, ":")))
	return hex.EncodeToString(h.Sum(nil))
}

// HA1 is the hash that [Credentials] keeps instead of the password.
func HA1(algorithm, user, realm, password string) string {
	return hashed(algorithm, user, realm, password)
}

// response is RFC 7616 3.4.1 for qop=auth.
func response(algorithm, ha1, method string, a Answer) string {
	return hashed(algorithm, ha1, a.Nonce, a.NC, a.CNonce, a.QOP, hashed(algorithm, method, a.URI))
}

// nonceCount reads nc: exactly eight hexadecimal digits, never 0.
func nonceCount(nc string) (uint32, bool) {
	if len(nc) != 8 {
		return 0, false
	}
	b, err := hex.DecodeString(nc)
	if err != nil {
		return 0, false
	}
	n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	return n, n != 0
}
