package app

import (
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/identity"
	"yingda/internal/setting"
)

// As long as nobody has set anything, identity demands what it would demand by itself.
func TestDefaultsOfTheSettingsAreThoseOfIdentity(t *testing.T) {
	t.Parallel()
	got, want := identityPolicy(setting.New(setting.Config{Registry: settingRegistry()}))(), identity.DefaultPolicy()
	require.Nil(t, got.TOTPFor)
	require.Equal(t, want, got)
	require.GreaterOrEqual(t, len(settingRegistry().All()), 10)
}
