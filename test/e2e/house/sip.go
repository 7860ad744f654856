package house

import "testing"

// FreeSIP gives an address of this machine at which nobody takes calls, for a program whose callers must know it
// beforehand.
func FreeSIP(t testing.TB) string {
	t.Helper()
	return freeSIPAddress(t)
}
