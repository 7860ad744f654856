package wire

import (
	"strings"
	"testing"

	"yingda/internal/platform/lifecycle/lifecycletest"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }

// crlf writes a message from a text with plain line ends.
func crlf(text string) []byte {
	return []byte(strings.ReplaceAll(strings.TrimPrefix(text, "\n"), "\n", "\r\n"))
}

const options = `
OPTIONS sip:bob@example.org SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-1;rport
Max-Forwards: 70
From: <sip:alice@example.org>;tag=a1
To: <sip:bob@example.org>
Call-ID: c-1@example.org
CSeq: 7 OPTIONS
User-Agent: phone
Content-Length: 0

`
