package interaction

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"yingda/internal/platform/bus"
)

// Alive asks whether a contact still lives on its node.
type Alive struct {
	Contact uuid.UUID `json:"contact"`
	Began   time.Time `json:"began"`
}

// subjectLiving is where a node is asked for its contacts; a name may have dots.
func subjectLiving(node string) string {
	return "interaction.living." + hex.EncodeToString([]byte(node))
}

// askTimeout bounds the question to one node.
const askTimeout = 3 * time.Second

// Living asks a node which of its contacts still live. A node that nobody answers for has none.
func (j *Journal) Living(ctx context.Context, node string, contacts []Alive) (map[uuid.UUID]bool, error) {
	question, err := json.Marshal(contacts)
	if err != nil {
		return nil, fmt.Errorf("ask for contacts: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	answer, err := j.cfg.Bus.Request(ctx, subjectLiving(node), question)
	if errors.Is(err, bus.ErrNoResponder) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var ids []uuid.UUID
	if err := json.Unmarshal(answer, &ids); err != nil {
		return nil, fmt.Errorf("read which contacts live: %w", err)
	}
	living := make(map[uuid.UUID]bool, len(ids))
	for _, id := range ids {
		living[id] = true
	}
	return living, nil
}

// OnLiving says how this process knows whether a contact of its node lives; call it before Start. Without it every
// contact lives that began since this journal was made.
func (j *Journal) OnLiving(f func(contact uuid.UUID) bool) { j.living = f }

// answerLiving answers [Journal.Living] for this node.
func (j *Journal) answerLiving(_ context.Context, m bus.Message) ([]byte, error) {
	var asked []Alive
	if err := json.Unmarshal(m.Data, &asked); err != nil {
		return nil, fmt.Errorf("read a question for contacts: %w", err)
	}
	ids := []uuid.UUID{}
	for _, a := range asked {
		lives := !a.Began.Before(j.made)
		if j.living != nil {
			lives = j.living(a.Contact)
		}
		if lives {
			ids = append(ids, a.Contact)
		}
	}
	return json.Marshal(ids)
}
