package voice

import "context"

// Sweep runs the daily job; Flush writes everything that waits.
func (s *Service) Sweep(ctx context.Context) error { return s.sweep(ctx) }
func (s *Service) Flush(ctx context.Context) error { return s.drain(ctx) }
