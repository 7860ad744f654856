// Package migrations holds the database's history as plain SQL, oldest first.
//
// Files are named by timestamp, only go up, are never edited after a release, and follow expand,
// then contract: version N of the program works on the data of version N-1 while both run.
package migrations

import "embed"

// Files are the migrations as goose reads them.
//
//go:embed *.sql
var Files embed.FS
