package sip

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"yingda/internal/voice/sip/trunk"
)

// values gives the values of all headers with one of the names, values that stand behind one another
// in a line taken apart.
func values(m sip.Message, names ...string) []string {
	var list []string
	for _, name := range names {
		for _, h := range m.GetHeaders(name) {
			list = append(list, split(h.Value())...)
		}
	}
	return list
}

// text gives the value of the first header of that name, or "".
func text(m interface{ GetHeader(string) sip.Header }, name string) string {
	h := m.GetHeader(name)
	if h == nil {
		return ""
	}
	return strings.TrimSpace(h.Value())
}

// split takes a header value apart at the commas that stand neither in quotes nor in angle brackets.
func split(value string) []string {
	var list []string
	quoted, angle, start := false, false, 0
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case c == ',' && !angle:
			list = append(list, strings.TrimSpace(value[start:i]))
			start = i + 1
		}
	}
	if last := strings.TrimSpace(value[start:]); last != "" {
		list = append(list, last)
	}
	return list
}

// has reports whether a comma-separated header names a token.
func has(m sip.Message, name, token string) bool {
	for _, v := range values(m, name) {
		if strings.EqualFold(v, token) {
			return true
		}
	}
	return false
}

// address is one parsed name-addr.
type address struct {
	name   string
	uri    sip.Uri
	params sip.HeaderParams
}

func parseAddress(value string) (address, bool) {
	var a address
	if value == "" || len(value) > 1024 {
		return a, false
	}
	name, err := sip.ParseAddressValue(value, &a.uri, &a.params)
	a.name = name
	return a, err == nil
}

// number is the user part of a sip URI or the number of a tel URI, without parameters and with the
// escapes of a URI resolved.
func number(u *sip.Uri) string {
	user := u.User
	if strings.EqualFold(u.Scheme, "tel") {
		user = u.Raw()
	}
	user, _, _ = strings.Cut(user, ";")
	if strings.Contains(user, "%") {
		if plain, err := url.PathUnescape(user); err == nil {
			user = plain
		}
	}
	if len(user) > 128 {
		user = user[:128]
	}
	return user
}

// called is the number that was dialled: the user part of the Request-URI, which is what the network
// routed by. When that is empty, or is only the name by which we are registered at the trunk:
// P-Called-Party-ID (RFC 7315), the last entry of History-Info (RFC 7044), the To header. What was
// dialled before a diversion is told by [Leg.Diverted].
func called(req *sip.Request, by trunk.Trunk) string {
	if n := number(&req.Recipient); n != "" && !(by.Register && n == by.Username) {
		return n
	}
	if a, ok := parseAddress(text(req, "p-called-party-id")); ok {
		if n := number(&a.uri); n != "" {
			return n
		}
	}
	if list := values(req, "history-info"); len(list) > 0 {
		if a, ok := parseAddress(list[len(list)-1]); ok {
			if n := number(&a.uri); n != "" {
				return n
			}
		}
	}
	if to := req.To(); to != nil {
		return number(&to.Address)
	}
	return ""
}

// caller reads who calls. trusted is what a trunk's identity is taken from: "pai", "rpid" or "from".
// The header of trust is used when it is there, From otherwise.
func caller(req *sip.Request, trusted string) Identity {
	var id Identity
	if from := req.From(); from != nil {
		id = Identity{Number: number(&from.Address), Name: from.DisplayName, Host: from.Address.Host}
		id.Withheld = strings.EqualFold(id.Number, "anonymous") || strings.EqualFold(id.Host, "anonymous.invalid")
	}
	if id.Withheld {
		id.Number = ""
	}
	header := ""
	switch trusted {
	case "pai":
		header = "p-asserted-identity"
	case "rpid":
		header = "remote-party-id"
	}
	if header != "" {
		id.assert(values(req, header))
	}
	for _, v := range values(req, "privacy") {
		for p := range strings.SplitSeq(v, ";") {
			switch strings.ToLower(strings.TrimSpace(p)) {
			case "id", "user", "header":
				id.Withheld = true
			}
		}
	}
	return id
}

// assert takes the first identity with a number; a tel URI beats a sip URI only by standing first.
func (id *Identity) assert(list []string) {
	for _, v := range list {
		a, ok := parseAddress(v)
		if !ok || number(&a.uri) == "" {
			continue
		}
		id.Number, id.Host, id.Asserted = number(&a.uri), a.uri.Host, true
		if a.name != "" {
			id.Name = a.name
		}
		if p, ok := a.params.Get("privacy"); ok && p != "off" {
			id.Withheld = true // Remote-Party-ID
		}
		return
	}
}

// diversionReasons translates the words of RFC 5806 to ours.
var diversionReasons = map[string]string{
	"unconditional": "unconditional", "user-busy": "busy", "no-answer": "no_answer", "unavailable": "unavailable",
	"deflection": "deflected", "out-of-service": "out_of_service", "follow-me": "unconditional",
}

