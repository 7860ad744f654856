package carrier

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"strings"
	"time"

	icholy "github.com/icholy/digest"
	"golang.org/x/sys/unix"
)

// registerWait bounds how long one answer to a REGISTER may take.
const registerWait = 3 * time.Second

// register makes the answering side known at the engine as a phone, so that a number that rings this phone leads to it.
func (a *loadAnswers) register(ctx context.Context, user, password string) error {
	var authorization string
	for attempt := 1; attempt <= 2; attempt++ {
		status, header, err := a.sendRegister(ctx, user, attempt, authorization)
		if err != nil {
			return fmt.Errorf("register the answering side as %s: %w", user, err)
		}
		switch {
		case status == 200:
			return nil
		case status != 401 || attempt == 2:
			return fmt.Errorf("register the answering side as %s: the engine answered %d", user, status)
		}
		challenge, err := icholy.ParseChallenge(header.Get("WWW-Authenticate"))
		if err != nil {
			return fmt.Errorf("read the challenge for %s: %w", user, err)
		}
		credentials, err := icholy.Digest(challenge, icholy.Options{
			Method: "REGISTER", URI: a.registerURI(), Username: user, Password: password, Count: 1,
		})
		if err != nil {
			return fmt.Errorf("answer the challenge for %s: %w", user, err)
		}
		authorization = "Authorization: " + credentials.String() + "\r\n"
	}
	return nil
}

func (a *loadAnswers) registerURI() string { return "sip:" + a.l.cfg.Target.Addr().String() }

// sendRegister sends once a half second until the final answer with this CSeq comes.
func (a *loadAnswers) sendRegister(ctx context.Context, user string, cseq int, authorization string) (int, textproto.MIMEHeader, error) {
	aor := fmt.Sprintf("<sip:%s@%s>", user, a.l.cfg.Target.Addr())
	request := fmt.Appendf(nil, "REGISTER %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-reg-%s-%s-%d;rport\r\nMax-Forwards: 70\r\n"+
		"From: %s;tag=%s\r\nTo: %s\r\nCall-ID: reg-%s-%s\r\nCSeq: %d REGISTER\r\nContact: <sip:%s@%s>\r\nExpires: 3600\r\n%sContent-Length: 0\r\n\r\n",
		a.registerURI(), a.local, a.l.run0, user, cseq, aor, a.l.run0, aor, a.l.run0, user, cseq, user, a.local, authorization)
	to := &unix.SockaddrInet4{Port: int(a.l.cfg.Target.Port()), Addr: a.l.cfg.Target.Addr().As4()}
	want := fmt.Appendf(nil, "\nCSeq: %d REGISTER", cseq)
	until := realtime() + int64(registerWait)
	for again := int64(0); realtime() < until && ctx.Err() == nil; {
		if now := realtime(); now >= again {
			if err := unix.Sendto(a.fd, request, 0, to); err != nil {
				return 0, nil, fmt.Errorf("send: %w", err)
			}
			again = now + int64(loadT1)
		}
		n, err := a.l.in.receive(a.fd)
		if err != nil {
			return 0, nil, fmt.Errorf("read: %w", err)
		}
		for i := range n {
			data := a.l.in.packet(i)
			var m loadMessage
			if m.read(data) && m.status >= 200 && bytes.Contains(data, want) {
				_, rest, _ := strings.Cut(string(data), "\n")
				header, err := textproto.NewReader(bufio.NewReader(strings.NewReader(rest))).ReadMIMEHeader()
				return m.status, header, err
			}
		}
		if n == 0 {
			nap(loadTick)
		}
	}
	return 0, nil, errors.Join(errors.New("no answer"), ctx.Err())
}
