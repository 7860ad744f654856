package projection

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"yingda/internal/interaction"
)

const (
	sweepEvery = 30 * time.Second
	purgeEvery = 10 * time.Minute
	maxSilent  = 2000 // contacts that one sweep asks for
	noNode     = 30 * time.Minute
)

// ReasonNodeGone and ReasonUnknown are why a contact counts as lost.
const (
	ReasonNodeGone = "node_gone"         // its node does not answer, or was started since
	ReasonNoEnd    = "beginning_unknown" // nothing but hops is known of it, and nothing more came
)

// tend does what has its time: it looks for lost contacts, and makes room in the stream. What fails is tried again.
func (p *Projector) tend(ctx context.Context) {
	now := p.cfg.Clock.Now()
	if now.Sub(p.sweptAt) >= sweepEvery {
		p.sweptAt = now
		if err := p.Sweep(ctx); err != nil && ctx.Err() == nil {
			p.cfg.Logger.WarnContext(ctx, "contacts without an end were not looked for", "error", err)
		}
		if err := p.countAside(ctx); err != nil && ctx.Err() == nil {
			p.cfg.Logger.WarnContext(ctx, "entries put aside were not counted", "error", err)
		}
	}
	if now.Sub(p.purgedAt) >= purgeEvery {
		p.purgedAt = now
		if err := p.purge(ctx, now); err != nil && ctx.Err() == nil {
			p.cfg.Logger.WarnContext(ctx, "the stream of the contact journal was not made shorter", "error", err)
		}
	}
}

// silent is a contact that goes on as far as the records know.
type silent struct {
	id          uuid.UUID
	node        string
	began, last time.Time
}

// Sweep tells the journal which contacts are lost: those that have not ended, of which nothing was heard for a while,
// and whose node does not know them in two sweeps. The moment of the loss is the last sign.
func (p *Projector) Sweep(ctx context.Context) error {
	if p.cfg.Living == nil || p.cfg.Journal == nil {
		return nil
	}
	now := p.cfg.Clock.Now()
	list, err := p.silentSince(ctx, now.Add(-p.cfg.Silence))
	if err != nil {
		return err
	}
	nodes := map[string][]silent{}
	for _, s := range list {
		nodes[s.node] = append(nodes[s.node], s)
	}
	suspects := map[uuid.UUID]bool{}
	for node, contacts := range nodes {
		living, err := p.living(ctx, now, node, contacts)
		if err != nil {
			return fmt.Errorf("ask node %s for its contacts: %w", node, err)
		}
		for _, s := range contacts {
			switch {
			case living[s.id]:
			case p.suspects[s.id]:
				p.lose(s)
			default:
				suspects[s.id] = true
			}
		}
	}
	p.suspects = suspects
	return nil
}

func (p *Projector) living(ctx context.Context, now time.Time, node string, contacts []silent) (map[uuid.UUID]bool, error) {
	if node == "" { // the opening never came, so nobody can be asked
		living := map[uuid.UUID]bool{}
		for _, s := range contacts {
			living[s.id] = now.Sub(s.last) < noNode
		}
		return living, nil
	}
	asked := make([]interaction.Alive, len(contacts))
	for i, s := range contacts {
		asked[i] = interaction.Alive{Contact: s.id, Began: s.began}
	}
	return p.cfg.Living(ctx, node, asked)
}

func (p *Projector) lose(s silent) {
	reason := ReasonNodeGone
	if s.node == "" {
		reason = ReasonNoEnd
	}
	p.cfg.Logger.Warn("a contact never ended and counts as lost", "contact", s.id, "node", s.node, "last_sign", s.last)
	p.metrics.closed.Inc()
	p.cfg.Journal.Write(interaction.Entry{Hop: &interaction.Hop{
		Contact: s.id, Seq: 1 << 20, Kind: interaction.Lost, At: s.last, Detail: interaction.Detail{By: interaction.BySystem, Reason: reason},
	}})
}

// purge removes from the stream what was written a day ago; when it is half full, all that is written.
func (p *Projector) purge(ctx context.Context, now time.Time) error {
	p.working.Lock()
	stream, position := p.stream, p.position
	p.working.Unlock()
	p.marks = append(p.marks, mark{now, position})
	before := uint64(0)
	for len(p.marks) > 1 && now.Sub(p.marks[0].at) >= p.cfg.Keep {
		before = p.marks[0].position
		p.marks = slices.Delete(p.marks, 0, 1)
	}
	state, err := stream.State(ctx)
	if err != nil {
		return err
	}
	if state.Bytes > uint64(p.maxBytes())/2 {
		before = position
	}
	if before <= state.First {
		return nil
	}
	return stream.Purge(ctx, before) // the message at the position stays, for its id
}

func (p *Projector) maxBytes() int64 {
	if p.cfg.MaxBytes > 0 {
		return p.cfg.MaxBytes
	}
	return interaction.DefaultStreamBytes
}
