package bus

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"
)

// Purge removes every message before a place for good, for streams that refuse when they are full: whoever has taken
// over what stands in them makes room.
func (s *Stream) Purge(ctx context.Context, before uint64) error {
	_, err := do(ctx, s.b, "purge stream "+s.config.Name, func(ctx context.Context, l *link) (struct{}, error) {
		stream, err := l.js.Stream(ctx, s.config.Name)
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, stream.Purge(ctx, jetstream.WithPurgeSequence(before))
	})
	return err
}
