package identity

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"yingda/internal/platform/ident"
)

type (
	campaignKind struct{}
	sheetKind    struct{}
	itemKind     struct{}
)

// The ids of reviews.
type (
	CampaignID = ident.ID[campaignKind]
	SheetID    = ident.ID[sheetKind]
	ItemID     = ident.ID[itemKind]
)

// Verdict is what a reviewer says of one role of one person.
type Verdict string

// The verdicts; none is empty.
const (
	Keep   Verdict = "keep"
	Revoke Verdict = "revoke"
)

// subject is one assignment that a campaign looks at, with where its holder belongs.
type subject struct {
	Assignment, Account, Staff uuid.UUID
	Home                       uuid.UUID // centre of the holder
	Team                       uuid.UUID // none: no team
	Leader                     uuid.UUID // staff; none: the team has none
}

// reviewer is somebody who may sign, and where they hold the right to.
type reviewer struct {
	Account, Staff uuid.UUID
	Number, Name   string
	Centres        []uuid.UUID
}

// part is what one reviewer gets: some subjects of one team, or of one centre when Team is none.
type part struct {
	Home, Team uuid.UUID
	Reviewer   *reviewer // nil: nobody was found
	Subjects   []subject
}

// distribute gives every subject to exactly one reviewer, who is never the subject: the leader of the team; for the
// leader, and for people without a team or whose leader may not sign, the first by staff number who may sign at the
// centre, or else at the nearest one above. above gives a centre and those above it, nearest first.
func distribute(subjects []subject, reviewers []reviewer, above func(centre uuid.UUID) []uuid.UUID) []part {
	reviewers = slices.SortedFunc(slices.Values(reviewers), func(a, b reviewer) int { return cmp.Compare(a.Number, b.Number) })
	type key struct{ home, team, account uuid.UUID }
	index := map[key]int{}
	var parts []part
	for _, sub := range subjects {
		r := reviewerOf(sub, reviewers, above)
		k := key{home: sub.Home, team: sub.Team}
		if r != nil {
			k.account = r.Account
		}
		i, ok := index[k]
		if !ok {
			i = len(parts)
			index[k] = i
			parts = append(parts, part{Home: sub.Home, Team: sub.Team, Reviewer: r})
		}
		parts[i].Subjects = append(parts[i].Subjects, sub)
	}
	return parts
}

func reviewerOf(sub subject, sorted []reviewer, above func(uuid.UUID) []uuid.UUID) *reviewer {
	fits := func(r reviewer) bool { return r.Staff != sub.Staff && r.Account != sub.Account }
	if sub.Leader != uuid.Nil {
		if i := slices.IndexFunc(sorted, func(r reviewer) bool { return r.Staff == sub.Leader && fits(r) }); i >= 0 {
			return &sorted[i]
		}
	}
	for _, centre := range above(sub.Home) {
		if i := slices.IndexFunc(sorted, func(r reviewer) bool { return fits(r) && slices.Contains(r.Centres, centre) }); i >= 0 {
			return &sorted[i]
		}
	}
	return nil
}

// Item is one role of one person, as it was when the campaign began, and what the reviewer says.
type Item struct {
	ID           ItemID
	Account      AccountID
	Number, Name string
	Assignment   AssignmentID
	RoleCode     string
	RoleZH       string
	RoleEN       string
	Grave        bool
	Centre       uuid.UUID
	CentreName   string
	ValidUntil   *time.Time
	GrantedAt    time.Time
	LastSignInAt *time.Time
	Verdict      Verdict
	Reason       string
	Outcome      string // after the signature: kept, revoked, gone
}

// signed is what a signature covers of one item; its JSON is the form that is hashed and never changes.
type signed struct {
	Item       string `json:"item"`
	Account    string `json:"account"`
	Assignment string `json:"assignment"`
	Role       string `json:"role"`
	Centre     string `json:"centre"`
	Verdict    string `json:"verdict"`
	Reason     string `json:"reason"`
}

// signature is SHA-256 over a line that names sheet, campaign, reviewer, proof and time, and one line of JSON for each
// item in the order of their ids. Whoever changes a decision, an item or who signed afterwards changes it.
func signature(sheet SheetID, campaign CampaignID, reviewer uuid.UUID, with string, at time.Time, remark string, items []Item) []byte {
	h := sha256.New()
	head, _ := json.Marshal([]string{"yingda review 1", sheet.String(), campaign.String(), reviewer.String(), with, at.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano), remark})
	fmt.Fprintf(h, "%s\n", head)
	items = slices.SortedFunc(slices.Values(items), func(a, b Item) int { return cmp.Compare(a.ID.String(), b.ID.String()) })
	for _, i := range items {
		line, _ := json.Marshal(signed{
			Item: i.ID.String(), Account: i.Account.String(), Assignment: i.Assignment.String(), Role: i.RoleCode,
			Centre: i.Centre.String(), Verdict: string(i.Verdict), Reason: i.Reason,
		}) // strings only: cannot fail
		fmt.Fprintf(h, "%s\n", line)
	}
	return h.Sum(nil)
}

// Campaign is a review of who holds what.
type Campaign struct {
	ID          CampaignID
	Name        string
	Centre      uuid.UUID
	CentreName  string
	Team        uuid.UUID
	Roles       []string
	DueAt       time.Time
	Closed      bool
	OpenedBy    string
	CreatedAt   time.Time
	ClosedAt    *time.Time
	ClosedBy    string
	CloseReason string
	Version     int
	Sheets      int64
	Signed      int64
	Items       int64
	Decided     int64
	Revoked     int64
}

// Sheet is what one person reviews and signs.
type Sheet struct {
	ID             SheetID
	Campaign       CampaignID
	CampaignName   string
	CampaignClosed bool
	DueAt          time.Time
	Centre         uuid.UUID
	Title          string
	Reviewer       AccountID // none: somebody must be named
	ReviewerNumber string
	ReviewerName   string
	SignedAt       *time.Time
	SignedWith     string
	Signature      []byte
	Remark         string
	Version        int
	Items          int64
	Decided        int64
	Revoked        int64

	campaignCentre uuid.UUID
}
