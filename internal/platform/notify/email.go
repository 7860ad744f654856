package notify

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/secret"
)

// Security is how the connection to the mail server is protected.
type Security string

// The kinds of security.
const (
	StartTLS Security = "starttls" // RFC 3207; without it nothing is sent
	TLS      Security = "tls"      // from the first byte, RFC 8314
	NoTLS    Security = "none"     // only inside one machine or a closed network
)

// EmailConfig says where mail is handed over.
type EmailConfig struct {
	Host     string
	Port     int      // default 587
	Security Security // default StartTLS
	User     string   // empty: no sign-in
	Password secret.String
	From     string         // the sender, also of bounces
	FromName string         // shown beside it
	Timeout  time.Duration  // of the whole exchange; default 30 s
	RootCAs  *x509.CertPool // nil: the system's
}

// Validate reports everything that is wrong.
func (c EmailConfig) Validate() error {
	var f fault.Fields
	f.Check(c.Host != "" && clean(c.Host, "") && !strings.ContainsAny(c.Host, " /:@"), "smtp.host", "host", "is not a host name or an address")
	f.Check(c.Port >= 0 && c.Port < 1<<16, "smtp.port", "port", "is not a port")
	f.Check(slices.Contains([]Security{"", StartTLS, TLS, NoTLS}, c.Security), "smtp.security", "one_of", "is not starttls, tls or none")
	_, ok := ParseEmail(c.From)
	f.Check(ok, "smtp.from", "address", "is not an e-mail address")
	f.Check(clean(c.FromName, ""), "smtp.from_name", "bad_characters", "has control characters")
	f.Check(c.User == "" || !c.Password.IsZero(), "smtp.password", "required", "is missing although a user is named")
	return f.Err("notify.bad_smtp_config", "the settings of the mail server are not usable")
}

// mailer hands mail to one server, one connection a message.
type mailer struct {
	cfg    EmailConfig
	from   string
	domain string // of the sender, for message ids and the greeting
}

func newMailer(cfg EmailConfig) (*mailer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.Port = cmp.Or(cfg.Port, 587)
	cfg.Security = cmp.Or(cfg.Security, StartTLS)
	cfg.Timeout = cmp.Or(cfg.Timeout, 30*time.Second)
	from, _ := ParseEmail(cfg.From) // validated above
	_, domain, _ := strings.Cut(from, "@")
	return &mailer{cfg: cfg, from: from, domain: domain}, nil
}

func (m *mailer) send(ctx context.Context, l letter) outcome {
	text, err := m.compose(l)
	if err != nil {
		return outcome{result: permanent, code: codeRefused, words: "the mail cannot be written: " + err.Error()}
	}
	ctx, cancel := context.WithTimeout(ctx, m.cfg.Timeout)
	defer cancel()
	answer, err := m.exchange(ctx, l.to, text)
	if err == nil {
		return outcome{result: delivered, reference: answer}
	}
	if ctx.Err() != nil {
		return outcome{result: temporary, code: codeTimeout, words: "the mail server did not answer in time"}
	}
	return explain(err)
}

