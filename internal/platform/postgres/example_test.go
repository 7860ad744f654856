package postgres_test

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
)

// A store says in the words of its domain what a violated constraint means.
func ExampleConstraintName() {
	save := func(err error) error {
		switch postgres.ConstraintName(err) {
		case "team_name_key":
			return fault.New(fault.Conflict, "organization.team_name_taken", "another team has this name").WithCause(err)
		default:
			return err
		}
	}
	err := save(&pgconn.PgError{Code: "23505", ConstraintName: "team_name_key"})
	fmt.Println(fault.KindOf(err))
	fmt.Println(save(errors.New("lost connection")))
	// Output:
	// conflict
	// lost connection
}
