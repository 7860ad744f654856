package routing

// Service is the routing of this process.
type Service struct{}
