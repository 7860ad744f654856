package e2e

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/test/e2e/house"
)

func TestDoctorSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := house.Dir(t)
	code, stdout, stderr := house.Run(t, nil, "doctor", "--data-dir", dir, "--http", house.FreeAddress(t), "--lang", "zh-CN")
	require.Zero(t, code, stdout+stderr)
	require.Contains(t, stdout, "配置正确")
	require.Contains(t, stdout, "此版本不包含：voice / WebRTC")

	code, stdout, _ = house.Run(t, nil, "doctor", "--data-dir", dir, "--database-url", "postgres://nobody@127.0.0.1:1/none", "--lang", "en")
	require.Equal(t, 1, code)
	require.Contains(t, stdout, "The external database cannot be used")

	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	code, stdout, _ = house.Run(t, nil, "doctor", "--data-dir", dir, "--http", l.Addr().String(), "--lang", "en")
	require.Equal(t, 1, code)
	require.Contains(t, stdout, "Another program uses "+l.Addr().String())

	y := house.Start(t, "--data-dir", dir)
	code, stdout, _ = house.Run(t, nil, "doctor", "--data-dir", dir, "--http", y.URL[len("http://"):], "--lang", "en")
	require.Zero(t, code, stdout)
	require.Contains(t, stdout, "Yingda runs on "+y.URL[len("http://"):])
	y.Stop()
}
