package privacy

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// Revelation is what is about to be shown unmasked: the classes, in order, and how many values.
type Revelation struct {
	Classes []Class
	Values  int
}

// Hook takes note of a revelation before it leaves the process (the gate's reason, the audit entry).
// An error keeps everything masked from leaving: the request fails with it.
type Hook func(ctx context.Context, r Revelation) error

type grantsKey struct{}

type grants struct {
	mu      sync.Mutex
	classes map[Class]bool
}

// Scope opens a place for grants in the context; the edge does so for each request, so that a grant
// given deep inside a handler is seen when its answer is written.
func Scope(ctx context.Context) context.Context {
	return context.WithValue(ctx, grantsKey{}, &grants{})
}

// Reveal grants the classes for the rest of this request. Call it after the gate has said yes.
// Outside a scope the grant lives in the context returned.
func Reveal(ctx context.Context, classes ...Class) context.Context {
	g, ok := ctx.Value(grantsKey{}).(*grants)
	if !ok {
		g = &grants{}
		ctx = context.WithValue(ctx, grantsKey{}, g)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.classes == nil {
		g.classes = map[Class]bool{}
	}
	for _, c := range classes {
		g.classes[c] = true
	}
	return ctx
}

// Granted lists what the context may see, in order.
func Granted(ctx context.Context) []Class {
	g, ok := ctx.Value(grantsKey{}).(*grants)
	if !ok {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Sorted(maps.Keys(g.classes))
}
