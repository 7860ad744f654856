package approval_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/approval"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/hostile"
)

func TestHostileTextComesBackAsItWasTypedOrIsRefusedByField(t *testing.T) {
	t.Parallel()
	b := setup(t)
	asker, boss := somebody(t, "李明", actor.Scope{}), somebody(t, "王芳", b.at(b.province), decidePlan, approval.RequestRead)
	for _, s := range hostile.Strings() {
		kept := strings.TrimSpace(s)
		ask := approval.Ask{
			Kind: kindTwoSteps, Object: approval.Object{ID: "x", Label: "方案"}, Centre: b.province, Reason: s, Evidence: []string{s}, Payload: plan{s},
		}
		id, err := b.tryAsk(asker, ask)
		if kept == "" || !utf8.ValidString(s) || strings.ContainsRune(s, 0) || utf8.RuneCountInString(kept) > 200 {
			require.Equal(t, fault.Invalid, fault.KindOf(err), "%q", s)
			continue
		}
		require.NoError(t, err, "%q", s)
		require.NoError(t, b.Remark(boss, id, s), "%q", s)
		require.NoError(t, b.Decide(boss, id, approval.Decision{Comment: s}), "%q", s)
		full := b.get(t, asker, id)
		require.Equal(t, []string{kept, kept, kept, kept}, []string{full.Reason, full.Evidence[0], full.Remarks[0].Text, full.Comment})
		_, err = b.List(boss, approval.Filter{Box: approval.All, Text: s, Limit: 1})
		require.NoError(t, err, "%q", s)
	}
}
