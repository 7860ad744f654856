package bench

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/identity"
	"yingda/internal/organization"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/secret"
)

// seedAgents makes people of the national centre who may take contacts, through a running installation's own server.
func seedAgents(ctx context.Context, data string, count int, number func(int) string) error {
	address, ok := postgres.Running(data)
	if !ok {
		return errors.New("its database does not run")
	}
	pool, err := postgres.Open(ctx, postgres.Options{URL: address, MaxConns: 2})
	if err != nil {
		return err
	}
	defer pool.Close()
	quiet := slog.New(slog.DiscardHandler)
	units := organization.New(organization.Config{Pool: pool, Clock: clock.System(), Logger: quiet})
	keys, err := secret.Load(ctx, secret.Config{Dir: filepath.Join(data, "secret"), Clock: clock.System(), Logger: quiet})
	if err != nil {
		return err
	}
	accounts, err := identity.New(identity.Config{Pool: pool, Organization: units, Ring: keys, Clock: clock.System(), Logger: quiet})
	if err != nil {
		return err
	}
	hash, err := accounts.HashPassword(ctx, crowdPassword)
	if err != nil {
		return err
	}
	permissions := make([]actor.Permission, 0, 20)
	for _, d := range organization.Permissions() {
		permissions = append(permissions, d.Permission)
	}
	ctx = actor.With(ctx, actor.System("bench", permissions...))
	return postgres.InTx(ctx, pool, func(ctx context.Context, tx pgx.Tx) error {
		tree, err := units.Tree(ctx)
		if err != nil {
			return err
		}
		root, ok := tree.Root()
		if !ok {
			return errors.New("there is no national centre")
		}
		people := make([]organization.NewStaff, count)
		for i := range people {
			people[i] = organization.NewStaff{Number: number(i), Name: "测量坐席", Centre: root.ID}
		}
		ids, err := units.SeedStaff(ctx, tx, people)
		if err != nil {
			return err
		}
		seeds := make([]identity.Seed, count)
		for i, id := range ids {
			seeds[i] = identity.Seed{Staff: id, PasswordHash: hash, Grants: []identity.SeedGrant{{Role: string(actor.Agent), Centre: root.ID}}}
		}
		_, err = accounts.SeedAccounts(ctx, tx, seeds)
		return err
	})
}
