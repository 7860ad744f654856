package localca_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/localca"
)

func serve(t *testing.T, f localca.Files) (url string, trusting *http.Client) {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	require.NoError(t, err)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	raw, err := os.ReadFile(f.CACert)
	require.NoError(t, err)
	require.True(t, roots.AppendCertsFromPEM(raw))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(transport.CloseIdleConnections)
	return s.URL, &http.Client{Transport: transport}
}

func TestABrowserThatTrustsTheAuthorityOpensThePage(t *testing.T) {
	t.Parallel()
	f, err := localca.Init(t.TempDir(), []string{"service.example", "127.0.0.1"}, time.Now())
	require.NoError(t, err)
	url, trusting := serve(t, f)
	answer, err := trusting.Get(url)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	_, err = http.Get(url)
	require.Error(t, err, "nobody else trusts it")
	for _, key := range []string{f.Key, f.CAKey} {
		info, err := os.Stat(key)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
}

func TestRenewalKeepsTheAuthorityAndRefusesOtherNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f, err := localca.Init(dir, []string{"service.example"}, time.Now())
	require.NoError(t, err)
	before, err := os.ReadFile(f.CACert)
	require.NoError(t, err)
	_, err = localca.Init(dir, []string{"service.example"}, time.Now().Add(24*time.Hour))
	require.NoError(t, err)
	after, err := os.ReadFile(f.CACert)
	require.NoError(t, err)
	require.Equal(t, before, after)

	_, err = localca.Init(dir, []string{"bank.example"}, time.Now())
	require.ErrorContains(t, err, "was not made for all of [bank.example]")
	require.NoError(t, os.Remove(filepath.Join(dir, "ca.key")))
	_, err = localca.Init(dir, []string{"service.example"}, time.Now())
	require.ErrorContains(t, err, "key is missing")
}

func ExampleInit() {
	dir, _ := os.MkdirTemp("", "tls")
	defer os.RemoveAll(dir)
	f, err := localca.Init(dir, []string{"service.example", net.IPv4(192, 0, 2, 1).String()}, time.Now())
	fmt.Println(filepath.Base(f.Cert), filepath.Base(f.CACert), err)
	// Output: server.crt ca.crt <nil>
}
