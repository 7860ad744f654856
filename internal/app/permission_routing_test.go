package app

import (
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/routing"
	"yingda/internal/routing/engine"
)

// makeForeignRouting gives the other province a queue.
func (h *house) makeForeignRouting(t *testing.T) {
	ctx := actor.With(t.Context(), actor.System("app.test", routing.QueueEdit))
	_, err := h.domains.routing.CreateQueue(ctx, nil, routing.Queue{
		Code: "far", Name: "外省队列", Centre: h.foreign.ID, Channel: engine.Voice, Ring: 20, WrapUp: engine.NoWrapUp, NoAgents: engine.WaitAnyway, Target: 20,
	})
	require.NoError(t, err)
}