// historyReasons translates the cause of RFC 4458 in a History-Info entry.
var historyReasons = map[string]string{
	"302": "unconditional", "486": "busy", "600": "busy", "408": "no_answer", "480": "deflected", "487": "deflected",
	"404": "unavailable", "503": "out_of_service",
}

// diverted lists the stations that the call was diverted from, the latest first: the Diversion
// headers, or what History-Info tells.
func diverted(req *sip.Request) []Diversion {
	var list []Diversion
	for _, v := range values(req, "diversion") {
		a, ok := parseAddress(v)
		if !ok || len(list) >= 16 {
			continue
		}
		d := Diversion{Number: number(&a.uri), Reason: "unknown", Count: 1}
		if r, ok := diversionReasons[strings.ToLower(strings.Trim(a.params.GetOr("reason", ""), `"`))]; ok {
			d.Reason = r
		}
		if n, err := strconv.Atoi(a.params.GetOr("counter", "1")); err == nil && n > 0 && n < 100 {
			d.Count = n
		}
		list = append(list, d)
	}
	if len(list) > 0 {
		return list
	}
	return fromHistory(values(req, "history-info"))
}

// fromHistory reads diversions from History-Info: an entry with a cause was reached because the one
// before it was left.
func fromHistory(entries []string) []Diversion {
	var list []Diversion
	before := ""
	for _, v := range entries[:min(len(entries), 16)] {
		a, ok := parseAddress(v)
		if !ok {
			continue
		}
		here := number(&a.uri)
		cause, _ := a.uri.UriParams.Get("cause")
		if before != "" && before != here && cause != "" {
			reason, ok := historyReasons[cause]
			if !ok {
				reason = "unknown"
			}
			list = append([]Diversion{{Number: before, Reason: reason, Count: 1}}, list...)
		}
		before = here
	}
	return list
}

// replaces reads a Replaces header or the Replaces of a Refer-To URI (RFC 3891).
func replaces(value string) (*Replaces, bool) {
	id, params, _ := strings.Cut(value, ";")
	r := &Replaces{CallID: strings.TrimSpace(id)}
	for p := range strings.SplitSeq(params, ";") {
		key, v, _ := strings.Cut(strings.TrimSpace(p), "=")
		switch strings.ToLower(key) {
		case "to-tag":
			r.ToTag = v
		case "from-tag":
			r.FromTag = v
		case "early-only":
			r.EarlyOnly = true
		}
	}
	return r, r.CallID != "" && r.ToTag != "" && r.FromTag != ""
}

// String writes the value of a Replaces header.
func (r *Replaces) String() string {
	s := r.CallID + ";to-tag=" + r.ToTag + ";from-tag=" + r.FromTag
	if r.EarlyOnly {
		s += ";early-only"
	}
	return s
}

// seconds reads a whole number of seconds in front of any parameters.
func seconds(value string) (time.Duration, sip.HeaderParams, bool) {
	first, rest, _ := strings.Cut(value, ";")
	n, err := strconv.ParseUint(strings.TrimSpace(first), 10, 31)
	if err != nil {
		return 0, nil, false
	}
	var params sip.HeaderParams
	for p := range strings.SplitSeq(rest, ";") {
		if key, v, _ := strings.Cut(strings.TrimSpace(p), "="); key != "" {
			params.Add(strings.ToLower(key), v)
		}
	}
	return time.Duration(n) * time.Second, params, true
}

// infoDigit reads a key from the body of an INFO: application/dtmf-relay ("Signal=5", "Duration=160")
// or application/dtmf ("5").
func infoDigit(contentType string, body []byte) (key byte, length time.Duration, ok bool) {
	length = 100 * time.Millisecond
	kind, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	signal := ""
	switch strings.TrimSpace(kind) {
	case "application/dtmf":
		signal = strings.TrimSpace(string(body))
	case "application/dtmf-relay":
		for line := range strings.SplitSeq(string(body), "\n") {
			name, v, _ := strings.Cut(line, "=")
			v = strings.TrimSpace(v)
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "signal":
				signal = v
			case "duration":
				if n, err := strconv.Atoi(v); err == nil && n > 0 && n <= 10_000 {
					length = time.Duration(n) * time.Millisecond
				}
			}
		}
	}
	switch signal {
	case "10":
		signal = "*"
	case "11":
		signal = "#"
	case "12", "13", "14", "15":
		signal = string(rune('A' + signal[1] - '2'))
	}
	if len(signal) != 1 || !strings.Contains("0123456789*#ABCD", strings.ToUpper(signal)) {
		return 0, 0, false
	}
	return strings.ToUpper(signal)[0], length, true
}
