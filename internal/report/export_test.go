package report

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/actor"
	"yingda/internal/metric"
)

// Place is where a contact belongs.
type Place = place

// Tallies counts as reports do, kept apart by half hour of the day, queue and outcome.
func Tallies(ctx context.Context, pool *pgxpool.Pool, p Period, scope actor.Scope, simulated bool, r metric.Rules) (map[Place]*metric.Tally, error) {
	c := cut{Period: p, national: scope.IsNational(), centres: scope.Centres(), simulated: simulated}
	return tallies(ctx, pool, c, split{slot: true, queue: true, outcome: true, seconds: true}, r)
}

// PeriodOf reads the days of a query.
var PeriodOf = Query.period

// MostAtOnce gives the most stretches at one moment; they stand in order of their beginning.
func MostAtOnce(stretches [][2]int64) int {
	c := newCrowd()
	for _, s := range stretches {
		c.add(uuid.Nil, s[0], s[1])
	}
	return c.most[uuid.Nil]
}

// Bins are where the ranges of waiting begin.
var Bins = bins
