package secret

import (
	"bytes"
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The vectors are those of the specification, C2SP.org/XAES-256-GCM.
func TestXAESGivesTheVectorsOfItsSpecification(t *testing.T) {
	t.Parallel()
	nonce := []byte("ABCDEFGHIJKLMNOPQRSTUVWX")
	for _, c := range []struct {
		key        byte
		associated string
		want       string
	}{
		{1, "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"},
		{3, "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"},
	} {
		x, err := newXAES(bytes.Repeat([]byte{c.key}, keySize))
		require.NoError(t, err)
		sealed, err := x.seal(nil, nonce, []byte("XAES-256-GCM"), []byte(c.associated))
		require.NoError(t, err)
		require.Equal(t, c.want, hex.EncodeToString(sealed))
		plain, err := x.open(nil, nonce, sealed, []byte(c.associated))
		require.NoError(t, err)
		require.Equal(t, "XAES-256-GCM", string(plain))
	}
}

func BenchmarkSealOf100Bytes(b *testing.B) {
	m := newMasterKey(1, time.Unix(0, 0))
	plain := make([]byte, 100)
	for b.Loop() {
		_, _ = m.sealValue("bench", "notify.message/1", plain)
	}
}
