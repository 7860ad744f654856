package notify_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/notify"
	"yingda/internal/platform/secret"
)

func TestMailArrivesAsWritten(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options  serverOptions
		security notify.Security
		sign     bool
	}{
		"plain":                 {serverOptions{}, notify.NoTLS, false},
		"starttls":              {serverOptions{startTLS: true}, notify.StartTLS, false},
		"tls":                   {serverOptions{tls: true}, notify.TLS, false},
		"starttls with sign-in": {serverOptions{startTLS: true, password: "geheim"}, notify.StartTLS, true},
		"tls with sign-in":      {serverOptions{tls: true, password: "geheim"}, notify.TLS, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := startMailServer(t, c.options)
			cfg := server.config(c.security)
			if c.sign {
				cfg.User, cfg.Password = "yingda", secret.Hide("geheim")
			}
			b := setup(t, cfg, nil)
			m := mailTo("li@example.com")
			m.Subject = "您的十一月账单：共 128.50 元 — " + strings.Repeat("详情", 40)
			m.Body = "尊敬的客户：\n\n.一行以点开头\n" + strings.Repeat("账单明细 ", 300) + "\n结束"
			id := b.send(t, m)
			require.NoError(t, b.Process(t.Context(), id))
			i := b.item(t, id)
			require.Equal(t, notify.Sent, i.State, i.Error)
			require.Equal(t, b.clock.Now(), *i.SentAt)
			require.Equal(t, 1, i.Attempts)

			mails := server.mails()
			require.Len(t, mails, 1)
			require.Equal(t, "service@yingda.test", mails[0].from)
			require.Equal(t, "li@example.com", mails[0].to)
			requireMail(t, mails[0].text, m.Subject, m.Body, "<"+id.String()+"@yingda.test>")
			require.Contains(t, b.events(t)[0], "notify.message_sent")
			require.Contains(t, b.events(t)[0], id.String())
		})
	}
}

// requireMail reads a mail as a mail program does.
func requireMail(t testing.TB, raw, subject, body, messageID string) {
	t.Helper()
	for line := range strings.SplitSeq(raw, "\r\n") {
		require.LessOrEqual(t, len(line), 998, "RFC 5322, section 2.1.1")
	}
	m, err := mail.ReadMessage(strings.NewReader(raw))
	require.NoError(t, err)
	words := &mime.WordDecoder{}
	got, err := words.DecodeHeader(m.Header.Get("Subject"))
	require.NoError(t, err)
	require.Equal(t, subject, got)
	require.Equal(t, messageID, m.Header.Get("Message-ID"))
	from, err := m.Header.AddressList("From")
	require.NoError(t, err)
	require.Equal(t, "应答客服", from[0].Name)
	_, err = m.Header.Date()
	require.NoError(t, err)
	require.Equal(t, "auto-generated", m.Header.Get("Auto-Submitted"))
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "text/plain", kind)
	require.Equal(t, "utf-8", strings.ToLower(params["charset"]))
	var r io.Reader = m.Body
	switch m.Header.Get("Content-Transfer-Encoding") {
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	}
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, body, strings.TrimSuffix(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n"))
}

func TestABusyMailServerIsTriedAgain(t *testing.T) {
	t.Parallel()
	server := startMailServer(t, serverOptions{})
	tries := 0
	server.set(func(string) error {
		if tries++; tries <= 2 {
			return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted, come back"}
		}
		return nil
	}, nil)
	b := setup(t, server.config(notify.NoTLS), nil)
	id := b.send(t, mailTo("li@example.com"))
	first := b.tryAgainLater(t, id)
	i := b.item(t, id)
	require.Equal(t, notify.Queued, i.State)
	require.Equal(t, "notify.busy", i.ErrorCode)
	require.Contains(t, i.Error, "greylisted")
	require.Greater(t, b.tryAgainLater(t, id), first)
	require.NoError(t, b.Process(t.Context(), id))
	i = b.item(t, id)
	require.Equal(t, notify.Sent, i.State)
	require.Equal(t, 3, i.Attempts)
	require.Empty(t, i.ErrorCode)
	require.Len(t, server.mails(), 1)
	require.Len(t, b.events(t), 1, "only the end is told")
}

func TestARefusedMailFailsForGoodWithTheServersWords(t *testing.T) {
	t.Parallel()
	server := startMailServer(t, serverOptions{})
	server.set(func(to string) error {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no mailbox <" + strings.ToUpper(to) + "> here, 用户不存在"}
	}, nil)
	b := setup(t, server.config(notify.NoTLS), nil)
	id := b.send(t, mailTo("zhang.san@example.com"))
	require.NoError(t, b.Process(t.Context(), id))
	i := b.item(t, id)
	require.Equal(t, notify.Failed, i.State)
	require.Equal(t, "notify.refused", i.ErrorCode)
	require.Equal(t, "550 5.1.1 no mailbox <***> here, 用户不存在", i.Error)
	require.Contains(t, b.events(t)[0], "notify.message_failed")
	require.Empty(t, server.mails())
	require.NoError(t, b.Process(t.Context(), id), "nothing more to do")
}

