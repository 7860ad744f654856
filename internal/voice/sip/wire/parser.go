package wire

import (
	"maps"

	"github.com/emiago/sipgo/sip"
)

// comma is what sipgo's header parsers return to say that another value follows; its type is not exported.
const comma = "comma detected"

// NewParser makes sipgo's parser forgiving: a header that it cannot read stays as text instead of costing the
// whole message. The typed accessor (Contact, From, ...) then gives nil, and the handler answers 400 instead of
// leaving the sender to repeat himself (RFC 3261 8.2, 16.3).
func NewParser() *sip.Parser {
	parsers := maps.Clone(sip.DefaultHeadersParser())
	for name, parse := range parsers {
		parsers[name] = forgiving(parse)
	}
	return sip.NewParser(sip.WithHeadersParsers(parsers))
}

func forgiving(parse sip.HeaderParser) sip.HeaderParser {
	return func(name []byte, data string) (sip.Header, error) {
		h, err := parse(name, data)
		if err == nil || err.Error() == comma {
			return h, err
		}
		return sip.NewHeader(longName(string(name)), data), nil
	}
}

// longName writes compact names out, so that accessors by name find the text.
func longName(lower string) string {
	switch lower {
	case "c":
		return "Content-Type"
	case "f":
		return "From"
	case "t":
		return "To"
	case "m":
		return "Contact"
	case "i":
		return "Call-ID"
	case "v":
		return "Via"
	case "l":
		return "Content-Length"
	default:
		return lower
	}
}
