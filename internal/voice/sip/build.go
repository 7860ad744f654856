package sip

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"yingda/internal/voice/ending"
)

const (
	allowed   = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, REFER, NOTIFY"
	supported = "timer, replaces"
)

// endpoint is one of our addresses as the other side shall write to it.
type endpoint struct {
	network string // UDP, TCP, TLS
	host    string // what goes into Via and Contact
	port    int
	local   sip.Addr // of the UDP socket to send from; zero for connections
}

func (e *endpoint) uri(user string) sip.Uri {
	u := sip.Uri{Scheme: "sip", User: user, Host: e.host, Port: e.port}
	if e.network != "UDP" {
		u.UriParams = sip.HeaderParams{{K: "transport", V: strings.ToLower(e.network)}}
	}
	return u
}

// newRequest makes a request with Via, Max-Forwards and User-Agent; the caller adds the rest and the
// body last.
func (a *Agent) newRequest(method sip.RequestMethod, target sip.Uri, e *endpoint, destination string) *sip.Request {
	req := sip.NewRequest(method, target)
	req.AppendHeader(&sip.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: e.network, Host: e.host, Port: e.port,
		Params: sip.HeaderParams{{K: "branch", V: sip.GenerateBranch()}, {K: "rport"}},
	})
	hops := sip.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	req.AppendHeader(a.userAgent)
	req.SetTransport(e.network)
	req.SetDestination(destination)
	req.Laddr = e.local
	return req
}

// setBody sets the body last, so that Content-Type and Content-Length end the headers.
func setBody(m sip.Message, contentType string, body []byte) {
	if len(body) > 0 {
		kind := sip.ContentTypeHeader(contentType)
		m.AppendHeader(&kind)
	}
	m.SetBody(body)
}

// response makes an answer. The To tag of an initial INVITE was put into the request when it arrived.
func (a *Agent) response(req *sip.Request, status int) *sip.Response {
	res := sip.NewResponseFromRequest(req, status, phrase(status), nil)
	res.AppendHeader(a.server)
	return res
}

// reply answers a request and, for a failure to an INVITE, waits for its ACK beside, so that the
// transaction is freed as soon as it is done.
func (a *Agent) reply(req *sip.Request, tx *sip.ServerTx, res *sip.Response) {
	if err := tx.Respond(res); err != nil {
		a.log.Debug("sip answer not sent", "status", res.StatusCode, "error", err)
	}
	if req.Method == sip.INVITE && res.StatusCode >= 300 {
		a.settle(tx)
	}
}

// settle frees a refused INVITE's transaction as soon as its ACK has come.
func (a *Agent) settle(tx *sip.ServerTx) {
	a.work.Go(func() {
		select {
		case <-tx.Acks():
			tx.Terminate()
		case <-tx.Done():
		}
	})
}

// refuse answers with a bare status.
func (a *Agent) refuse(req *sip.Request, tx *sip.ServerTx, status int) {
	res := a.response(req, status)
	switch status {
	case sip.StatusMethodNotAllowed:
		res.AppendHeader(sip.NewHeader("Allow", allowed))
	case sip.StatusUnsupportedMediaType:
		res.AppendHeader(sip.NewHeader("Accept", contentSDP+", application/dtmf-relay, application/dtmf, message/sipfrag"))
	case sip.StatusServiceUnavailable, sip.StatusInternalServerError:
		res.AppendHeader(sip.NewHeader("Retry-After", "2"))
	}
	a.reply(req, tx, res)
}

// addReason adds the Reason header of an ending (RFC 3326).
func addReason(m sip.Message, e ending.Ending) {
	if v := e.Header(); v != "" {
		m.AppendHeader(sip.NewHeader("Reason", v))
	}
}

// phrases are the reason phrases of the statuses that we send.
var phrases = map[int]string{
	100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress", 200: "OK", 202: "Accepted",
	302: "Moved Temporarily", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
	408: "Request Timeout", 410: "Gone", 415: "Unsupported Media Type", 420: "Bad Extension", 422: "Session Interval Too Small",
	480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 484: "Address Incomplete",
	486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here", 489: "Bad Event", 491: "Request Pending",
	500: "Server Internal Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Server Time-out",
	603: "Decline",
}

func phrase(status int) string {
	if p, ok := phrases[status]; ok {
		return p
	}
	return "Status " + strconv.Itoa(status)
}

// hostPort is where a URI points to, "" when its host is a name: resolving it while a call waits would
// let the other side hold our goroutine.
func hostPort(u *sip.Uri, network string) string {
	addr, err := netip.ParseAddr(strings.Trim(u.Host, "[]"))
	if err != nil {
		return ""
	}
	port := u.Port
	if port == 0 {
		port = sip.DefaultPort(network)
	}
	return net.JoinHostPort(addr.Unmap().String(), strconv.Itoa(port))
}

// networkOf is the transport that a URI asks for, or the one given.
func networkOf(u *sip.Uri, otherwise string) string {
	t, _ := u.UriParams.Get("transport")
	switch strings.ToUpper(t) {
	case "UDP":
		return "UDP"
	case "TCP":
		if strings.EqualFold(u.Scheme, "sips") {
			return "TLS"
		}
		return "TCP"
	case "TLS":
		return "TLS"
	}
	if strings.EqualFold(u.Scheme, "sips") {
		return "TLS"
	}
	return otherwise
}
