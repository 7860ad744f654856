package sip

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/clock/clocktest"
	"yingda/internal/voice/sip/trunk"
)

func request(method sip.RequestMethod, seq uint32) *sip.Request {
	req := sip.NewRequest(method, sip.Uri{Scheme: "sip", Host: "x"})
	req.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: method})
	return req
}

// Whatever order the messages come in, as long as all of them come in time they are handed out by CSeq;
// each is handed out once.
func TestInboxHandsOutInOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(1, 12).Draw(t, "count")
		var numbers []uint32
		for i := range count {
			numbers = append(numbers, uint32(i)+2)
		}
		order := rapid.Permutation(numbers).Draw(t, "order")
		var b inbox
		b.begin(1)
		now := clocktest.Epoch
		var got []uint32
		drain := func() {
			for {
				m, until, ok := b.next(now)
				if !ok {
					require.Equal(t, len(b.waiting) > 0, !until.IsZero())
					return
				}
				require.False(t, m.late)
				got = append(got, m.cseq)
			}
		}
		for _, n := range order {
			work, full := b.add(message{req: request(sip.INFO, n), cseq: n})
			require.True(t, work)
			require.False(t, full)
			drain()
		}
		require.Equal(t, numbers, got)
		require.False(t, b.resume())
	})
}

// A number that never comes delays those behind it by reorderWait, not for ever.
func TestInboxDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOfNDistinct(rapid.Uint32Range(2, 40), 1, 20, rapid.ID[uint32]).Draw(t, "numbers")
		var b inbox
		b.begin(1)
		b.expectAck(1)
		now := clocktest.Epoch
		for _, n := range numbers {
			b.add(message{req: request(sip.INFO, n), cseq: n})
		}
		var got []uint32
		for range 2*len(numbers) + 1 {
			m, until, ok := b.next(now)
			if ok {
				got = append(got, m.cseq)
				continue
			}
			if until.IsZero() {
				break
			}
			require.LessOrEqual(t, until.Sub(now), reorderWait)
			now = until
			b.resume()
		}
		slices.Sort(numbers)
		require.Equal(t, numbers, got)
	})
}

func TestInboxBounds(t *testing.T) {
	t.Parallel()
	var b inbox
	b.begin(1)
	for i := range maxWaiting {
		_, full := b.add(message{req: request(sip.INFO, 100), cseq: uint32(100 + i)})
		require.False(t, full)
	}
	_, full := b.add(message{req: request(sip.INFO, 200), cseq: 200})
	require.True(t, full)
}

func TestWheelFiresInOrderAndForgets(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := clocktest.New()
		w := newWheel(c)
		var fired []int
		count := rapid.IntRange(1, 30).Draw(t, "count")
		list := make([]deadline, count)
		want := map[int]time.Duration{}
		for i := range list {
			list[i].fire = func(time.Time) { fired = append(fired, i) }
		}
		for range rapid.IntRange(1, 90).Draw(t, "steps") {
			i := rapid.IntRange(0, count-1).Draw(t, "which")
			if rapid.Bool().Draw(t, "remove") {
				w.set(&list[i], time.Time{})
				delete(want, i)
				continue
			}
			d := time.Duration(rapid.IntRange(1, 50).Draw(t, "after")) * time.Second
			w.set(&list[i], c.Now().Add(d))
			want[i] = d
		}
		c.Advance(25 * time.Second)
		left := w.fireDue()
		require.Positive(t, left)
		var due []int
		for i, d := range want {
			if d <= 25*time.Second {
				due = append(due, i)
			}
		}
		require.ElementsMatch(t, due, fired)
		require.True(t, slices.IsSortedFunc(fired, func(a, b int) int { return int(want[a] - want[b]) }))
		require.Len(t, w.heap, len(want)-len(due))
	})
}

func TestTableRemembersWhatEnded(t *testing.T) {
	t.Parallel()
	tb := newTable()
	l := &Leg{localTag: tb.tag(), origin: 77}
	other, buried := tb.put(l)
	require.Nil(t, other)
	require.False(t, buried)
	require.Same(t, l, tb.get(l.localTag))
	again, _ := tb.put(&Leg{localTag: tb.tag(), origin: 77})
	require.Same(t, l, again)
	now := clocktest.Epoch
	tb.bury(l, now)
	require.Nil(t, tb.get(l.localTag))
	require.True(t, tb.gone(l.localTag))
	_, buried = tb.put(&Leg{localTag: tb.tag(), origin: 77})
	require.True(t, buried)
	for i := range 2 * shards * 64 { // others end; a minute later the first is forgotten
		tb.bury(&Leg{localTag: tb.tag(), origin: uint64(i)*131 + 1}, now.Add(time.Duration(1+i%2)*(graveTime+time.Second)))
	}
	require.False(t, tb.gone(l.localTag))
	require.Empty(t, tb.all())
}

