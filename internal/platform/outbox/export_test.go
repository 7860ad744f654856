package outbox

import (
	"context"

	"github.com/google/uuid"

	"yingda/internal/platform/ident"
)

// Drain consumes what is there, in the caller's goroutine.
func (c *Consumer) Drain(ctx context.Context) { c.drain(ctx) }

// Sweep deletes what may go.
func (k *Keeper) Sweep(ctx context.Context) (int64, error) { return k.sweep(ctx) }

// EventIDFrom makes an id of what a test read from a table.
func EventIDFrom(b [16]byte) EventID { return ident.From[eventKind](uuid.UUID(b)) }

// Drain publishes what is there, in the caller's goroutine.
func (r *Relay) Drain(ctx context.Context) { r.drain(ctx) }
