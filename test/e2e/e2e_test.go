// Package e2e tries the whole program as its users do: real processes, real engines, a real browser.
package e2e

import (
	"os"
	"testing"

	"yingda/test/e2e/house"
)

func TestMain(m *testing.M) {
	code := m.Run()
	house.Cleanup()
	os.Exit(code)
}
