package httpapi

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"reflect"
	"time"

	"yingda/internal/platform/httpapi/idempotency"
	"yingda/internal/platform/privacy"
)

type fingerprintKey struct{}

// stored is an answer that exists as bytes already. It travels as an "error", because that is the way
// past huma's own encoding.
type stored struct {
	status   int
	body     []byte
	replayed bool
}

func (s *stored) Error() string             { return "a stored answer" }
func (s *stored) GetStatus() int            { return s.status }
func (s *stored) ContentType(string) string { return "application/json" }
func (s *stored) GetHeaders() http.Header {
	if !s.replayed {
		return nil
	}
	return http.Header{"Idempotent-Replayed": {"true"}}
}

// storeTimeout bounds storing the answer after the handler's own time is over.
const storeTimeout = 5 * time.Second

// serveOnce runs the handler unless the same request was answered before; see package idempotency.
func (e *endpoint[I, O]) serveOnce(ctx context.Context, x *exchange, in *I) error {
	if e.api.keys == nil { // such an API is made to be described, not served
		return e.problem(ctx, x, errors.New("an idempotent route needs Config.Pool"))
	}
	claim, before, err := e.api.keys.Begin(ctx, e.key(ctx, x), cmp.Or(e.route.Timeout, e.api.limits.Handler))
	if err != nil {
		return e.problem(ctx, x, err)
	}
	if before != nil {
		return &stored{status: before.Status, body: before.Body, replayed: true}
	}
	answer, err := e.runClaim(ctx, claim, in)
	if err != nil {
		return e.problem(ctx, x, err)
	}
	return &stored{status: answer.Status, body: answer.Body}
}

func (e *endpoint[I, O]) key(ctx context.Context, x *exchange) idempotency.Key {
	k := idempotency.Key{Route: e.route.pattern(), Value: x.request.Header.Get("Idempotency-Key")}
	k.Request, _ = ctx.Value(fingerprintKey{}).([]byte)
	if e.api.config.Client != nil {
		k.Client = e.api.config.Client(x.request)
	}
	return k
}

// runClaim runs the handler and stores its answer, unless the handler did so in its own transaction. A
// failed or panicking handler gives the key back.
func (e *endpoint[I, O]) runClaim(ctx context.Context, claim *idempotency.Claim, in *I) (a idempotency.Answer, err error) {
	finished := false
	defer func() {
		if finished {
			return
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
		defer cancel()
		if failed := claim.Release(ctx); failed != nil {
			e.api.log.WarnContext(ctx, "idempotency key not released", "route", e.route.pattern(), "error", failed)
		}
	}()
	claim.Encode = func(v any) (idempotency.Answer, error) {
		out, ok := v.(*O)
		if !ok {
			return idempotency.Answer{}, errInternal
		}
		return e.encode(out)
	}
	out, err := e.handler(idempotency.NewContext(ctx, claim), in)
	if err != nil {
		return a, err
	}
	if committed, ok := claim.Committed(); ok {
		finished = true
		return committed, nil
	}
	if a, err = e.encode(out); err != nil {
		return a, err
	}
	finished = true
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	if failed := claim.Finish(ctx, a); failed != nil {
		// What the handler did is done: answering with an error would invite the client to do it again.
		e.api.log.ErrorContext(ctx, "answer not stored under its idempotency key", "route", e.route.pattern(), "error", failed)
	}
	return a, nil
}

// encode makes the bytes of an answer, always masked.
func (e *endpoint[I, O]) encode(out *O) (a idempotency.Answer, err error) {
	a.Status = e.route.Status
	if out == nil || e.body < 0 {
		a.Status = cmp.Or(a.Status, http.StatusNoContent)
	}
	a.Status = cmp.Or(a.Status, http.StatusOK)
	if out == nil {
		return a, nil
	}
	if out, err = privacy.Prepare(context.Background(), e.plan, out, nil); err != nil {
		return a, err
	}
	v := reflect.ValueOf(out).Elem()
	if e.status >= 0 {
		a.Status = int(v.Field(e.status).Int())
	}
	if e.body < 0 {
		return a, nil
	}
	err = encode(v.Field(e.body).Interface(), func(b []byte) error {
		a.Body = append([]byte(nil), b...)
		return nil
	})
	return a, err
}
