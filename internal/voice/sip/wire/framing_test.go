package wire

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/platform/clock/clocktest"
)

// pipe is one end of a connection whose other end is a stream of ours.
func pipe(c *clocktest.Fake) (net.Conn, *stream) {
	w := New(Config{Clock: c, Guard: NewGuard(GuardConfig{Clock: c, Slots: 8, Stranger: Rate{1e6, 1e6}, Strangers: Rate{1e6, 1e6}})})
	theirs, ours := net.Pipe()
	s := &stream{Conn: ours, w: w, network: "tcp", remote: carrier, local: desk, text: newRemote("tcp", carrier)}
	return theirs, s
}

func TestFramingDoesNotDependOnHowBytesArrive(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := clocktest.New()
		var sent, want []byte
		for i := range rapid.IntRange(1, 6).Draw(t, "messages") {
			sent = append(sent, strings.Repeat("\r\n", rapid.IntRange(0, 1).Draw(t, "line ends"))...)
			body := rapid.StringN(0, 300, 600).Draw(t, "body")
			m := overTCP(fmt.Sprint(i))
			m = append(bytes.Replace(m, []byte("Content-Length: 0"), fmt.Appendf(nil, "l: %d", len(body)), 1), body...)
			h, wrong := inspect(m)
			if wrong != nil {
				t.Fatal(wrong)
			}
			sent, want = append(sent, m...), stamped(want, m, &h, c.Now())
		}
		theirs, ours := pipe(c)
		go func() {
			for rest := sent; len(rest) > 0; {
				n := min(len(rest), 1+len(rest)%97)
				if _, err := theirs.Write(rest[:n]); err != nil {
					return
				}
				rest = rest[n:]
			}
			_ = theirs.Close()
		}()
		size := rapid.SampledFrom([]int{1, 7, 100, 32768}).Draw(t, "buffer")
		var got []byte
		for b := make([]byte, size); ; {
			n, err := ours.Read(b)
			got = append(got, b[:n]...)
			if err != nil {
				break
			}
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("got %q\nwant %q", got, want)
		}
	})
}

// FuzzStream: whatever a connection sends, what reaches sipgo passes Check, and memory stays within one message.
func FuzzStream(f *testing.F) {
	f.Add(append(overTCP("1"), overTCP("2")...))
	f.Add([]byte("\r\n\r\n\r"))
	f.Add([]byte("OPTIONS sip:x SIP/2.0\r\nContent-Length: 5\r\n\r\nabc"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		theirs, ours := pipe(clocktest.New())
		go func() {
			_, _ = theirs.Write(sent)
			_ = theirs.Close()
		}()
		go func() { _, _ = io.Copy(io.Discard, theirs) }()
		b := make([]byte, 65536)
		for {
			n, err := ours.Read(b)
			if err != nil {
				break
			}
			if bad := Check(b[:n]); bad != nil && bad.(*BadMessage).Reason != HeaderTooLarge {
				t.Fatalf("%v: %q", bad, b[:n])
			}
			if cap(ours.in) > 2*(MaxMessage+MaxHead)+readSize {
				t.Fatalf("%d bytes held", cap(ours.in))
			}
		}
		_ = theirs.Close()
	})
}

func BenchmarkDatagram(b *testing.B) {
	c := clocktest.New()
	w := New(Config{Clock: c, Guard: NewGuard(GuardConfig{Clock: c, Classify: known, Trunk: Rate{1e9, 1e9}}), Trace: func(Message) {}})
	s := &socket{w: w, local: desk}
	packet := []byte(strings.Replace(string(request("INVITE")), "Content-Length: 0\r\n\r\n", "Content-Type: application/sdp\r\nContent-Length: 300\r\n\r\n"+strings.Repeat("v", 300), 1))
	require.NoError(b, Check(packet))
	out := make([]byte, 32768)
	b.ReportAllocs()
	for b.Loop() {
		if s.accept(out, packet, carrier) == 0 {
			b.Fatal("dropped")
		}
	}
}
