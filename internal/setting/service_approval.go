package setting

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"yingda/internal/approval"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/setting/inherit"
	"yingda/internal/setting/internal/db"
)

// KindChange names the kind of request by which important settings change.
const KindChange = "setting.change"

// kind declares what approval does with a request.
func (s *Service) kind() approval.Kind {
	return approval.Kind{
		Name: KindChange, ZH: "重要参数修改", EN: "Change of an important setting", Decide: ValueApprove,
		Grave: true, Single: true, Apply: s.approved, Describe: s.describe,
	}
}

// wanted reads a request back.
func (s *Service) wanted(ctx context.Context, r approval.Request) (*Definition, intent, []organization.Centre, error) {
	var in intent
	if err := r.Decode(&in); err != nil {
		return nil, in, nil, err
	}
	in.request = r
	d, ok := s.registry.Definition(in.Key)
	if !ok {
		return nil, in, nil, ErrNoSetting
	}
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return nil, in, nil, err
	}
	path := tree.Path(in.Centre)
	if len(path) == 0 {
		return nil, in, nil, ErrNoCentre
	}
	return d, in, path, nil
}

// approved makes the change in the transaction of the last decision. What was changed meanwhile can never be
// applied any more; a lock that was set meanwhile may be taken away again, so then the request stays open.
func (s *Service) approved(ctx context.Context, tx pgx.Tx, r approval.Request) error {
	d, in, path, err := s.wanted(ctx, r)
	if err == nil {
		_, err = s.apply(ctx, tx, d, in, path)
	}
	if errors.Is(err, ErrChangedMeanwhile) || errors.Is(err, ErrUnchanged) || fault.KindOf(err) == fault.NotFound {
		return approval.Obsolete(err)
	}
	return err
}

// describe shows a decider the difference.
func (s *Service) describe(ctx context.Context, r approval.Request) ([]approval.Detail, error) {
	d, in, path, err := s.wanted(ctx, r)
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.cfg.Pool).ValuesOf(ctx, db.ValuesOfParams{Key: d.Key, Centres: idsOf(path)})
	if err != nil {
		return nil, fmt.Errorf("read what is set of %s: %w", d.Key, err)
	}
	old := stored{}
	for _, row := range rows {
		if row.CentreID == in.Centre.UUID() {
			old = stored{value: row.Value, lock: inherit.Lock(row.Lock)}
		}
	}
	shown := func(raw []byte) string {
		if isNull(raw) {
			return "继承 / inherited"
		}
		v, wrong := d.Parse(raw, "")
		if wrong != nil {
			return string(raw)
		}
		return d.Show(v)
	}
	details := []approval.Detail{{Field: "value", ZH: d.ZH, EN: d.EN, Old: shown(old.value), New: shown(in.Value)}}
	if old.lock != in.Lock {
		details = append(details, approval.Detail{Field: "lock", ZH: "锁定", EN: "Lock", Old: lockWords[old.lock], New: lockWords[in.Lock]})
	}
	if in.RolledBack > 0 {
		details = append(details, approval.Detail{Field: "rolled_back", ZH: "恢复到版本", EN: "Back to version", New: fmt.Sprint(in.RolledBack - 1)})
	}
	return details, nil
}

var lockWords = map[inherit.Lock]string{
	inherit.Open: "不锁定 / open", inherit.Floor: "下级只可更严 / floor", inherit.Fixed: "下级不可改 / fixed",
}
