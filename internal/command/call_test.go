package command

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice/carrier"
)

// answering starts a phone that plays a tone and presses nothing.
func answering(t *testing.T, cfg carrier.PhoneConfig) *carrier.Phone {
	t.Helper()
	cfg.User = "10086"
	cfg.Play = func() carrier.Source { return carrier.Tone(440, 0) }
	p, err := carrier.NewPhone(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.Stop(t.Context()) })
	require.NoError(t, p.Start(t.Context()))
	return p
}

func runMain(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = Main(args, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

// The library's logger is global, so these calls are made one after the other.
func TestCallTellsWhatWasHeardByItsExitCode(t *testing.T) {
	p := answering(t, carrier.PhoneConfig{})
	via := p.Addr().String()
	wav := filepath.Join(t.TempDir(), "heard.wav")

	code, stdout, stderr := runMain("call", "10086", "--via", via, "--expect", "440", "--listen", "1s", "--keys", "12", "--keys-after", "10ms",
		"--save", wav, "--ladder")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "10086 answered after")
	require.Contains(t, stdout, "tone (440 Hz")
	require.Contains(t, stdout, "-->  INVITE sip:10086@")
	keys, err := (<-p.Calls()).WaitDigits(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, "12", keys)
	file, err := os.Open(wav)
	require.NoError(t, err)
	defer file.Close()
	pcm, err := carrier.ReadWAV(file)
	require.NoError(t, err)
	heard := carrier.Analyse(pcm)
	require.True(t, heard.HasTone(440))

	code, stdout, stderr = runMain("call", "10086", "--via", via, "--expect", "speech", "--listen", "600ms", "--json")
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "expected to hear speech, but heard tone (440 Hz")
	var report callReport
	require.NoError(t, json.Unmarshal([]byte(stdout), &report))
	require.True(t, report.Answered)
	require.Equal(t, "PCMA", report.Codec)
	require.Len(t, report.Failures, 1)
}

func TestCallExpectsRefusals(t *testing.T) {
	p := answering(t, carrier.PhoneConfig{Answer: carrier.Policy{Mode: carrier.RefuseAll, Status: 486, Reason: "Q.850;cause=17"}})
	via := p.Addr().String()
	code, stdout, stderr := runMain("call", "10086", "--via", via, "--expect-status", "486")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "refused the call with 486 Q.850;cause=17")
	code, _, stderr = runMain("call", "10086", "--via", via)
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "INVITE was answered 486")
}

func TestCallChecksItsFlagsFirst(t *testing.T) {
	for _, args := range [][]string{
		{"call"},
		{"call", "1", "--expect", "noise"},
		{"call", "1", "--keys-by", "pigeon"},
		{"call", "1", "--codec", "opus"},
		{"call", "1", "--say", "/nowhere.wav"},
		{"call", "1", "--register", "8001"},
		{"call", "1", "--header", "nonsense"},
	} {
		code, _, stderr := runMain(args...)
		require.Equal(t, exitUsage, code, "%v: %s", args, stderr)
	}
}

func TestLoadgenVoicePrintsItsFigures(t *testing.T) {
	p := answering(t, carrier.PhoneConfig{})
	begin := time.Now()
	code, stdout, stderr := runMain("loadgen", "voice", "--target", p.Addr().String(), "--rate", "50", "--calls", "10", "--steady", "1s",
		"--media", "receive", "--json")
	require.Zero(t, code, stderr)
	require.Contains(t, stderr, "steady ended")
	var r carrier.LoadResult
	require.NoError(t, json.Unmarshal([]byte(stdout), &r))
	require.Equal(t, 10, r.Answered)
	require.Equal(t, 10, r.Media.Streams)
	require.Less(t, time.Since(begin), 10*time.Second)

	code, stdout, _ = runMain("loadgen", "voice", "--target", p.Addr().String(), "--rate", "50", "--calls", "2")
	require.Zero(t, code)
	require.Contains(t, stdout, "2 begun, 2 answered")

	code, _, stderr = runMain("loadgen", "voice", "--codec", "opus")
	require.Equal(t, exitUsage, code, stderr)
}
