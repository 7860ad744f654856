package wire

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"
)

// The messages below are our own, one for each idea of RFC 4475 that a validator in front of the parser can judge;
// the section stands with each.
var torture = []struct {
	name   string
	reason Reason // "" passes
	text   string
}{
	{"3.1.1.1 folded, compact and oddly spaced headers", "", `
INVITE sip:vivek@east.example.net;unknownparam SIP/2.0
TO :
 sip:vivek@east.example.net ;   tag    = 1918181833n
from   : "J Ro \\\""       <sip:jro@example.net>
  ;
  tag = 98asjd8
MaX-fOrWaRdS: 0068
Call-ID: odd.0ha0isndaksdj@192.0.2.1
Content-Length   : 0
cseq: 0009
  INVITE
Via  : SIP  /   2.0
 /UDP
    192.0.2.2;branch=390skdjuw
s :
NewFangledHeader:   newfangled value
 continued newfangled value
v:  SIP  / 2.0  / TCP     east.example.net   ;
  branch  =   z9hG4bK9ikj8
m:"Quoted string \"\"" <sip:jro@example.net> ; newparam =
      newvalue

`},
	{"3.1.1.2 every character of a method", "", `
!interesting-Method0123456789_*+` + "`" + `.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1@example.com SIP/2.0
Via: SIP/2.0/UDP host1.example.com;branch=z9hG4bK-.!%66*_+` + "`" + `'~
To: "BEL:\x07 NUL:\x00" <sip:1_unusual.URI~(to-be!sure)@example.com>
From: token1~` + "`" + ` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%="x";tag=_token~1'+` + "`" + `*%!-.
Call-ID: intmeth.word%ZK-!.*_+'@word` + "`" + `~)(><:\/"][?}{
CSeq: 139122385 !interesting-Method0123456789_*+` + "`" + `.%indeed'~
Max-Forwards: 255
Content-Length: 0

`},
	{"3.1.1.5 an escaped null in a URI", "", `
REGISTER sip:example.com SIP/2.0
To: sip:null-%00-null@example.com
From: sip:null-%00-null@example.com;tag=839923423
Max-Forwards: 70
Call-ID: escnull.39203ndfvkjdasfkq3w4otrq0adsfdfnavd
CSeq: 14398234 REGISTER
Via: SIP/2.0/UDP host5.example.com;branch=z9hG4bKkdjuw
Contact: <sip:%00@host5.example.com>
Content-Length: 0

`},
	{"3.1.1.8 octets behind the body", "", `
REGISTER sip:example.com SIP/2.0
To: sip:j@example.com
From: sip:j@example.com;tag=43251j3j324
Max-Forwards: 8
I: dblreq.0ha0isndaksdj99sdfafnl3lk233412
CSeq: 8 REGISTER
Via: SIP/2.0/UDP 192.0.2.125;branch=z9hG4bKkdjuw23492
L: 0

INVITE sip:joe@example.com SIP/2.0
`},
	{"3.1.1.13 an empty reason phrase", "", "\nSIP/2.0 100 \nVia: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe\n" +
		"Call-ID: noreason.asndj203insdf99223ndf\nCSeq: 35 INVITE\nFrom: <sip:u@example.com>;tag=39ansfi3\nTo: <sip:u@example.edu>;tag=902jndnke3\nContent-Length: 0\n\n"},
	{"3.1.2.2 Content-Length beyond the message", BadLength, strings.Replace(options, "Content-Length: 0", "Content-Length: 9999", 1)},
	{"3.1.2.3 a negative Content-Length", BadLength, strings.Replace(options, "Content-Length: 0", "Content-Length: -999", 1)},
	{"3.1.2.4 numbers too large in a request", BadCSeq, strings.Replace(options, "CSeq: 7", "CSeq: 36893488147419103232", 1)},
	{"3.1.2.4 CSeq just too large", BadCSeq, strings.Replace(options, "CSeq: 7", "CSeq: 2147483648", 1)},
	{"3.1.2.5 numbers too large in a response", BadCSeq, "\nSIP/2.0 503 Service Unavailable\nVia: SIP/2.0/TCP h129.example.com;branch=z9hG4bKzzxdiwo34sw\n" +
		"To: <sip:user@example.com>\nFrom: <sip:other@example.net>;tag=2easdjfejw\nCSeq: 9292394834772304023312 OPTIONS\nCall-ID: scalarlg.noase0of\nContent-Length: 0\n\n"},
	{"3.1.2.7 brackets around the request URI", BadURI, strings.Replace(options, "sip:bob@example.org SIP", "<sip:bob@example.org> SIP", 1)},
	{"a star in place of the request URI", BadURI, strings.Replace(options, "sip:bob@example.org SIP", "* SIP", 1)},
	{"3.1.2.8 white space in the request URI", NotSIP, strings.Replace(options, "sip:bob@example.org SIP", "sip:bob@example.org; lr SIP", 1)},
	{"3.1.2.9 two spaces in the request line", NotSIP, strings.Replace(options, "OPTIONS sip", "OPTIONS  sip", 1)},
	{"3.1.2.10 a space behind the request line", NotSIP, strings.Replace(options, "SIP/2.0\nVia", "SIP/2.0 \nVia", 1)},
	{"3.1.2.16 another version", BadVersion, strings.Replace(options, "org SIP/2.0", "org SIP/7.0", 1)},
	{"3.1.2.17 another method in CSeq", BadCSeq, strings.Replace(options, "7 OPTIONS", "7 INVITE", 1)},
	{"3.1.2.19 a status of four digits", NotSIP, strings.Replace(options, "OPTIONS sip:bob@example.org SIP/2.0", "SIP/2.0 4294967301 better not break the receiver", 1)},
	{"3.3.1 missing headers", Missing, "\nINVITE sip:user@example.com SIP/2.0\nCSeq: 193942 INVITE\nVia: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKkdj.insuf\nContent-Length: 0\n\n"},
	{"3.3.8 several values where one belongs", Repeated, strings.Replace(options, "CSeq: 7 OPTIONS", "CSeq: 7 OPTIONS\nCSeq: 8 OPTIONS", 1)},
	{"3.3.9 two Content-Lengths", Repeated, strings.Replace(options, "Content-Length: 0", "Content-Length: 0\nl: 5", 1)},
	{"3.3.10 a response with a broadcast Via", "", strings.Replace(options, "OPTIONS sip:bob@example.org SIP/2.0", "SIP/2.0 200 OK", 1)},
	{"an ordinary request", "", options},
	{"line ends only", KeepAlive, "\n\n\n\n"},
	{"zeros only", KeepAlive, "\x00\x00\x00"},
	{"nothing", KeepAlive, ""},
	{"another protocol", NotSIP, "\nGET / HTTP/1.1\nHost: x\n\n"},
	{"no empty line", Incomplete, strings.TrimSuffix(options, "\n")},
	{"a continuation before any header", BadHeader, strings.Replace(options, "SIP/2.0\nVia", "SIP/2.0\n folded\nVia", 1)},
	{"a header without a colon", BadHeader, strings.Replace(options, "User-Agent: phone", "User-Agent phone", 1)},
	{"a zero in a header", BadHeader, strings.Replace(options, "phone", "pho\x00ne", 1)},
	{"an empty Call-ID", Missing, strings.Replace(options, "c-1@example.org", "", 1)},
	{"an unreadable Max-Forwards", BadHeader, strings.Replace(options, "Max-Forwards: 70", "Max-Forwards: many", 1)},
	{"too many headers", HeaderTooLarge, strings.Replace(options, "User-Agent: phone", strings.TrimSuffix(strings.Repeat("X: 1\n", 200), "\n"), 1)},
	{"a line too long", HeaderTooLarge, strings.Replace(options, "phone", strings.Repeat("x", MaxLine+1), 1)},
	{"headers too large altogether", HeaderTooLarge, strings.Replace(options, "User-Agent: phone", "A: "+strings.Repeat("x", 8000)+"\nB: "+strings.Repeat("x", 8000)+"\nC: "+strings.Repeat("x", 8000), 1)},
	{"a message too large", TooLarge, options + strings.Repeat("x", MaxMessage)},
}

