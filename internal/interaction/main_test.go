package interaction_test

import (
	"testing"

	"yingda/internal/platform/lifecycle/lifecycletest"
)

func TestMain(m *testing.M) { lifecycletest.Main(m) }
