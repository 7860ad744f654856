package postgres

import (
	"context"
	"errors"
)

// Unpack is TODO in this slice.
func Unpack(context.Context, string, string) (string, error) { return "", errors.New("not yet") }