func TestOursAreOursAlone(t *testing.T) {
	t.Parallel()
	a, b := newTable(), newTable()
	for range 200 {
		tag := a.tag()
		require.True(t, a.ours(tag))
		require.False(t, b.ours(tag))
	}
	for _, s := range []string{"", "zz", "00", strings.Repeat("0", 24), strings.Repeat("a", 26)} {
		require.False(t, a.ours(s), s)
	}
}

func TestGroupWaits(t *testing.T) {
	t.Parallel()
	var g group
	require.NoError(t, g.wait(t.Context()))
	var n atomic.Int32
	for range 50 {
		g.Go(func() {
			g.Go(func() { n.Add(1) })
		})
	}
	require.NoError(t, g.wait(t.Context()))
	require.EqualValues(t, 50, n.Load())
}

func TestEscapesUserParts(t *testing.T) {
	t.Parallel()
	require.Equal(t, "+86*1%23", userPart("+86*1#"))
	require.Equal(t, "a%0D%0Ab%40c", userPart("a\r\nb@c"))
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringN(1, 60, 100).Draw(t, "s")
		var u sip.Uri
		require.NoError(t, sip.ParseUri("sip:"+userPart(s)+"@x", &u))
		require.Equal(t, s, number(&u))
	})
}

func TestReadsWhereAURIPointsTo(t *testing.T) {
	t.Parallel()
	a := New(Config{Clock: clock.System()})
	t.Cleanup(func() { require.NoError(t, a.Stop(context.Background())) })
	u := sip.Uri{Host: "2001:db8::1"}
	require.Equal(t, "[2001:db8::1]:5060", hostPort(&u, "UDP"))
	require.Empty(t, hostPort(&sip.Uri{Host: "carrier.example"}, "UDP"))
	require.Equal(t, "TLS", networkOf(&sip.Uri{Scheme: "sips"}, "UDP"))
	require.Equal(t, "TCP", networkOf(&sip.Uri{UriParams: sip.HeaderParams{{K: "transport", V: "tcp"}}}, "UDP"))
}

// What stands in headers and bodies comes from outside: no text may panic or leave the closed lists.
func FuzzHeaders(f *testing.F) {
	f.Add(`"a,b" <sip:1@x;cause=302?Replaces=a%3Bto-tag%3D1>;reason=user-busy;counter=2, <tel:+1>`)
	f.Add("abc@h;to-tag=1;from-tag=2;early-only")
	f.Add("1800;refresher=uac")
	f.Add("SIP/2.0 200 OK\r\n")
	f.Add("Signal=1\r\nDuration=160\r\n")
	f.Fuzz(func(t *testing.T, s string) {
		req := request(sip.INVITE, 1)
		for _, name := range []string{
			"P-Asserted-Identity", "Remote-Party-ID", "Privacy", "Diversion", "History-Info", "P-Called-Party-ID", "Refer-To", "Replaces",
			"Session-Expires", "Min-SE", "Supported", "Require", "Reason",
		} {
			req.AppendHeader(sip.NewHeader(name, s))
		}
		for _, trusted := range []string{"pai", "rpid", "from"} {
			require.LessOrEqual(t, len(caller(req, trusted).Number), 128)
		}
		require.LessOrEqual(t, len(called(req, trunk.Trunk{})), 128)
		for _, d := range diverted(req) {
			require.Contains(t, []string{"unconditional", "busy", "no_answer", "unavailable", "deflected", "out_of_service", "unknown"}, d.Reason)
			require.Positive(t, d.Count)
		}
		if tr, ok := referTo(req); ok && tr.Replaces != nil {
			require.NotEmpty(t, tr.Replaces.CallID)
		}
		if r, ok := replaces(s); ok {
			again, ok := replaces(r.String())
			require.True(t, ok)
			require.Equal(t, r, again)
		}
		unsupported(req)
		a := &Agent{cfg: Config{SessionExpires: time.Hour}}
		if timer, tooSmall := a.asked(req); tooSmall == 0 {
			require.GreaterOrEqual(t, timer.interval, minSession)
		}
		require.True(t, fragStatus([]byte(s)) <= 699)
		for _, kind := range []string{"application/dtmf", "application/dtmf-relay"} {
			if key, length, ok := infoDigit(kind, []byte(s)); ok {
				require.Contains(t, "0123456789*#ABCD", string(rune(key)))
				require.Positive(t, length)
			}
		}
		req.SetBody([]byte(s))
		_, _ = description(req)
	})
}