func TestAMailThatIsTooOldIsGivenUp(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := l.Addr().(*net.TCPAddr).Port
	require.NoError(t, l.Close())
	b := setup(t, &notify.EmailConfig{Host: "127.0.0.1", Port: port, Security: notify.NoTLS, From: "a@yingda.test"}, nil)
	id := b.send(t, mailTo("li@example.com"))
	begin := b.clock.Now()
	attempts := 0
	for b.item(t, id).State == notify.Queued {
		attempts++
		if err := b.Process(t.Context(), id); err != nil {
			b.clock.Advance(snoozed(t, err))
		}
		if attempts == 4 {
			found := b.Health().Check(t.Context())
			require.Equal(t, "notify.email_down", found[len(found)-1].Warning.Code)
		}
	}
	i := b.item(t, id)
	require.Equal(t, notify.Failed, i.State)
	require.Equal(t, "notify.unreachable", i.ErrorCode)
	require.Equal(t, attempts, i.Attempts)
	require.InDelta(t, 24, b.clock.Now().Sub(begin).Hours(), 1.1)
	require.Less(t, attempts, 40)
}

func TestWithoutProtectionNothingIsSent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options serverOptions
		change  func(*notify.EmailConfig)
		code    string
	}{
		"no STARTTLS offered":     {serverOptions{}, func(c *notify.EmailConfig) { c.Security = notify.StartTLS }, "notify.insecure"},
		"certificate not trusted": {serverOptions{startTLS: true}, func(c *notify.EmailConfig) { c.Security, c.RootCAs = notify.StartTLS, nil }, "notify.insecure"},
		"no TLS behind the port":  {serverOptions{}, func(c *notify.EmailConfig) { c.Security = notify.TLS }, "notify.insecure"},
		"password over plain":     {serverOptions{password: "x"}, func(c *notify.EmailConfig) { c.User, c.Password = "yingda", secret.Hide("x") }, "notify.sign_in_refused"},
		"wrong password": {serverOptions{startTLS: true, password: "x"}, func(c *notify.EmailConfig) {
			c.Security, c.User, c.Password = notify.StartTLS, "yingda", secret.Hide("y")
		}, "notify.sign_in_refused"},
		"sign-in wanted, none made": {serverOptions{startTLS: true, password: "x"}, func(c *notify.EmailConfig) { c.Security = notify.StartTLS }, "notify.refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := startMailServer(t, c.options)
			cfg := server.config(notify.NoTLS)
			cfg.Timeout = 5 * time.Second
			c.change(cfg)
			b := setup(t, cfg, nil)
			id := b.send(t, mailTo("li@example.com"))
			if err := b.Process(t.Context(), id); err != nil {
				snoozed(t, err)
			}
			require.Equal(t, c.code, b.item(t, id).ErrorCode, b.item(t, id).Error)
			require.Empty(t, server.mails())
		})
	}
}

func TestASilentMailServerIsLeftInTime(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0") // the kernel accepts; nobody ever greets
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	cfg := &notify.EmailConfig{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Security: notify.NoTLS, From: "a@yingda.test", Timeout: 100 * time.Millisecond}
	b := setup(t, cfg, nil)
	id := b.send(t, mailTo("li@example.com"))
	b.tryAgainLater(t, id)
	require.Equal(t, "notify.timeout", b.item(t, id).ErrorCode)
}

func TestMailServerSettingsAreAllCheckedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := notify.New(notify.Config{Email: &notify.EmailConfig{Host: "a b", Port: 70000, Security: "maybe", From: "x", FromName: "a\nb", User: "u"}})
	f, ok := fault.As(err)
	require.True(t, ok)
	require.Len(t, f.Fields, 6)
}

func FuzzMailCannotBeInjected(f *testing.F) {
	f.Add("subject", "body", "a@example.com")
	f.Add("s\r\nBcc: x@example.com", "b\r\n.\r\nMAIL FROM:<x>", "a@example.com\r\nDATA")
	f.Add("=?utf-8?q?=0d=0aBcc:_x?=", "\r\n.\r\n", "\"a b\"@example.com")
	server := startMailServer(f, serverOptions{})
	b := setup(f, server.config(notify.NoTLS), nil)
	f.Fuzz(func(t *testing.T, subject, body, to string) {
		m := mailTo(to)
		m.Subject, m.Body = subject, body
		id, err := b.Send(t.Context(), nil, m)
		if err != nil {
			require.Equal(t, fault.Invalid, fault.KindOf(err))
			return
		}
		before := len(server.mails())
		require.NoError(t, b.Process(t.Context(), id))
		mails := server.mails()
		require.Len(t, mails, before+1, "one message is one mail")
		got := mails[before]
		address, ok := notify.ParseEmail(to)
		require.True(t, ok)
		require.Equal(t, address, got.to)
		parsed, err := mail.ReadMessage(strings.NewReader(got.text))
		require.NoError(t, err)
		for name := range parsed.Header {
			require.Contains(t, []string{"From", "To", "Subject", "Date", "Message-Id", "Mime-Version", "Content-Type", "Content-Transfer-Encoding", "Auto-Submitted"}, name, fmt.Sprintf("%q", headersOf(got.text)))
		}
	})
}
