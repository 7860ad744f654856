package interaction

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/interaction/internal/db"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/postgres"
)

// namesEvery is how often the names of dispositions are brought into the table by which records show them.
const namesEvery = 30 * time.Second

// Namer keeps interaction.disposition_code as the code tree is, in processes that work in the background.
func (s *Service) Namer() lifecycle.Service {
	return lifecycle.NewLoop("disposition-names", s.cfg.Logger, func(ctx context.Context) error {
		for {
			if err := s.NameDispositions(ctx); err != nil && ctx.Err() == nil {
				s.cfg.Logger.WarnContext(ctx, "the names of dispositions are not up to date", "error", err)
			}
			if clock.Sleep(ctx, s.cfg.Clock, namesEvery) != nil {
				return nil
			}
		}
	})
}

// reasonNode is a node as a layer of the code tree has it.
type reasonNode struct {
	Code     string `json:"code"`
	Parent   string `json:"parent"`
	ZH       string `json:"zh"`
	EN       string `json:"en"`
	Position int    `json:"position"`
	Retired  bool   `json:"retired"`
}

// NameDispositions brings every node that any centre made into the table.
//
// Unchecked: it shows nothing; the worker and tests call it.
func (s *Service) NameDispositions(ctx context.Context) error {
	layers, err := db.New(s.cfg.Pool).LayersOfReasons(ctx, db.LayersOfReasonsParams{Tree: TreeKey, Now: s.cfg.Clock.Now()})
	if err != nil {
		return fmt.Errorf("read the dispositions: %w", err)
	}
	nodes := map[string]reasonNode{}
	for _, l := range layers {
		var content struct {
			Nodes []reasonNode `json:"nodes"`
		}
		if err := json.Unmarshal(l.Content, &content); err != nil {
			return fmt.Errorf("read the dispositions of centre %s: %w", l.CentreID, err)
		}
		for _, n := range content.Nodes {
			nodes[n.Code] = n
		}
	}
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		for _, n := range nodes {
			d, depth := pathOf(nodes, n)
			row := db.UpsertDispositionCodeParams{
				ID: d.ID, Code: d.Code, Name: d.Name, NameEn: d.NameEN, Path: d.Path, PathEn: d.PathEN, Pinyin: d.Pinyin, Initials: d.Initials,
				Depth: int32(depth), Position: int32(n.Position), Retired: n.Retired,
			}
			if n.Parent != "" {
				row.ParentID = uuid.NullUUID{UUID: DispositionID(n.Parent), Valid: true}
			}
			if err := q.UpsertDispositionCode(ctx, row); err != nil {
				return fmt.Errorf("name disposition %s: %w", n.Code, err)
			}
		}
		return nil
	})
}

// maxDepth is deeper than any code tree.
const maxDepth = 12

func pathOf(nodes map[string]reasonNode, n reasonNode) (Disposition, int) {
	chain := []reasonNode{n}
	for at := n; at.Parent != "" && len(chain) < maxDepth; {
		above, ok := nodes[at.Parent]
		if !ok {
			break
		}
		chain, at = append(chain, above), above
	}
	var path [2]string
	var d Disposition
	for i := len(chain) - 1; i >= 0; i-- {
		d = describe(chain[i].Code, chain[i].ZH, chain[i].EN, path)
		path = [2]string{d.Path, d.PathEN}
	}
	return d, len(chain)
}
