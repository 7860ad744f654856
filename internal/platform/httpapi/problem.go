package httpapi

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
)

// Problem is the one shape of an error answer (RFC 9457, with extension members).
type Problem struct {
	Type      string         `json:"type" doc:"Names the kind of problem: urn:yingda:problem: and the code"`
	Title     string         `json:"title" doc:"The kind of problem in words, the same for every occurrence"`
	Status    int            `json:"status" doc:"The HTTP status"`
	Detail    string         `json:"detail" doc:"What happened, to what; safe to show"`
	Instance  string         `json:"instance" doc:"Names this occurrence: urn:yingda:request: and the request's id"`
	Code      string         `json:"code" doc:"Stable code, domain.reason; texts are translated by it"`
	Remedy    string         `json:"remedy,omitempty" doc:"What to do next"`
	Retryable bool           `json:"retryable" doc:"Whether the same request can succeed later"`
	Errors    []ProblemField `json:"errors,omitempty" doc:"The values that were not accepted"`

	retryAfter time.Duration
	headers    http.Header
}

// ProblemField names one value that was not accepted.
type ProblemField struct {
	Location string `json:"location" doc:"Where the value is, such as body.recipient or query.limit"`
	Code     string `json:"code" doc:"Stable reason, such as required or too_long"`
	Message  string `json:"message" doc:"The reason in English"`
}

// Faults of the entrance itself. Domains have their own.
var (
	errInternal       = fault.New(fault.Internal, "internal", "the server failed on this request")
	errNoRoute        = fault.New(fault.NotFound, "http.no_such_path", "nothing is served at this path")
	errMethod         = fault.New(fault.Invalid, "http.method", "this path does not take this method")
	errInvalidRequest = fault.New(fault.Invalid, "http.invalid_request", "the request has values that are not accepted")
	errInvalidJSON    = fault.New(fault.Invalid, "http.invalid_json", "the request body is not valid JSON")
	errContentType    = fault.New(fault.Invalid, "http.content_type", "the request body must be application/json in UTF-8")
	errBodyRequired   = fault.New(fault.Invalid, "http.body_required", "the request needs a body")
	errBodyTooLarge   = fault.New(fault.Limit, "http.body_too_large", "the request body is too large")
	errBodyTimeout    = fault.New(fault.Unavailable, "http.body_timeout", "the request body did not arrive in time")
	errBodyUnreadable = fault.New(fault.Invalid, "http.body_unreadable", "the request body ended early")
	errNulCharacter   = fault.New(fault.Invalid, "http.nul_character", "the NUL character is not accepted in any value")
	errBusy           = fault.New(fault.Unavailable, "http.busy", "too many requests are in progress")
	errStarting       = fault.New(fault.Unavailable, "http.starting", "this node is starting")
	errStopping       = fault.New(fault.Unavailable, "http.stopping", "this node is stopping")
	errTooMany        = fault.New(fault.Limit, "http.too_many_requests", "too many requests from this address")
	errNotLoopback    = fault.New(fault.Denied, "http.loopback_only", "this installation answers on its own machine only").
				WithRemedy("open it at http://localhost on the machine itself, or through an SSH tunnel, until sign-in is set up")
	errCrossOrigin = fault.New(fault.Denied, "http.cross_origin", "another website's page sent this request")
)

// statusByCode holds the answers of the entrance whose status says more than their kind.
var statusByCode = map[string]int{
	errMethod.Code:         http.StatusMethodNotAllowed,
	errInvalidJSON.Code:    http.StatusBadRequest,
	errContentType.Code:    http.StatusUnsupportedMediaType,
	errBodyRequired.Code:   http.StatusBadRequest,
	errBodyTooLarge.Code:   http.StatusRequestEntityTooLarge,
	errBodyTimeout.Code:    http.StatusRequestTimeout,
	errBodyUnreadable.Code: http.StatusBadRequest,
	errNulCharacter.Code:   http.StatusBadRequest,
}

