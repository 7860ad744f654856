package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/privacy"
)

// Load is an organisation as large as life, for measuring.
type Load struct {
	Nation    organization.CentreID
	Provinces []organization.CentreID // all of the code table
	Cities    []organization.CentreID // one centre each
	Staff     []organization.StaffID  // in the order of numbers
}

// FillLoad makes a nation with a centre for each province and city of the code tables, and so many members of
// staff in them, of three posts. Only for a database without an organisation.
func FillLoad(ctx context.Context, tx pgx.Tx, units *organization.Service, staff int) (Load, error) {
	ctx = actor.With(ctx, actor.System("load", organization.CentreEdit, organization.PostEdit))
	var l Load
	root, err := units.CreateCentre(ctx, tx, organization.NewCentre{Level: actor.Nation, Code: "CN", Name: "全国客户服务中心"})
	if err != nil {
		return l, fmt.Errorf("make the nation: %w", err)
	}
	l.Nation = root.ID
	above := map[string]organization.CentreID{}
	for _, table := range organization.BuiltIn() {
		for _, place := range table.Items() {
			n := organization.NewCentre{Parent: root.ID, Level: actor.Province, Code: "P" + place.Code, Name: place.ZH + "客户服务中心", Province: place.Code}
			switch {
			case len(place.Code) != 6 || strings.Trim(place.Code, "0123456789") != "":
				continue
			case place.Parent != "":
				n = organization.NewCentre{Parent: above[place.Parent], Level: actor.City, Code: "C" + place.Code, Name: n.Name, City: place.Code}
			}
			made, err := units.CreateCentre(ctx, tx, n)
			if err != nil {
				return l, fmt.Errorf("make the centre of %s: %w", place.ZH, err)
			}
			if n.Level == actor.Province {
				above[place.Code], l.Provinces = made.ID, append(l.Provinces, made.ID)
			} else {
				l.Cities = append(l.Cities, made.ID)
			}
		}
	}
	if l.Staff, err = loadStaff(ctx, tx, units, l, staff); err != nil {
		return l, err
	}
	_, err = tx.Exec(ctx, `ANALYZE organization.centre, organization.staff`)
	return l, err
}

func loadStaff(ctx context.Context, tx pgx.Tx, units *organization.Service, l Load, count int) ([]organization.StaffID, error) {
	var held []organization.PostID
	for _, p := range posts[len(posts)-3:] {
		made, err := units.CreatePost(ctx, tx, organization.NewPost{Code: p.code, NameZH: p.zh, NameEN: p.en, Class: p.class})
		if err != nil {
			return nil, err
		}
		held = append(held, made.ID)
	}
	random := rand.New(rand.NewPCG(seed, 3))
	places := append([]organization.CentreID{l.Nation}, append(l.Provinces, l.Cities...)...)
	list := make([]organization.NewStaff, count)
	for i := range list {
		list[i] = organization.NewStaff{
			Number: fmt.Sprintf("L%07d", i), Name: name(random), Centre: places[random.IntN(len(places))], Post: held[random.IntN(len(held))],
			Mobile: privacy.Phone(mobile(random)), JoinedOn: "2020-01-01",
		}
	}
	return units.SeedStaff(ctx, tx, list)
}
