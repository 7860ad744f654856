package sip

import (
	"bytes"
	"mime"
	"mime/multipart"
	"strings"

	"github.com/emiago/sipgo/sip"

	"yingda/internal/voice/sdp"
)

const contentSDP = "application/sdp"

// description finds the session description in a message: the body itself, or the part of a multipart
// body (SIP-I carriers add an ISUP part). Nil without one. A failure comes with the status that tells
// the sender: 400 for a malformed description, 415 for a body that is something else.
func description(m sip.Message) (d *sdp.Description, status int) {
	body := m.Body()
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, 0
	}
	kind := contentSDP // RFC 3261 wants the header with a body; an SDP body says itself what it is
	for _, name := range [...]string{"content-type", "c"} {
		if list := m.GetHeaders(name); len(list) > 0 {
			kind = list[0].Value()
			break
		}
	}
	media, params, err := mime.ParseMediaType(kind)
	if err != nil {
		media = strings.ToLower(strings.TrimSpace(kind))
	}
	if strings.HasPrefix(media, "multipart/") && params["boundary"] != "" {
		body = part(body, params["boundary"])
		if body == nil {
			return nil, sip.StatusUnsupportedMediaType
		}
	} else if media != contentSDP {
		return nil, sip.StatusUnsupportedMediaType
	}
	d, err = sdp.Parse(body)
	if err != nil {
		return nil, sip.StatusBadRequest
	}
	return d, 0
}

// part gives the first SDP part of a multipart body, at most eight parts in.
func part(body []byte, boundary string) []byte {
	r := multipart.NewReader(bytes.NewReader(body), boundary)
	for range 8 {
		p, err := r.NextPart()
		if err != nil {
			return nil
		}
		if media, _, err := mime.ParseMediaType(p.Header.Get("Content-Type")); err != nil || media != contentSDP {
			continue
		}
		var buf bytes.Buffer
		if _, err := buf.ReadFrom(p); err != nil {
			return nil
		}
		return buf.Bytes()
	}
	return nil
}
