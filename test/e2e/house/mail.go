package house

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"
)

// MailServer is a real SMTP server on loopback that keeps what it gets.
type MailServer struct {
	t       testing.TB
	address string

	mu  sync.Mutex
	got map[string]int // by Message-ID
}

// NewMailServer starts one for the test.
func NewMailServer(t testing.TB) *MailServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	m := &MailServer{t: t, address: l.Addr().String(), got: map[string]int{}}
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailSession{m}, nil }))
	s.Domain = "localhost"
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		if err := <-done; err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Errorf("mail server: %v", err)
		}
	})
	return m
}

// Args are the options of Yingda that hand mail to this server.
func (m *MailServer) Args() []string {
	host, port, err := net.SplitHostPort(m.address)
	require.NoError(m.t, err)
	return []string{"--smtp-host", host, "--smtp-port", port, "--smtp-security", "none", "--smtp-from", "service@example.net"}
}

// RequireEachOnce fails unless every message came, and none twice.
func (m *MailServer) RequireEachOnce(ids map[string]bool) {
	m.t.Helper()
	m.RequireEach(ids, 1)
}

// RequireEach fails unless every message came, and none more often than most: a mail whose hand-over was
// cut off is repeated under the same Message-ID.
func (m *MailServer) RequireEach(ids map[string]bool, most int) {
	m.t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for id := range ids {
		n := 0
		for messageID, times := range m.got {
			if strings.Contains(messageID, id) {
				n += times
			}
		}
		require.Positive(m.t, n, "message %s did not come", id)
		require.LessOrEqual(m.t, n, most, "deliveries of message %s", id)
	}
}

type mailSession struct{ m *MailServer }

func (s *mailSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *mailSession) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (s *mailSession) Reset()                               {}
func (s *mailSession) Logout() error                        { return nil }

func (s *mailSession) Data(r io.Reader) error {
	scanner := bufio.NewScanner(r)
	for scanner.Scan() {
		if name, value, ok := strings.Cut(scanner.Text(), ":"); ok && strings.EqualFold(name, "Message-ID") {
			s.m.mu.Lock()
			s.m.got[strings.TrimSpace(value)]++
			s.m.mu.Unlock()
		}
	}
	return scanner.Err()
}
