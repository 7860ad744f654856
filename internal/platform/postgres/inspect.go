package postgres

// Inspect looks at a data directory without touching or locking it: the PostgreSQL major that wrote it
// (0 when there is no cluster yet), or a fault that says why this program cannot use it.
func Inspect(dataDir string) (major int, err error) {
	return (&directory{path: dataDir}).major()
}
