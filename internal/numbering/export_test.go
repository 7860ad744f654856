package numbering

import "context"

// ReadFile runs the job that reads a file of segments; Clean the one that removes what is of no use.
func (s *Service) ReadFile(ctx context.Context, version int32) error { return s.readFile(ctx, version) }
func (s *Service) Clean(ctx context.Context) error                   { return s.clean(ctx) }
