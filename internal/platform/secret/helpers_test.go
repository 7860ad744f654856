package secret_test

import (
	stdcontext "context"
	"maps"
	"slices"

	"yingda/internal/platform/secret"
)

type context = stdcontext.Context

var background = stdcontext.Background()

// batches serves rows of older versions as a table would.
func batches(rows map[string][]byte, size int) func(context, uint32) (secret.Batch, error) {
	return func(_ context, active uint32) (secret.Batch, error) {
		var names []string
		for _, name := range slices.Sorted(maps.Keys(rows)) {
			v, err := secret.Version(rows[name])
			if err != nil {
				return secret.Batch{}, err
			}
			if v != active && len(names) < size {
				names = append(names, name)
			}
		}
		b := secret.Batch{Replace: func(_ context, fresh [][]byte) error {
			for i, name := range names {
				rows[name] = fresh[i]
			}
			return nil
		}}
		for _, name := range names {
			b.Values = append(b.Values, secret.Sealed{Purpose: body, Context: name, Value: rows[name]})
		}
		return b, nil
	}
}
