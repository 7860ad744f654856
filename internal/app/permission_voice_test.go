package app

import (
	"context"
	"encoding/binary"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/platform/postgres"
	"yingda/internal/voice"
	"yingda/internal/voice/ending"
)

// makeForeignVoice gives the other province a trunk, a prompt and a call; the demonstration gave it phones and numbers.
func (h *house) makeForeignVoice(t *testing.T) {
	ctx := actor.With(t.Context(), actor.System("app.test", voice.TrunkEdit, voice.NumberEdit))
	require.NoError(t, postgres.InTx(ctx, h.pool, func(ctx context.Context, tx pgx.Tx) error {
		g, err := h.domains.voice.CreateGroup(ctx, tx, voice.GroupSpec{Code: "FAR", Name: "外省局向", Centre: h.foreign.ID})
		if err != nil {
			return err
		}
		_, err = h.domains.voice.CreateTrunk(ctx, tx, voice.TrunkSpec{
			Group: g.ID, Name: "外省中继", Hosts: []string{"192.0.2.9"}, Transport: voice.UDP, Priority: 1, Weight: 1, Codecs: []string{"PCMA"}, CallerFrom: voice.FromPAI,
		})
		return err
	}))
	_, err := h.domains.voice.CreatePrompt(ctx, voice.PromptSpec{Name: "外省提示音", Centre: h.foreign.ID}, silence())
	require.NoError(t, err)
	now := h.clock.Now()
	require.NoError(t, h.domains.interaction.KeepMonths(ctx))
	_, err = h.pool.Exec(t.Context(), `INSERT INTO interaction.contact (id, began_at, last_at, centre_id, outcome) VALUES (gen_random_uuid(), $1, $1, $2, 'refused')`, now, h.foreign.ID.UUID())
	require.NoError(t, err)
	require.True(t, h.domains.voice.Record(voice.EndedCall{
		ID: voice.NewCallID(), Direction: voice.In, Started: now, Ended: now, Caller: "anonymous", Called: "961540", Centre: h.foreign.ID.UUID(),
		Ending: ending.Of(ending.CallerGaveUp, ending.Theirs), Node: "far",
	}))
	require.Eventually(t, func() bool {
		var there bool
		return h.pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT 1 FROM voice.call WHERE centre_id = $1)`, h.foreign.ID.UUID()).Scan(&there) == nil && there
	}, 20*time.Second, 5*time.Millisecond)
}

// silence is a WAV file of a second.
func silence() []byte {
	const rate = 8000
	b := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, 36+2*rate)...)
	b = append(b, "WAVEfmt "...)
	for _, v := range []any{uint32(16), uint16(1), uint16(1), uint32(rate), uint32(2 * rate), uint16(2), uint16(16)} {
		switch v := v.(type) {
		case uint16:
			b = binary.LittleEndian.AppendUint16(b, v)
		case uint32:
			b = binary.LittleEndian.AppendUint32(b, v)
		}
	}
	b = append(b, "data"...)
	return append(binary.LittleEndian.AppendUint32(b, 2*rate), make([]byte, 2*rate)...)
}
