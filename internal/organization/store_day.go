package organization

import (
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// DateValue lets pgx write a date column; none becomes null.
func (d Day) DateValue() (pgtype.Date, error) {
	if d == "" {
		return pgtype.Date{}, nil
	}
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return pgtype.Date{}, fmt.Errorf("day %q: %w", string(d), err)
	}
	return pgtype.Date{Time: t, Valid: true}, nil
}

// ScanDate lets pgx read a date column; null becomes none.
func (d *Day) ScanDate(v pgtype.Date) error {
	*d = ""
	if v.Valid {
		*d = Day(v.Time.Format(time.DateOnly))
	}
	return nil
}