func statusOf(kind fault.Kind) (status int, title string) {
	switch kind {
	case fault.Invalid:
		return http.StatusUnprocessableEntity, "The request is not accepted"
	case fault.Unauthenticated:
		return http.StatusUnauthorized, "Sign in first"
	case fault.Denied:
		return http.StatusForbidden, "This is not allowed"
	case fault.NotFound:
		return http.StatusNotFound, "No such thing"
	case fault.Conflict:
		return http.StatusConflict, "The state does not allow this"
	case fault.Limit:
		return http.StatusTooManyRequests, "Too much at once"
	case fault.Unavailable:
		return http.StatusServiceUnavailable, "Not available now"
	case fault.Internal:
		return http.StatusInternalServerError, "The server failed"
	default:
		return http.StatusInternalServerError, "The server failed"
	}
}

const (
	statusCanceled = 499 // the client went away; nobody reads the answer

	defaultLimitRetry       = time.Second
	defaultUnavailableRetry = 5 * time.Second
	mostFields              = 50  // of one answer; the first are the useful ones
	longestLocation         = 200 // a location may repeat a name that the caller invented
)

// RetryAfter makes the answer to err tell when to try again (RFC 9110, section 10.2.3). Without it Limit
// answers say 1 s and Unavailable answers 5 s.
func RetryAfter(err error, wait time.Duration) error { return &retryError{err, wait} }

type retryError struct {
	error
	wait time.Duration
}

func (e *retryError) Unwrap() error             { return e.error }
func (e *retryError) RetryAfter() time.Duration { return e.wait }

// problemOf turns any error into the answer. internal says that it must be logged, because its text
// is not in the answer.
func problemOf(err error, requestID string) (p *Problem, internal bool) {
	if errors.As(err, &p) {
		return p, false
	}
	f, ok := fault.As(err)
	switch kind := fault.KindOf(err); {
	case errors.Is(err, context.Canceled) && (!ok || kind == fault.Internal):
		f = fault.New(fault.Unavailable, "http.canceled", "the client ended the request")
		p = shape(f, requestID)
		p.Status = statusCanceled
		return p, false
	case !ok && kind == fault.Unavailable:
		f = fault.New(fault.Unavailable, "http.timeout", "the server could not finish in time").
			WithRemedy("send the same request again in a moment")
	case !ok && postgres.IsAway(err):
		f = postgres.ErrUnreachable
	case !ok || kind == fault.Internal:
		f, internal = errInternal.WithRemedy("report request %s to the operator of this installation", requestID), true
	}
	p = shape(f, requestID)
	if r, ok := errors.AsType[interface {
		error
		RetryAfter() time.Duration
	}](err); ok {
		p.retryAfter, p.Retryable = r.RetryAfter(), true
	}
	return p, internal
}

func shape(f *fault.Fault, requestID string) *Problem {
	status, title := statusOf(f.Kind)
	p := &Problem{
		Type: "urn:yingda:problem:" + f.Code, Title: title, Status: status, Detail: f.Message,
		Instance: "urn:yingda:request:" + requestID, Code: f.Code, Remedy: f.Remedy, Retryable: f.Kind.Retryable(),
	}
	if s, ok := statusByCode[f.Code]; ok {
		p.Status = s
		p.Retryable = p.Retryable && s != http.StatusRequestEntityTooLarge
	}
	for _, field := range f.Fields[:min(len(f.Fields), mostFields)] {
		p.Errors = append(p.Errors, ProblemField{cut(field.Location), field.Code, field.Message})
	}
	switch {
	case !p.Retryable:
	case f.Kind == fault.Limit:
		p.retryAfter = defaultLimitRetry
	case f.Kind == fault.Unavailable:
		p.retryAfter = defaultUnavailableRetry
	}
	return p
}

// cut shortens a location without cutting a character apart.
func cut(s string) string {
	if len(s) <= longestLocation {
		return s
	}
	end := longestLocation
	for end > 0 && s[end]&0xC0 == 0x80 {
		end--
	}
	return s[:end] + "…"
}

// Error, GetStatus, GetHeaders and ContentType are what huma asks of an error it writes.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders are Retry-After and what the problem itself needs, such as Allow.
func (p *Problem) GetHeaders() http.Header {
	h := p.headers.Clone()
	if p.retryAfter > 0 {
		if h == nil {
			h = http.Header{}
		}
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(p.retryAfter.Seconds()))))
	}
	return h
}

// ContentType is application/problem+json.
func (p *Problem) ContentType(string) string { return "application/problem+json" }
