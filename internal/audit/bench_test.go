package audit_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"yingda/internal/audit"
	"yingda/internal/platform/postgres"
)

// BenchmarkVerify compares a million entries with their seal; run it with -benchtime 1x.
func BenchmarkVerify(b *testing.B) {
	const n = 1_000_000
	h := newHouse(b)
	many := make([]audit.Entry, 10_000)
	for i := range many {
		many[i] = entry("organization.staff.update")
		many[i].Object.ID = fmt.Sprint(i)
		many[i].Changes = []audit.Change{{Field: "name", Old: "林一", New: "林二"}, {Field: "team", Old: "早班", New: "晚班"}}
	}
	begin := time.Now()
	for range n / len(many) {
		h.clock.Advance(time.Second)
		write(b, h.pool, h.ctx, h.clock.Now(), many...)
	}
	b.Logf("%.0f entries/s written in large calls", n/time.Since(begin).Seconds())
	begin = time.Now()
	for more := true; more; {
		var err error
		more, err = h.svc.Seal(b.Context())
		require.NoError(b, err)
	}
	b.Logf("%.0f entries/s sealed", n/time.Since(begin).Seconds())
	for b.Loop() {
		v, err := h.svc.Verify(b.Context(), audit.VerifyOptions{})
		require.NoError(b, err)
		require.EqualValues(b, n, v.Entries)
		require.Zero(b, v.Wrong)
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

// BenchmarkWrite is what one entry costs a transaction that does nothing else.
func BenchmarkWrite(b *testing.B) {
	h := newHouse(b)
	e := entry("organization.staff.update")
	e.Changes = []audit.Change{{Field: "name", Old: "林一", New: "林二"}}
	for _, entries := range []int{0, 1, 10} {
		list := make([]audit.Entry, entries)
		for i := range list {
			list[i] = e
		}
		b.Run(fmt.Sprint(entries), func(b *testing.B) {
			for b.Loop() {
				require.NoError(b, postgres.InTx(h.ctx, h.pool, func(ctx context.Context, tx pgx.Tx) error {
					if _, err := tx.Exec(ctx, "UPDATE audit.key SET made_at = made_at"); err != nil {
						return err
					}
					return audit.Write(ctx, tx, h.clock.Now(), list...)
				}))
			}
		})
	}
}
