package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/config"
)

func write(t *testing.T, name, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	return file
}

func problems(t *testing.T, s config.Sources) []string {
	t.Helper()
	_, err := config.Load(s)
	if err == nil {
		return nil
	}
	var ps config.Problems
	require.ErrorAs(t, err, &ps)
	lines := make([]string, 0, len(ps))
	for _, p := range ps {
		lines = append(lines, p.String())
	}
	return lines
}

func TestDefaultsAreAValidConfiguration(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Sources{})
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:8080", c.HTTP)
	require.Equal(t, config.PortRange{From: 20000, To: 29999}, c.RTPPorts)
	require.True(t, c.Has(config.Web))
	require.True(t, c.Has(config.Voice))
	require.True(t, c.Has(config.Router))
	require.False(t, c.Has(config.Search))
	require.NotEmpty(t, c.DataDir)
	require.Equal(t, "md5", c.SIPDigest)
}

func TestDigestIsOneOfTwoChoices(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Sources{Environ: []string{"YINGDA_SIP_DIGEST=both"}})
	require.NoError(t, err)
	require.Equal(t, "both", c.SIPDigest)
	got := problems(t, config.Sources{Flags: map[string]string{"sip-digest": "sha256"}})
	require.Len(t, got, 1)
	require.Contains(t, got[0], `"sha256" is not one of md5, both`)
}

func TestFlagsWinOverEnvironmentOverFileOverDefaults(t *testing.T) {
	t.Parallel()
	file := write(t, "yingda.yaml", "http: 127.0.0.1:1\nsip: 127.0.0.1:2\nsmtp:\n  port: 25\n  host: mail\nsmtp.from: a@b.example\nrtp-ports: 10000-10100\n")
	c, err := config.Load(config.Sources{
		File:    file,
		Environ: []string{"YINGDA_HTTP=127.0.0.1:3", "YINGDA_SMTP_PORT=26", "PATH=/bin"},
		Flags:   map[string]string{"http": "127.0.0.1:4"},
	})
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:4", c.HTTP)
	require.Equal(t, "127.0.0.1:2", c.SIP)
	require.Equal(t, 26, c.SMTP.Port)
	require.Equal(t, "a@b.example", c.SMTP.From)
	require.Equal(t, config.PortRange{From: 10000, To: 10100}, c.RTPPorts)
}

func TestEveryProblemIsReportedAtOnce(t *testing.T) {
	t.Parallel()
	file := write(t, "yingda.yaml", "htpp: 127.0.0.1:1\nsmtp: {port: many}\nroles: [web, wbe]\nrtp-ports: 40000-50000\n")
	got := problems(t, config.Sources{
		File:    file,
		Environ: []string{"YINGDA_HTPP=x", "YINGDA_DEMO=perhaps", "YINGDA_SMTP_PASSWORD_FILE=/nowhere/at/all"},
		Flags:   map[string]string{"http": "8080", "tls-cert": "/nowhere/x.crt"},
	})
	for _, want := range []string{
		`yingda.yaml: htpp: no such option; did you mean http?`,
		`yingda.yaml: smtp.port: "many" is not a port (1 to 65535)`,
		`yingda.yaml: roles: "wbe" is not a role; known are web, voice, router, worker, search and all`,
		`yingda.yaml: rtp-ports: "40000-50000" must rise and stay within 1024 and 32767, below the ports that the system hands out`,
		`YINGDA_HTPP: no such option; did you mean YINGDA_HTTP?`,
		`YINGDA_DEMO: "perhaps" is neither true nor false`,
		`YINGDA_SMTP_PASSWORD_FILE: /nowhere/at/all: no such file or directory; it must name a readable file that holds the secret`,
		`--http: "8080" is not host:port, such as 127.0.0.1:8080 or :8080`,
		`--tls-cert: a certificate without a key; give --tls-key too`,
	} {
		require.Contains(t, got, want)
	}
	require.Len(t, got, 9)
}

func TestMalformedYAMLIsOneLineWithThePlace(t *testing.T) {
	t.Parallel()
	got := problems(t, config.Sources{File: write(t, "yingda.yaml", "http: 127.0.0.1:1\n  sip: x\n")})
	require.Len(t, got, 1)
	require.Contains(t, got[0], "not YAML: [1:7]")
	require.NotContains(t, got[0], "\n")
	got = problems(t, config.Sources{File: "/nowhere.yaml"})
	require.Equal(t, []string{"/nowhere.yaml: /nowhere.yaml: no such file or directory; give the path of a readable YAML file with --config"}, got)
}

func TestSecretsComeFromFilesAndAreNeverRepeated(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Sources{Environ: []string{"YINGDA_DATABASE_URL_FILE=" + write(t, "url", "postgres://u:p4ssw0rd@db/x\n")}})
	require.NoError(t, err)
	require.Equal(t, "postgres://u:p4ssw0rd@db/x", c.DatabaseURL)

	for _, bad := range []string{"mysql://u:p4ssw0rd@db/x", "u:p4ssw0rd@db", "postgres://u:p4ssw0rd@[db"} {
		got := problems(t, config.Sources{Flags: map[string]string{"database-url": bad}})
		require.Len(t, got, 1, bad)
		require.NotContains(t, got[0], "p4ssw0rd")
	}
}

func TestTemplateHoldsEveryOptionAndLoadsWhenUncommented(t *testing.T) {
	t.Parallel()
	require.Empty(t, problems(t, config.Sources{File: write(t, "yingda.yaml", config.Template())}))
	var lines []string
	for line := range strings.SplitSeq(config.Template(), "\n") {
		if !strings.Contains(line, "##") {
			lines = append(lines, strings.Replace(line, "# ", "", 1))
		}
	}
	lines = lines[3:] // the introduction
	var tree map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(strings.Join(lines, "\n")), &tree))
	for _, o := range config.Options() {
		group, name, nested := strings.Cut(o.Key, ".")
		if !nested {
			require.Contains(t, tree, o.Key)
			continue
		}
		require.Contains(t, tree[group], name)
	}
}

func TestTemplateInTheDocumentationIsCurrent(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../../docs/yingda.example.yaml")
	require.NoError(t, err)
	require.Equal(t, config.Template(), string(raw), "run `make generate`")
}

func FuzzYAML(f *testing.F) {
	f.Add("http: 127.0.0.1:1")
	f.Add("smtp: {port: [1, {a: b}]}\nroles: [web, 3, null]")
	f.Add("a: &a [*a]")
	f.Fuzz(func(t *testing.T, content string) {
		file := filepath.Join(t.TempDir(), "c.yaml")
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
		_, err := config.Load(config.Sources{File: file})
		var ps config.Problems
		if errors.As(err, &ps) {
			for _, p := range ps {
				require.NotEmpty(t, p.What)
				require.True(t, strings.HasPrefix(p.Where, "c.yaml") || p.Where == file, "a problem names its place: %q", p.Where)
			}
			return
		}
		require.NoError(t, err, "every error is a list of problems")
	})
}

func ExampleLoad() {
	_, err := config.Load(config.Sources{Flags: map[string]string{"http": "everywhere", "roles": "web,vioce"}})
	fmt.Println(err)
	// Output:
	// configuration has 2 problems:
	//   --http: "everywhere" is not host:port, such as 127.0.0.1:8080 or :8080
	//   --roles: "vioce" is not a role; known are web, voice, router, worker, search and all
}