func TestCheckJudgesTortureMessages(t *testing.T) {
	t.Parallel()
	for _, tt := range torture {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := Check(crlf(tt.text))
			if tt.reason == "" {
				require.NoError(t, err)
				_, err := NewParser().ParseSIP(crlf(tt.text))
				require.NoError(t, err)
				return
			}
			var bad *BadMessage
			require.ErrorAs(t, err, &bad)
			require.Equal(t, tt.reason, bad.Reason, bad.Detail)
		})
	}
}

func TestCheckRefusesLoneLineEnds(t *testing.T) {
	t.Parallel()
	require.Error(t, Check([]byte(strings.TrimPrefix(options, "\n"))), "LF only")
	require.Error(t, Check([]byte(strings.Replace(string(crlf(options)), "phone", "pho\rne", 1))))
	require.Error(t, Check([]byte(strings.Replace(string(crlf(options)), "phone", "pho\nne", 1))))
}

func TestCheckAllocatesNothingForGoodMessages(t *testing.T) { // not parallel: AllocsPerRun
	packet := crlf(options)
	require.Zero(t, testing.AllocsPerRun(100, func() { _ = Check(packet) }))
}

func TestBadRequestsGetTheAnswerOfTheRFC(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		first      string // "" is no answer
	}{
		{"wrong length", strings.Replace(options, "Content-Length: 0", "Content-Length: 50", 1), "SIP/2.0 400 Bad Request"},
		{"other version", strings.Replace(options, "org SIP/2.0", "org SIP/3.0", 1), "SIP/2.0 505 Version Not Supported"},
		{"no request URI", strings.Replace(options, "sip:bob@example.org SIP", "<sip:bob@example.org> SIP", 1), "SIP/2.0 400 Bad Request"},
		{"too large", options + strings.Repeat("x", MaxMessage), "SIP/2.0 513 Message Too Large"},
		{"a bad header after the others", strings.Replace(options, "User-Agent: phone", "bad header", 1), "SIP/2.0 400 Bad Request"},
		{"a response", strings.Replace(strings.Replace(options, "OPTIONS sip:bob@example.org SIP/2.0", "SIP/2.0 200 OK", 1), "Content-Length: 0", "Content-Length: 50", 1), ""},
		{"an ACK", strings.Replace(strings.ReplaceAll(options, "OPTIONS", "ACK"), "Content-Length: 0", "Content-Length: 50", 1), ""},
		{"without Via", strings.Replace(options, "Via", "X", 1), ""},
		{"not SIP", "GET / HTTP/1.1\nVia: x\n\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h, wrong := inspect(crlf(tt.text))
			require.NotNil(t, wrong)
			answer := refusal(&h, wrong.Reason)
			if tt.first == "" {
				require.Nil(t, answer)
				return
			}
			require.True(t, strings.HasPrefix(string(answer), tt.first+"\r\n"), "%s", answer)
			msg, err := sip.ParseMessage(answer)
			require.NoError(t, err)
			res := msg.(*sip.Response)
			require.Equal(t, "c-1@example.org", res.CallID().Value())
			tag, ok := res.To().Params.Get("tag")
			require.True(t, ok)
			require.NotEmpty(t, tag)
			require.Equal(t, answer, refusal(&h, wrong.Reason), "the tag stays for retransmissions")
		})
	}
}

