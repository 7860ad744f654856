package voice

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"yingda/internal/actor"
	"yingda/internal/organization"
)

// DeskPhone is a phone at which somebody may sit down to work.
type DeskPhone struct {
	Number     string `json:"number"`
	Name       string `json:"name" privacy:"-" doc:"Of the phone"`
	Mine       bool   `json:"mine" doc:"It is assigned to you"`
	Registered bool   `json:"registered" doc:"It is plugged in and known here"`
	Agent      string `json:"agent" doc:"What the phone says it is"`
}

// DeskPhones gives the phones that the asker may sit at: those assigned to him, and those of his centre that are
// assigned to nobody; his own and registered ones first.
//
// Unchecked: who is signed in may know the phones that stand where he works.
func (s *Service) DeskPhones(ctx context.Context) ([]DeskPhone, error) {
	a, err := actor.Require(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.ListPhones(actor.With(ctx, actor.System("voice.desk_phones", PhoneRead)), PhoneFilter{Centre: organization.CentreOf(a.Centre), Limit: 1000})
	if err != nil {
		return nil, err
	}
	there := s.registrations()
	phones := []DeskPhone{}
	for _, p := range list {
		mine := a.Staff != uuid.Nil && p.Staff.UUID() == a.Staff
		if p.Disabled || !mine && p.Staff != (organization.StaffID{}) {
			continue
		}
		d := DeskPhone{Number: p.Number, Name: p.DisplayName, Mine: mine}
		if at := there[p.Number]; len(at) > 0 {
			d.Registered, d.Agent = true, at[0].Agent
		}
		phones = append(phones, d)
	}
	slices.SortStableFunc(phones, func(x, y DeskPhone) int {
		return cmpBool(y.Mine, x.Mine)*2 + cmpBool(y.Registered, x.Registered)
	})
	return phones, nil
}

func cmpBool(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return 1
	}
	return -1
}
