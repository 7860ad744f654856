package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/identity"
	"yingda/internal/organization"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/secret"
)

// crowdPassword is what everybody of a crowd signs in with.
const crowdPassword = "Many-People-At-Work"

// perPerson is how many live connections one person may have; see httpapi/live.
const perPerson = 20

// Crowd makes count people who have the role at the national centre of a running installation and signs each of them
// in. It gives one header a person.
func Crowd(ctx context.Context, s *Serving, dataDir string, role actor.Role, count int) ([]string, error) {
	if err := seedCrowd(ctx, dataDir, role, count); err != nil {
		return nil, fmt.Errorf("make %d people: %w", count, err)
	}
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	v := &visitor{url: s.URL, client: client}
	lines := make([]string, count)
	for i := range lines {
		var err error
		client.Jar, err = newJar()
		if err != nil {
			return nil, err
		}
		if err := v.ask(ctx, http.MethodPost, "/api/sign-in", map[string]string{"number": crowdNumber(i), "password": crowdPassword}, nil); err != nil {
			return nil, fmt.Errorf("sign in %s: %w", crowdNumber(i), err)
		}
		if lines[i], err = cookieLine(client.Jar, s.URL); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

func crowdNumber(i int) string { return fmt.Sprintf("C%05d", i) }

func seedCrowd(ctx context.Context, dataDir string, role actor.Role, count int) error {
	address, ok := postgres.Running(dataDir)
	if !ok {
		return errors.New("its database does not run")
	}
	pool, err := postgres.Open(ctx, postgres.Options{URL: address, MaxConns: 2})
	if err != nil {
		return err
	}
	defer pool.Close()
	quiet := slog.New(slog.DiscardHandler)
	keys, err := secret.Load(ctx, secret.Config{Dir: filepath.Join(dataDir, "secret"), Clock: clock.System(), Logger: quiet})
	if err != nil {
		return err
	}
	units := organization.New(organization.Config{Pool: pool, Clock: clock.System(), Logger: quiet})
	accounts, err := identity.New(identity.Config{Pool: pool, Organization: units, Ring: keys, Clock: clock.System(), Logger: quiet})
	if err != nil {
		return err
	}
	hash, err := accounts.HashPassword(ctx, crowdPassword)
	if err != nil {
		return err
	}
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
		people[i] = organization.NewStaff{Number: crowdNumber(i), Name: "测量人员", Centre: root.ID}
	}
	ctx = actor.With(ctx, actor.System("bench"))
	return postgres.InTx(ctx, pool, func(ctx context.Context, tx pgx.Tx) error {
		ids, err := units.SeedStaff(ctx, tx, people)
		if err != nil {
			return err
		}
		seeds := make([]identity.Seed, count)
		for i, id := range ids {
			seeds[i] = identity.Seed{Staff: id, PasswordHash: hash, Grants: []identity.SeedGrant{{Role: string(role), Centre: root.ID}}}
		}
		_, err = accounts.SeedAccounts(ctx, tx, seeds)
		return err
	})
}
