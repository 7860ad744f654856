package httpclient

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"yingda/internal/platform/fault"
)

// worthRepeating reports whether the same request may succeed in a moment.
func worthRepeating(resp *Response, err error) bool {
	if err != nil {
		return errors.Is(err, ErrAway) || errors.Is(err, ErrTimeout) || errors.Is(err, ErrBroken)
	}
	switch resp.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// pause gives the wait before the next attempt; ok is false when the other side wants more patience than we have.
func (c *Client) pause(attempt int, resp *Response) (wait time.Duration, ok bool) {
	if resp != nil {
		if asked, ok := RetryAfter(resp.Header, c.cfg.Clock.Now()); ok {
			return asked, asked <= c.cfg.Retry.Max
		}
	}
	ceiling := min(c.cfg.Retry.Min<<min(attempt-1, 20), c.cfg.Retry.Max)
	return ceiling/2 + rand.N(ceiling/2+1), true
}

// RetryAfter reads the header of that name (RFC 9110, section 10.2.3): seconds or a date.
func RetryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	v := h.Get("Retry-After")
	if v == "" {
		return 0, false
	}
	if seconds, err := strconv.ParseUint(v, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}

// verdict tells the breaker what a call says about the host.
func verdict(ctx context.Context, resp *Response, err error) result {
	switch {
	case err == nil && resp.Status < http.StatusInternalServerError:
		return good
	case err == nil:
		return bad
	case errors.Is(err, ErrTooLarge), errors.Is(err, ErrRedirect):
		return good // it lives
	case ctx.Err() != nil, fault.KindOf(err) != fault.Unavailable:
		return neither
	}
	return bad
}
