package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/test/e2e/house"
)

func TestPagesAreServedByHTTPSUnderTheLocalAuthority(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	code, _, stderr := house.Run(t, nil, "tls", "init", "--dir", folder, "--host", "127.0.0.1")
	require.Zero(t, code, stderr)
	y := house.Launch(t, "--data-dir", house.Dir(t),
		"--tls-cert", filepath.Join(folder, "server.crt"), "--tls-key", filepath.Join(folder, "server.key"))
	y.URL = strings.Replace(y.URL, "http://", "https://", 1)
	y.Trust(filepath.Join(folder, "ca.crt"))
	y.WaitReady()
	require.Equal(t, 200, y.Status("/"))
	y.Stop()
}
