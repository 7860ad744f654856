package notify_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/httpclient"
	"yingda/internal/platform/notify"
	"yingda/internal/platform/secret"
)

// mailServer is a real SMTP server on loopback.
type mailServer struct {
	host string
	port int
	pool *x509.CertPool

	mu       sync.Mutex
	received []mailItem
	onRcpt   func(to string) error // nil: accepted
	onData   func() error          // called when the mail has arrived whole, before the answer
}

type mailItem struct{ from, to, text string }

type serverOptions struct {
	tls      bool // from the first byte
	startTLS bool
	password string // wanted from user "yingda"
}

func startMailServer(t testing.TB, o serverOptions) *mailServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().(*net.TCPAddr)
	m := &mailServer{host: "127.0.0.1", port: address.Port}
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{server: m, options: o}, nil }))
	s.Domain = "mail.test"
	s.ErrorLog = log.New(io.Discard, "", 0)
	if o.tls || o.startTLS {
		s.TLSConfig = m.certificate(t)
	}
	if o.tls {
		l = tls.NewListener(l, s.TLSConfig)
		s.TLSConfig = nil
	}
	var wg sync.WaitGroup
	wg.Go(func() { _ = s.Serve(l) })
	t.Cleanup(func() {
		_ = s.Close()
		wg.Wait()
	})
	return m
}

func (m *mailServer) certificate(t testing.TB) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	m.pool = x509.NewCertPool()
	m.pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
}

func (m *mailServer) config(s notify.Security) *notify.EmailConfig {
	return &notify.EmailConfig{Host: m.host, Port: m.port, Security: s, From: "service@yingda.test", FromName: "应答客服", RootCAs: m.pool, Timeout: 20 * time.Second}
}

func (m *mailServer) mails() []mailItem {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]mailItem(nil), m.received...)
}

func (m *mailServer) set(rcpt func(string) error, data func() error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.onRcpt, m.onData = rcpt, data
}

type session struct {
	server   *mailServer
	options  serverOptions
	from, to string
	signedIn bool
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

func (s *session) AuthMechanisms() []string {
	if s.options.password == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "yingda" || password != s.options.password {
			return smtp.ErrAuthFailed
		}
		s.signedIn = true
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.options.password != "" && !s.signedIn {
		return smtp.ErrAuthRequired
	}
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	s.server.mu.Lock()
	f := s.server.onRcpt
	s.server.mu.Unlock()
	if f != nil {
		return f(to)
	}
	return nil
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.server.mu.Lock()
	s.server.received = append(s.server.received, mailItem{s.from, s.to, string(text)})
	f := s.server.onData
	s.server.mu.Unlock()
	if f != nil {
		return f()
	}
	return nil
}

var errCut = errors.New("cut")

// smsServer is a real HTTP gateway on loopback.
type smsServer struct {
	url string

	mu       sync.Mutex
	requests []smsRequest
	answer   func(w http.ResponseWriter, n int) // n counts from 1
}

type smsRequest struct {
	method, query, body string
	header              http.Header
}

func startSMSServer(t testing.TB) *smsServer {
	t.Helper()
	s := &smsServer{}
	front := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		s.mu.Lock()
		s.requests = append(s.requests, smsRequest{r.Method, r.URL.RawQuery, string(body), r.Header})
		n, answer := len(s.requests), s.answer
		s.mu.Unlock()
		if answer != nil {
			answer(w, n)
		}
	}))
	front.Config.ErrorLog = log.New(io.Discard, "", 0)
	front.Start()
	t.Cleanup(front.Close)
	s.url = front.URL
	return s
}

func (s *smsServer) answerWith(f func(w http.ResponseWriter, n int)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = f
}

func (s *smsServer) seen() []smsRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]smsRequest(nil), s.requests...)
}

func (s *smsServer) config() *notify.SMSConfig {
	return &notify.SMSConfig{URL: s.url + "/send", Headers: "Authorization: Bearer {{.Token}}\n", Token: secret.Hide("geheim-token")}
}

func newHTTP(t testing.TB) *httpclient.Client {
	t.Helper()
	c := httpclient.New(httpclient.Config{
		Name: "sms", AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		Timeout: 10 * time.Second, Retry: httpclient.Retry{Attempts: 1}, Breaker: httpclient.Breaker{Failures: 1000},
	})
	t.Cleanup(c.Close)
	return c
}

func headersOf(mail string) string {
	head, _, _ := strings.Cut(mail, "\r\n\r\n")
	return head
}