// compose writes the mail (RFC 5322). Its Message-ID comes from the message's id, so every attempt carries the same.
func (m *mailer) compose(l letter) ([]byte, error) {
	encoding := mail.EncodingQP
	if len(l.body) > 0 && nonASCII(l.body) > len(l.body)/4 {
		encoding = mail.EncodingB64 // Chinese is shorter so
	}
	msg := mail.NewMsg(mail.WithCharset(mail.CharsetUTF8), mail.WithEncoding(encoding), mail.WithNoDefaultUserAgent())
	if err := msg.FromFormat(m.cfg.FromName, m.from); err != nil {
		return nil, err
	}
	if err := msg.To(l.to); err != nil {
		return nil, err
	}
	msg.Subject(l.subject)
	msg.SetMessageIDWithValue(l.id.String() + "@" + m.domain)
	msg.SetDateWithValue(l.created)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office replies
	msg.SetBodyString(mail.TypeTextPlain, l.body)
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func nonASCII(s string) (n int) {
	for i := range len(s) {
		if s[i] >= 0x80 {
			n++
		}
	}
	return n
}

// stage is how far an exchange came, for its errors.
type stage string

const (
	stageConnect stage = "connect"
	stageTLS     stage = "tls"
	stageSignIn  stage = "sign_in"
	stageMail    stage = "mail"
)

type stageError struct {
	stage stage
	cause error
}

func (e *stageError) Error() string { return string(e.stage) + ": " + e.cause.Error() }
func (e *stageError) Unwrap() error { return e.cause }

// exchange is one SMTP session (RFC 5321). It gives the server's last words.
func (m *mailer) exchange(ctx context.Context, to string, text []byte) (answer string, err error) {
	conn, err := m.dial(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	// The library knows no contexts: when ours ends the connection does too.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	c, err := smtp.NewClient(conn, m.cfg.Host)
	if err != nil {
		return "", &stageError{stageConnect, err}
	}
	if err := m.greet(c); err != nil {
		return "", err
	}
	c.SkipSMTPUTF8(true) // our addresses are ASCII
	if err := c.Mail(m.from); err != nil {
		return "", &stageError{stageMail, err}
	}
	if err := c.Rcpt(to); err != nil {
		return "", &stageError{stageMail, err}
	}
	w, err := c.Data()
	if err != nil {
		return "", &stageError{stageMail, err}
	}
	if _, err := io.Copy(w, bytes.NewReader(text)); err != nil {
		return "", &stageError{stageMail, err}
	}
	if err := w.Close(); err != nil {
		return "", &stageError{stageMail, err}
	}
	if d, ok := w.(*smtp.DataCloser); ok {
		answer = d.ServerResponse()
	}
	_ = c.Quit() // the mail is taken; how we part changes nothing
	return answer, nil
}

func (m *mailer) dial(ctx context.Context) (net.Conn, error) {
	address := net.JoinHostPort(m.cfg.Host, strconv.Itoa(m.cfg.Port))
	d := &net.Dialer{Timeout: 10 * time.Second}
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, &stageError{stageConnect, err}
	}
	if m.cfg.Security != TLS {
		return conn, nil
	}
	t := tls.Client(conn, m.tls())
	if err := t.HandshakeContext(ctx); err != nil {
		return nil, &stageError{stageTLS, errors.Join(err, conn.Close())}
	}
	return t, nil
}

func (m *mailer) tls() *tls.Config {
	return &tls.Config{ServerName: m.cfg.Host, RootCAs: m.cfg.RootCAs, MinVersion: tls.VersionTLS12}
}

// greet says hello, protects the connection and signs in.
func (m *mailer) greet(c *smtp.Client) error {
	if err := c.Hello(m.domain); err != nil {
		return &stageError{stageConnect, err}
	}
	if m.cfg.Security == StartTLS {
		if offered, _ := c.Extension("STARTTLS"); !offered {
			return &stageError{stageTLS, errors.New("the server does not offer STARTTLS")}
		}
		if err := c.StartTLS(m.tls()); err != nil {
			return &stageError{stageTLS, err}
		}
	}
	if m.cfg.User == "" {
		return nil
	}
	_, offered := c.Extension("AUTH")
	auth, err := m.chooseAuth(strings.Fields(offered))
	if err == nil {
		err = c.Auth(auth)
	}
	if err != nil {
		return &stageError{stageSignIn, err}
	}
	return nil
}

// chooseAuth takes the strongest mechanism that both know. Without TLS a password is sent only where it stays unreadable.
func (m *mailer) chooseAuth(offered []string) (smtp.Auth, error) {
	password := m.cfg.Password.Reveal()
	for _, mechanism := range []string{"SCRAM-SHA-256", "PLAIN", "LOGIN", "CRAM-MD5"} {
		if !slices.Contains(offered, mechanism) {
			continue
		}
		switch {
		case mechanism == "SCRAM-SHA-256":
			return smtp.ScramSHA256Auth(m.cfg.User, password), nil
		case mechanism == "CRAM-MD5":
			return smtp.CRAMMD5Auth(m.cfg.User, password), nil
		case m.cfg.Security == NoTLS:
		case mechanism == "PLAIN":
			return smtp.PlainAuth("", m.cfg.User, password, m.cfg.Host, false), nil
		case mechanism == "LOGIN":
			return smtp.LoginAuth(m.cfg.User, password, m.cfg.Host, false), nil
		}
	}
	return nil, fmt.Errorf("no usable mechanism among those offered: %s", strings.Join(offered, " "))
}

// explain sorts an error of the exchange. Nothing is lost by trying again later except time, so only what the server
// refuses for good (5xx about this mail, RFC 5321 section 4.2.1) is final.
func explain(err error) outcome {
	at := stageConnect
	if s, ok := errors.AsType[*stageError](err); ok {
		at = s.stage
		err = s.cause
	}
	words := err.Error()
	answer, answered := errors.AsType[*textproto.Error](err)
	if answered {
		words = fmt.Sprintf("%d %s", answer.Code, answer.Msg)
	}
	switch {
	case at == stageTLS:
		return outcome{result: temporary, code: codeInsecure, words: words}
	case at == stageSignIn:
		return outcome{result: temporary, code: codeSignIn, words: words}
	case answered && at == stageMail && answer.Code >= 500:
		return outcome{result: permanent, code: codeRefused, words: words}
	case answered:
		return outcome{result: temporary, code: codeBusy, words: words}
	}
	var slow net.Error
	if errors.As(err, &slow) && slow.Timeout() {
		return outcome{result: temporary, code: codeTimeout, words: "the mail server did not answer in time"}
	}
	return outcome{result: temporary, code: codeUnreachable, words: words}
}
