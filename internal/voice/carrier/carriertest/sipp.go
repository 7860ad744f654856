package carriertest

import (
	"embed"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

//go:embed testdata/*.xml
var scenarios embed.FS

// Captures is where Debian's sip-tester keeps its captures (dtmf_2833_0.pcap and so on).
const Captures = "/usr/share/sip-tester"

// SIPpConfig says what SIPp plays.
type SIPpConfig struct {
	Scenario string // a file of testdata without .xml, or "uas" and "uac", SIPp's own
	File     string // a scenario of the test's own, in place of Scenario
	Local    string // the loopback address it speaks from; "": 127.0.0.1
	Target   string // host:port that is called; "" for a scenario that answers
	Number   string // the user that is called; "": 10086
	Calls    int    // 0: 1
	Rate     int    // calls a second; 0: 10
	Tone     int    // hertz of the tone that rtp_stream plays; 0: 440
	TCP      bool
	Keys     map[string]string // for [key] in the scenario
	Args     []string          // more arguments
}

// SIPp is one running SIPp.
type SIPp struct {
	*program
	addr  string
	dir   string
	media int
}

// StartSIPp starts SIPp on loopback.
func StartSIPp(t *testing.T, cfg SIPpConfig) *SIPp {
	t.Helper()
	dir := t.TempDir()
	port := freeSIP(t)
	if cfg.Local == "" {
		cfg.Local = "127.0.0.1"
	}
	s := &SIPp{addr: net.JoinHostPort(cfg.Local, strconv.Itoa(port)), dir: dir, media: freeMedia(t)}
	args := []string{}
	if cfg.Target != "" {
		args = append(args, cfg.Target)
	}
	if cfg.Scenario == "uas" || cfg.Scenario == "uac" {
		args = append(args, "-sn", cfg.Scenario)
	} else {
		args = append(args, "-sf", writeScenario(t, dir, cfg))
	}
	if cfg.Number == "" {
		cfg.Number = "10086"
	}
	transport := "u1"
	if cfg.TCP {
		transport = "t1"
	}
	args = append(args, "-s", cfg.Number, "-i", cfg.Local, "-p", strconv.Itoa(port), "-mi", cfg.Local,
		"-mp", strconv.Itoa(s.media), "-t", transport, "-nostdin", "-buff_size", "4000000", "-trace_err", "-error_file", filepath.Join(dir, "errors.log"),
		"-timeout", "15s", "-m", strconv.Itoa(max(1, cfg.Calls)), "-r", strconv.Itoa(max(1, cfg.Rate)))
	for k, v := range cfg.Keys {
		args = append(args, "-key", k, v)
	}
	s.program = start(t, dir, "sipp", append(args, cfg.Args...)...)
	if cfg.Target == "" {
		s.ready(t, cfg.TCP)
	}
	t.Cleanup(func() {
		if errors, err := os.ReadFile(filepath.Join(dir, "errors.log")); err == nil && t.Failed() {
			t.Logf("sipp's errors:\n%s", errors)
		}
	})
	return s
}

// ready waits until SIPp has opened its port.
func (s *SIPp) ready(t *testing.T, tcp bool) {
	t.Helper()
	for range 300 {
		if tcp && answersTCP(s.addr) || !tcp && takenUDP(s.addr) {
			return
		}
		select {
		case <-s.done:
			require.FailNow(t, "sipp ended at once")
		case <-time.After(10 * time.Millisecond):
		}
	}
	require.FailNow(t, "sipp did not open its port")
}

// Addr is host:port of SIPp's own SIP port.
func (s *SIPp) Addr() string { return s.addr }

// Media is the first of the four ports that its sound comes from and goes to.
func (s *SIPp) Media() int { return s.media }

// Wait waits until all its calls are done; 0: all went as the scenario says.
func (s *SIPp) Wait(t *testing.T, within time.Duration) int { return s.wait(t, within) }

// writeScenario puts the scenario and its sound into the folder.
func writeScenario(t *testing.T, dir string, cfg SIPpConfig) string {
	t.Helper()
	read, file := scenarios.ReadFile, "testdata/"+cfg.Scenario+".xml"
	if cfg.File != "" {
		read, file = os.ReadFile, cfg.File
	}
	text, err := read(file)
	require.NoError(t, err)
	tone := cfg.Tone
	if tone == 0 {
		tone = 440
	}
	sound := WriteALawTone(t, dir, float64(tone), 10*time.Second)
	body := strings.NewReplacer("@TONE@", sound, "@CAPTURES@", Captures).Replace(string(text))
	path := filepath.Join(dir, filepath.Base(file))
	require.NoError(t, os.WriteFile(path, []byte(body), 0o600))
	return path
}
