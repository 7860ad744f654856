package notify

import "context"

// Process makes one attempt as the job does.
func (s *Service) Process(ctx context.Context, id MessageID) error { return s.process(ctx, id) }

// Sweep looks for lost messages as the job does.
func (s *Service) Sweep(ctx context.Context) (int, error) { return s.sweep(ctx) }

// BackOff is the pause after an attempt.
var BackOff = backOff

// Tidy cleans another server's words.
var Tidy = tidy
