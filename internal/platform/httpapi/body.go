package httpapi

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"yingda/internal/platform/httpapi/idempotency"
)

// bodyRule says how a route takes its body.
type bodyRule struct {
	limit       int64 // bytes
	raw         bool  // a file of any type, not JSON
	fingerprint bool  // of an idempotent request
}

// readBody reads the whole body before huma does, for exact limits and for the fingerprint of the request. The read deadline is taken back afterwards; left in place it would end the
// handler's context when it passes, although the body is long there.
func (a *API) readBody(ctx huma.Context, next func(huma.Context), rule bodyRule) {
	r, w := humago.Unwrap(ctx)
	x := w.(*exchange)
	if !rule.raw {
		if err := checkContentType(r.Header.Get("Content-Type")); err != nil {
			a.fail(x, r, err)
			return
		}
	}
	tooLarge := errBodyTooLarge.WithRemedy("send at most %d bytes", rule.limit)
	if r.ContentLength > rule.limit {
		x.Header().Set("Connection", "close") // rather than read what nobody wants
		a.fail(x, r, tooLarge)
		return
	}
	control := http.NewResponseController(x.ResponseWriter)
	_ = control.SetReadDeadline(time.Now().Add(a.limits.BodyTime)) // unsupported only in tests without a connection
	body, err := io.ReadAll(http.MaxBytesReader(x.ResponseWriter, r.Body, rule.limit))
	_ = control.SetReadDeadline(time.Time{})
	if err != nil {
		a.fail(x, r, bodyFault(err, tooLarge))
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if rule.fingerprint {
		ctx = huma.WithValue(ctx, fingerprintKey{}, idempotency.Fingerprint(r.Method, r.URL.RequestURI(), body))
	}
	next(ctx)
}

// noBody is readBody for idempotent routes without a body.
func (a *API) noBody(ctx huma.Context, next func(huma.Context)) {
	r, _ := humago.Unwrap(ctx)
	next(huma.WithValue(ctx, fingerprintKey{}, idempotency.Fingerprint(r.Method, r.URL.RequestURI(), nil)))
}

func bodyFault(err error, tooLarge error) error {
	var netErr net.Error
	switch {
	case errors.As(err, new(*http.MaxBytesError)):
		return tooLarge
	case errors.As(err, &netErr) && netErr.Timeout():
		return errBodyTimeout.WithCause(err)
	default:
		return errBodyUnreadable.WithCause(err)
	}
}

// checkContentType takes JSON in UTF-8 and, for hand-typed requests, nothing said at all.
func checkContentType(value string) error {
	if value == "" || value == "application/json" {
		return nil
	}
	media, params, err := mime.ParseMediaType(value)
	if err != nil || media != "application/json" {
		return errContentType
	}
	if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
		return errContentType
	}
	return nil
}
