package carriertest

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/voice/carrier"
)

// BaresipConfig describes a desk phone.
type BaresipConfig struct {
	User, Password string
	Registrar      string // host:port; "": not registered
	Transport      string // udp (the default) or tcp
	Hertz          int    // the tone that it plays; 0: 440
	Answer         bool   // answer by itself
	Codecs         string // "": pcma
}

// Baresip is a running baresip, controlled over its ctrl_tcp.
type Baresip struct {
	*program
	dir     string
	addr    string
	media   int
	control net.Conn
}

// StartBaresip starts a headless baresip on loopback.
func StartBaresip(t *testing.T, cfg BaresipConfig) *Baresip {
	t.Helper()
	if cfg.Transport == "" {
		cfg.Transport = "udp"
	}
	if cfg.Hertz == 0 {
		cfg.Hertz = 440
	}
	if cfg.Codecs == "" {
		cfg.Codecs = "pcma"
	}
	b := &Baresip{dir: t.TempDir(), media: freeMedia(t)}
	port, control := freeSIP(t), freeSIP(t)
	b.addr = "127.0.0.1:" + strconv.Itoa(port)
	sound := WriteWAVTone(t, b.dir, float64(cfg.Hertz), 30*time.Second)
	b.write(t, "config", fmt.Sprintf(`net_interface 127.0.0.1
sip_listen 127.0.0.1:%d
audio_path %s
audio_source aufile,%s
snd_path %s
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
audio_jitter_buffer_delay 1-10
rtp_ports %d-%d
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module sndfile.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:%d
`, port, b.dir, sound, b.dir, b.media, b.media+3, control))
	b.write(t, "accounts", account(cfg))
	b.write(t, "contacts", "")
	b.write(t, "current_contact", "")
	b.program = start(t, b.dir, "baresip", "-4", "-f", b.dir)
	b.connect(t, control)
	return b
}

func account(cfg BaresipConfig) string {
	host, registered := cfg.Registrar, ";regint=60"
	if host == "" {
		host, registered = "127.0.0.1", ";regint=0"
	}
	mode := "manual"
	if cfg.Answer {
		mode = "auto"
	}
	return fmt.Sprintf("<sip:%s@%s;transport=%s>;auth_user=%s;auth_pass=%s;answermode=%s;audio_codecs=%s%s\n",
		cfg.User, host, cfg.Transport, cfg.User, cfg.Password, mode, cfg.Codecs, registered)
}

func (b *Baresip) write(t *testing.T, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600))
}

// connect waits for the control port.
func (b *Baresip) connect(t *testing.T, port int) {
	t.Helper()
	for range 500 {
		c, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err == nil {
			b.control = c
			t.Cleanup(func() { _ = c.Close() })
			return
		}
		select {
		case <-b.done:
			require.FailNow(t, "baresip ended at once", "%s", b.output.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
	require.FailNow(t, "baresip did not open its control port")
}

// Addr is host:port of its SIP port.
func (b *Baresip) Addr() string { return b.addr }

// Media is the first of the four ports that its sound comes from and goes to.
func (b *Baresip) Media() int { return b.media }

// Do gives a command of baresip's menu, such as dial, hangup, hold, resume, transfer, sndcode.
func (b *Baresip) Do(t *testing.T, command string, params ...string) {
	t.Helper()
	message, err := json.Marshal(map[string]string{"command": command, "params": strings.Join(params, " "), "token": "t"})
	require.NoError(t, err)
	_, err = fmt.Fprintf(b.control, "%d:%s,", len(message), message) // a netstring
	require.NoError(t, err)
}

// Heard gives what baresip heard in its first call, as its sndfile module wrote it down. Hang up first.
func (b *Baresip) Heard(t *testing.T) carrier.Heard {
	t.Helper()
	var files []string
	require.Eventually(t, func() bool {
		files, _ = filepath.Glob(filepath.Join(b.dir, "dump-*-dec.wav")) // the pattern is a good one
		return len(files) > 0
	}, 2*time.Second, 10*time.Millisecond, "baresip wrote down nothing")
	f, err := os.Open(files[0])
	require.NoError(t, err)
	defer f.Close()
	pcm, err := carrier.ReadWAV(f)
	require.NoError(t, err)
	return carrier.Analyse(pcm)
}

// Said gives baresip's output so far.
func (b *Baresip) Said() string { return b.output.String() }
