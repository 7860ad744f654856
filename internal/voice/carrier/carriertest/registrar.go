package carriertest

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
	"github.com/stretchr/testify/require"
)

// RegistrarConfig describes a registrar.
type RegistrarConfig struct {
	Network   string // udp (the default), tcp or tls
	TLS       *tls.Config
	Users     map[string]string // password by user
	Algorithm string            // "MD5" (the default) or "SHA-256"
	Stale     int               // so many right answers get a fresh nonce with stale=true first
}

// Registrar takes registrations with digest (401) and challenges calls (407); a call with right credentials is refused with
// 486, which is enough to see that they were right. It also keeps what was registered.
type Registrar struct {
	algorithm string
	addr      string
	users     map[string]string // by user

	mu       sync.Mutex
	stale    int
	nonce    string
	contacts map[string]string // URI by user
	expires  map[string]string
	changed  chan struct{}
}

// NewRegistrar starts one on loopback.
func NewRegistrar(t *testing.T, cfg RegistrarConfig) *Registrar {
	t.Helper()
	if cfg.Network == "" {
		cfg.Network = "udp"
	}
	if cfg.Algorithm == "" {
		cfg.Algorithm = "MD5"
	}
	r := &Registrar{
		algorithm: cfg.Algorithm, stale: cfg.Stale, users: cfg.Users, contacts: map[string]string{}, expires: map[string]string{},
		nonce: random(), changed: make(chan struct{}, 100),
	}
	quiet := slog.New(slog.DiscardHandler)
	ua, err := sipgo.NewUA(
		sipgo.WithUserAgentTransactionLayerOptions(sip.WithTransactionLayerLogger(quiet)),
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(quiet)))
	require.NoError(t, err)
	server, err := sipgo.NewServer(ua, sipgo.WithServerLogger(quiet))
	require.NoError(t, err)
	server.OnRegister(r.register)
	server.OnInvite(r.invite)
	server.OnOptions(func(req *sip.Request, tx sip.ServerTransaction) {
		_ = tx.Respond(sip.NewResponseFromRequest(req, 200, "OK", nil))
	})
	server.OnAck(func(*sip.Request, sip.ServerTransaction) {})
	done := make(chan struct{})
	var stop func() error
	switch cfg.Network {
	case "udp":
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		require.NoError(t, err)
		r.addr, stop = c.LocalAddr().String(), c.Close
		go func() { defer close(done); _ = server.ServeUDP(c) }()
	default:
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		r.addr, stop = l.Addr().String(), l.Close
		go func() {
			defer close(done)
			if cfg.Network == "tls" {
				_ = server.ServeTLS(tls.NewListener(l, cfg.TLS))
			} else {
				_ = server.ServeTCP(l)
			}
		}()
	}
	t.Cleanup(func() {
		_ = stop()
		_ = ua.Close()
		<-done
	})
	return r
}

func random() string {
	var b [12]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// Addr is host:port of the registrar.
func (r *Registrar) Addr() string { return r.addr }

// Contact gives the URI that a user is registered with, "" when not.
func (r *Registrar) Contact(user string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.contacts[user]
}

// WaitContact waits until a user is registered.
func (r *Registrar) WaitContact(t *testing.T, user string, within time.Duration) string {
	t.Helper()
	deadline := time.After(within)
	for {
		if c := r.Contact(user); c != "" {
			return c
		}
		select {
		case <-r.changed:
		case <-deadline:
			require.FailNow(t, "nobody registered", "user %s within %s", user, within)
		}
	}
}

// allowed checks the credentials, and answers with a challenge when they are missing or wrong.
func (r *Registrar) allowed(req *sip.Request, tx sip.ServerTransaction, status int, ask, reply string) (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	stale := false
	if h := req.GetHeader(reply); h != nil {
		c, err := digest.ParseCredentials(h.Value())
		if err == nil && c.Nonce == r.nonce && c.URI == req.Recipient.String() {
			want, err := digest.Digest(r.challenge(false), digest.Options{
				Method: string(req.Method), URI: c.URI, Username: c.Username, Password: r.users[c.Username], Count: c.Nc, Cnonce: c.Cnonce,
			})
			right := err == nil && r.users[c.Username] != "" && want.Response == c.Response
			if right && r.stale == 0 {
				return c.Username, true
			}
			stale = right
			if right {
				r.stale--
				r.nonce = random()
			}
		}
	}
	res := sip.NewResponseFromRequest(req, status, "Unauthorized", nil)
	text := r.challenge(stale).String()
	if stale && !strings.Contains(text, "stale") {
		text += ", stale=true"
	}
	res.AppendHeader(sip.NewHeader(ask, text))
	_ = tx.Respond(res)
	return "", false
}

func (r *Registrar) challenge(stale bool) *digest.Challenge {
	return &digest.Challenge{Realm: "test", Nonce: r.nonce, Algorithm: r.algorithm, QOP: []string{"auth"}, Stale: stale}
}

func (r *Registrar) register(req *sip.Request, tx sip.ServerTransaction) {
	user, ok := r.allowed(req, tx, 401, "WWW-Authenticate", "Authorization")
	if !ok {
		return
	}
	res := sip.NewResponseFromRequest(req, 200, "OK", nil)
	expires := "60"
	if h := req.GetHeader("Expires"); h != nil {
		expires = h.Value()
	}
	contact := req.Contact()
	if contact != nil {
		if v, ok := contact.Params.Get("expires"); ok {
			expires = v
		}
	}
	r.mu.Lock()
	if expires == "0" || contact == nil {
		delete(r.contacts, user)
	} else {
		r.contacts[user] = contact.Address.String()
		res.AppendHeader(sip.NewHeader("Contact", "<"+contact.Address.String()+">;expires="+expires))
	}
	r.expires[user] = expires
	r.mu.Unlock()
	_ = tx.Respond(res)
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

func (r *Registrar) invite(req *sip.Request, tx sip.ServerTransaction) {
	if _, ok := r.allowed(req, tx, 407, "Proxy-Authenticate", "Proxy-Authorization"); !ok {
		return
	}
	_ = tx.Respond(sip.NewResponseFromRequest(req, 486, "Busy Here", nil))
}
