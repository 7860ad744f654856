package bus_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/bus/bustest"
	"yingda/internal/platform/fault"
)

// certificate makes a self-signed one for 127.0.0.1, as PEM files and for the server.
func certificate(t *testing.T) (certFile, keyFile string, pair tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	pair, err = tls.LoadX509KeyPair(certFile, keyFile)
	require.NoError(t, err)
	return certFile, keyFile, pair
}

func TestClusterWithTLSAndPasswords(t *testing.T) {
	t.Parallel()
	certFile, keyFile, pair := certificate(t)
	authorities := x509.NewCertPool()
	authorities.AddCert(pair.Leaf)
	server, err := natsserver.NewServer(&natsserver.Options{
		Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoLog: true, NoSigs: true, JetStream: true, StoreDir: t.TempDir(),
		Username: "yingda", Password: "geheim", TLSVerify: true,
		TLSConfig: &tls.Config{
			MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair},
			ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: authorities,
		},
	})
	require.NoError(t, err)
	server.Start()
	t.Cleanup(func() { server.Shutdown(); server.WaitForShutdown() })
	require.True(t, server.ReadyForConnections(20*time.Second))

	c := bustest.Config(t)
	c.URL = "tls://yingda:geheim@" + strings.TrimPrefix(server.Addr().String(), "tls://")
	c.CAFile, c.CertFile, c.KeyFile = certFile, certFile, keyFile
	require.Empty(t, codes(t, bustest.Open(t, c)))

	for name, change := range map[string]func(c *bus.Config){
		"a wrong password":      func(c *bus.Config) { c.URL = strings.Replace(c.URL, "geheim", "falsch", 1) },
		"an unknown authority":  func(c *bus.Config) { c.CAFile = "" },
		"no client certificate": func(c *bus.Config) { c.CertFile, c.KeyFile = "", "" },
	} {
		wrong := c
		change(&wrong)
		_, err = bus.Open(t.Context(), wrong)
		f, ok := fault.As(err)
		require.True(t, ok, "%s: %v", name, err)
		require.Equal(t, "bus.connect", f.Code, name)
		require.NotContains(t, err.Error(), "falsch")
	}
}
