package secret

import (
	"context"
	"fmt"
)

// Sealed is one sealed value as its owner finds it for rotation.
type Sealed struct {
	Purpose Purpose
	Context string
	Value   []byte
}

// Batch is what the owner of sealed rows gives to [Rotate]: the next values that are not under the active version,
// and how to store them again. Replace must be all or nothing and must leave a row alone that changed meanwhile.
type Batch struct {
	Values  []Sealed
	Replace func(ctx context.Context, rewrapped [][]byte) error
}

// Rotate rewraps what next hands out until it hands out an empty batch. progress is told the total after each batch; it may be nil.
// Stopped half-way and started again it goes on where it was, because done rows no longer come up.
func Rotate(ctx context.Context, r *Ring, next func(ctx context.Context, active uint32) (Batch, error), progress func(done int)) (int, error) {
	total := 0
	for {
		b, err := next(ctx, r.Active())
		if err != nil || len(b.Values) == 0 {
			return total, err
		}
		rewrapped := make([][]byte, len(b.Values))
		changed := 0
		for i, v := range b.Values {
			var fresh bool
			if rewrapped[i], fresh, err = r.Rewrap(v.Purpose, v.Context, v.Value); err != nil {
				return total, fmt.Errorf("rewrap %s of %s: %w", v.Purpose, v.Context, err)
			}
			if fresh {
				changed++
			}
		}
		if changed == 0 {
			return total, fmt.Errorf("rewrap: a batch of %d values held none of an older version", len(b.Values))
		}
		if err := b.Replace(ctx, rewrapped); err != nil {
			return total, fmt.Errorf("store rewrapped values: %w", err)
		}
		total += changed
		if progress != nil {
			progress(total)
		}
	}
}
