package carriertest

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice/carrier"
)

// tonePCM is a sine at -9 dB of full scale.
func tonePCM(hz float64, d time.Duration) []int16 {
	pcm := make([]int16, int(d.Seconds()*8000))
	for i := range pcm {
		pcm[i] = int16(11600 * math.Sin(2*math.Pi*hz*float64(i)/8000))
	}
	return pcm
}

// WriteALawTone writes raw A-law, as SIPp's rtp_stream plays it, and gives the path.
func WriteALawTone(t *testing.T, dir string, hz float64, d time.Duration) string {
	t.Helper()
	path := filepath.Join(dir, fmt.Sprintf("tone-%.0f.al", hz))
	require.NoError(t, os.WriteFile(path, carrier.EncodePCM(carrier.PCMA, tonePCM(hz, d)), 0o600))
	return path
}

// WriteWAVTone writes a WAV file of 8 kHz and gives the path.
func WriteWAVTone(t *testing.T, dir string, hz float64, d time.Duration) string {
	t.Helper()
	path := filepath.Join(dir, fmt.Sprintf("tone-%.0f.wav", hz))
	f, err := os.Create(path)
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, carrier.WAV(f, tonePCM(hz, d)))
	return path
}
