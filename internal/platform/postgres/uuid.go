package postgres

import (
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

// uuidCodec reads and writes uuid.UUID as its sixteen bytes. pgx alone takes the way of database/sql for
// it, by text, which was 6 % of a list call. All other types keep pgx's own ways.
type uuidCodec struct{ pgtype.UUIDCodec }

// PlanScan gives the short way for *uuid.UUID.
func (c uuidCodec) PlanScan(m *pgtype.Map, oid uint32, format int16, target any) pgtype.ScanPlan {
	if _, ok := target.(*uuid.UUID); ok && format == pgtype.BinaryFormatCode {
		return scanUUID{}
	}
	return c.UUIDCodec.PlanScan(m, oid, format, target)
}

// PlanEncode gives the short way for uuid.UUID.
func (c uuidCodec) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if _, ok := value.(uuid.UUID); ok && format == pgtype.BinaryFormatCode {
		return encodeUUID{}
	}
	return c.UUIDCodec.PlanEncode(m, oid, format, value)
}

type scanUUID struct{}

func (scanUUID) Scan(src []byte, target any) error {
	to := target.(*uuid.UUID)
	if src == nil { // as uuid.UUID.Scan does; a column that may be null is read into uuid.NullUUID
		return nil
	}
	id, err := uuid.FromBytes(src)
	if err != nil {
		return err
	}
	*to = id
	return nil
}

type encodeUUID struct{}

func (encodeUUID) Encode(value any, buf []byte) ([]byte, error) {
	id := value.(uuid.UUID)
	return append(buf, id[:]...), nil
}
