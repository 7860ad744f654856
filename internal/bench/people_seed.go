package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/actor"
	"yingda/internal/identity"
	"yingda/internal/organization"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/secret"
)

// scopedNumber is somebody who plans the shifts of one province and sees nobody else's people.
const scopedNumber = "P0001"

// The organisation that is measured: real provinces and cities, because places are checked.
var (
	peopleProvinces = []string{"440000", "430000", "350000", "330000", "320000"}
	citiesPerPlace  = 10
)

// peoplePlace names where the lists look: in one city of the province of scopedNumber.
type peoplePlace struct{ city, team string }

// seedPeople makes the organisation through a running installation's own server.
func seedPeople(ctx context.Context, data string, count int) (peoplePlace, error) {
	address, ok := postgres.Running(data)
	if !ok {
		return peoplePlace{}, errors.New("its database does not run")
	}
	pool, err := postgres.Open(ctx, postgres.Options{URL: address, MaxConns: 4})
	if err != nil {
		return peoplePlace{}, err
	}
	defer pool.Close()
	quiet := slog.New(slog.DiscardHandler)
	units := organization.New(organization.Config{Pool: pool, Clock: clock.System(), Logger: quiet})
	permissions := make([]actor.Permission, 0, 20)
	for _, d := range organization.Permissions() {
		permissions = append(permissions, d.Permission)
	}
	ctx = actor.With(ctx, actor.System("bench", permissions...))
	var place peoplePlace
	var planner organization.CentreID
	err = postgres.InTx(ctx, pool, func(ctx context.Context, tx pgx.Tx) error {
		teams, first, err := seedUnits(ctx, tx, units)
		if err != nil {
			return err
		}
		planner = first
		place = peoplePlace{teams[0].Centre.String(), teams[0].ID.String()}
		_, err = units.SeedStaff(ctx, tx, crowdOf(teams, count))
		return err
	})
	if err != nil {
		return place, err
	}
	if _, err := pool.Exec(ctx, "ANALYZE organization.staff"); err != nil {
		return place, err
	}
	return place, seedPlanner(ctx, data, pool, units, planner)
}

// seedUnits makes provinces, cities and one team in each city; it gives the teams and the first province.
func seedUnits(ctx context.Context, tx pgx.Tx, units *organization.Service) ([]organization.Team, organization.CentreID, error) {
	tree, err := units.Tree(ctx)
	if err != nil {
		return nil, organization.CentreID{}, err
	}
	root, ok := tree.Root()
	if !ok {
		return nil, organization.CentreID{}, errors.New("there is no national centre")
	}
	codes, err := units.Codes(ctx, organization.TableCity)
	if err != nil {
		return nil, organization.CentreID{}, err
	}
	var teams []organization.Team
	var first organization.CentreID
	for i, province := range peopleProvinces {
		p, err := units.CreateCentre(ctx, tx, organization.NewCentre{
			Parent: root.ID, Level: actor.Province, Code: "P" + province, Name: "测量省中心" + province, Province: province,
		})
		if err != nil {
			return nil, first, err
		}
		if i == 0 {
			first = p.ID
		}
		made := 0
		for _, c := range codes.Items() {
			if c.Parent != province || made == citiesPerPlace {
				continue
			}
			made++
			city, err := units.CreateCentre(ctx, tx, organization.NewCentre{
				Parent: p.ID, Level: actor.City, Code: "C" + c.Code, Name: c.ZH + "客服中心", Province: province, City: c.Code,
			})
			if err != nil {
				return nil, first, err
			}
			team, err := units.CreateTeam(ctx, tx, organization.NewTeam{Centre: city.ID, Code: "EARLY", Name: "早班"})
			if err != nil {
				return nil, first, err
			}
			teams = append(teams, team)
		}
	}
	return teams, first, nil
}

// crowdOf spreads people over the teams, under names as they are.
func crowdOf(teams []organization.Team, count int) []organization.NewStaff {
	surnames, given := []rune("王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗"), []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰")
	people := make([]organization.NewStaff, count)
	for i := range people {
		team := teams[i%len(teams)]
		people[i] = organization.NewStaff{
			Number: fmt.Sprintf("M%06d", i), Centre: team.Centre, Team: team.ID,
			Name: string([]rune{surnames[i*7%len(surnames)], given[i*11%len(given)], given[i*3/7%len(given)]}),
		}
	}
	return people
}

func seedPlanner(ctx context.Context, data string, pool *pgxpool.Pool, units *organization.Service, at organization.CentreID) error {
	quiet := slog.New(slog.DiscardHandler)
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
	return postgres.InTx(ctx, pool, func(ctx context.Context, tx pgx.Tx) error {
		ids, err := units.SeedStaff(ctx, tx, []organization.NewStaff{{Number: scopedNumber, Name: "排班员", Centre: at}})
		if err != nil {
			return err
		}
		_, err = accounts.SeedAccounts(ctx, tx, []identity.Seed{
			{Staff: ids[0], PasswordHash: hash, Grants: []identity.SeedGrant{{Role: string(actor.Planner), Centre: at}}},
		})
		return err
	})
}

// signInLine signs somebody in and gives the header that carries the session.
func signInLine(ctx context.Context, address, number, password string) (string, error) {
	jar, err := newJar()
	if err != nil {
		return "", err
	}
	v := &visitor{url: address, client: &http.Client{Jar: jar, Transport: &http.Transport{}}}
	defer v.client.CloseIdleConnections()
	if err := v.ask(ctx, http.MethodPost, "/api/sign-in", map[string]string{"number": number, "password": password}, nil); err != nil {
		return "", fmt.Errorf("sign in %s: %w", number, err)
	}
	return cookieLine(jar, address)
}
