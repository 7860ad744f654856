package routing

import (
	"time"

	"github.com/google/uuid"
)

// busPatience is how long opening something on the bus may take.
const busPatience = 10 * time.Second

// Service is the routing of this process.
type Service struct {
	roster *roster
}

// hand gives a message of a client of this process to the leader, if it is here and of the epoch that the client knows.
func (s *Service) hand(up) bool { return false }

func (s *Service) attach(*Client) {}
func (s *Service) detach(*Client) {}

func (s *Service) queueCode(uuid.UUID) string { return "" }