func TestStampIsReadBackAndCannotBeForged(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 3, 4, 5, 678901234, time.UTC)
	forged := crlf(strings.Replace(options, "User-Agent: phone", "x-yingda-arrival: 1\nX-Yingda-Arrival: 2", 1))
	h, wrong := inspect(forged)
	require.Nil(t, wrong)
	msg, err := sip.ParseMessage(stamped(nil, forged, &h, at))
	require.NoError(t, err)
	require.Equal(t, at, Arrival(msg.(*sip.Request)))
	require.True(t, Arrival(sip.NewRequest(sip.OPTIONS, sip.Uri{Host: "x"})).IsZero())
}

func TestUnreadableHeadersStayAsText(t *testing.T) {
	t.Parallel()
	broken := crlf(strings.Replace(options, "User-Agent: phone", "Contact: <<sip:x\nm: \"unfinished <sip:y>\nRoute: ;;\nRecord-Route: <sip:a;lr>, <sip:b;lr>", 1))
	broken = []byte(strings.Replace(string(broken), "From: <sip:alice@example.org>;tag=a1", "f: \"unfinished <sip:alice@example.org>", 1))
	require.NoError(t, Check(broken))
	_, err := sip.ParseMessage(broken)
	require.Error(t, err, "sipgo alone would drop it")
	msg, err := NewParser().ParseSIP(broken)
	require.NoError(t, err)
	req := msg.(*sip.Request)
	require.Nil(t, req.Contact())
	require.Nil(t, req.From())
	require.Nil(t, req.Route())
	require.Len(t, req.GetHeaders("record-route"), 2, "commas still separate")
	require.Equal(t, "sip:bob@example.org", req.To().Address.String())
	require.Equal(t, 400, sip.NewResponseFromRequest(req, 400, "Bad Request", nil).StatusCode)
}

// FuzzCheck: no packet makes Check panic, and no packet that passes makes the parser, the transaction key, the
// building of an answer or the stamp fail in a way that ends the process.
func FuzzCheck(f *testing.F) {
	for _, tt := range torture {
		f.Add(crlf(tt.text))
	}
	at := time.Unix(1_800_000_000, 5).UTC()
	parser := NewParser()
	f.Fuzz(func(t *testing.T, packet []byte) {
		h, wrong := inspect(packet)
		if err := Check(packet); (err != nil) != (wrong != nil) {
			t.Fatal("Check and inspect disagree")
		}
		if wrong != nil {
			if answer := refusal(&h, wrong.Reason); answer != nil {
				var bad *BadMessage // the CSeq is given back as it came
				if err := Check(answer); errors.As(err, &bad) && bad.Reason != BadCSeq {
					t.Fatalf("our answer: %v\n%q", err, answer)
				}
			}
			return
		}
		whole := stamped(nil, packet, &h, at)
		if err := Check(whole); err != nil && err.(*BadMessage).Reason != HeaderTooLarge {
			t.Fatalf("stamped no longer passes: %v", err)
		}
		msg, err := parser.ParseSIP(whole)
		if err != nil {
			return
		}
		_, _, _, _ = msg.From(), msg.To(), msg.CallID(), msg.Via()
		_, _ = sip.ServerTxKeyMake(msg)
		_, _ = sip.ClientTxKeyMake(msg)
		req, ok := msg.(*sip.Request)
		if !ok {
			return
		}
		if got := Arrival(req); !got.Equal(at) {
			t.Fatalf("stamp %v", got)
		}
		_ = req.Source()
		_ = sip.NewResponseFromRequest(req, 200, "OK", nil).String()
	})
}
