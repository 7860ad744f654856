package blob_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/blob"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/secret"
)

const accessKey, secretKey = "yingda-test", "only-on-loopback"

// gateway builds the S3 server when it is not there yet: the tools module pins it.
func gateway(t testing.TB) string {
	t.Helper()
	root, err := filepath.Abs("../../..")
	require.NoError(t, err)
	binary := filepath.Join(root, "bin", "tools", "versitygw")
	if _, err := os.Stat(binary); err == nil {
		return binary
	}
	build := exec.Command("go", "build", "-o", binary, "github.com/versity/versitygw/cmd/versitygw")
	build.Dir = filepath.Join(root, "tools")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "the S3 tests need versitygw, and it could not be built: %s", out)
	return binary
}

type server struct {
	address string
	caFile  string // set when it speaks TLS
}

// startServer runs a real S3 server on loopback for as long as the test.
func startServer(t testing.TB, withTLS bool) server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := server{address: l.Addr().String()}
	require.NoError(t, l.Close())
	dir := t.TempDir()
	for _, d := range []string{"data", "meta"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, d), 0o700))
	}
	args := []string{"--access", accessKey, "--secret", secretKey, "--port", s.address, "--quiet"}
	if withTLS {
		cert, key := certificate(t, dir)
		s.caFile = cert
		args = append(args, "--cert", cert, "--key", key)
	}
	args = append(args, "posix", "--sidecar", filepath.Join(dir, "meta"), filepath.Join(dir, "data"))
	cmd := exec.Command(gateway(t), args...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // ends with "killed"
		if t.Failed() {
			t.Logf("the S3 server said: %s", said.Bytes())
		}
	})
	require.Eventually(t, func() bool {
		c, err := net.DialTimeout("tcp", s.address, time.Second)
		if err != nil {
			return false
		}
		return c.Close() == nil
	}, 30*time.Second, 10*time.Millisecond, "the S3 server did not listen")
	return s
}

func certificate(t testing.TB, dir string) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), 0o600))
	return certFile, keyFile
}

func (s server) config(bucket string) blob.S3Config {
	return blob.S3Config{
		Endpoint: s.address, Bucket: bucket, Prefix: "yingda/", AccessKey: accessKey, Secret: secret.Hide(secretKey),
		PlainHTTP: s.caFile == "", CAFile: s.caFile, PartSize: 5 << 20,
	}
}

// bucket makes an empty bucket by the administrator's hand.
func (s server) bucket(t testing.TB, name string) {
	t.Helper()
	client, err := minio.New(s.address, &minio.Options{Creds: credentials.NewStaticV4(accessKey, secretKey, ""), Region: "us-east-1"})
	require.NoError(t, err)
	require.NoError(t, client.MakeBucket(t.Context(), name, minio.MakeBucketOptions{}))
}

func open(t testing.TB, cfg blob.S3Config) *blob.S3 {
	t.Helper()
	s, err := blob.NewS3(cfg)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

func TestS3KeepsTheContract(t *testing.T) {
	t.Parallel()
	srv := startServer(t, false)
	var n atomic.Int64
	contract(t, func(t testing.TB) blob.Store {
		name := fmt.Sprintf("bucket-%d", n.Add(1))
		srv.bucket(t, name)
		return open(t, srv.config(name))
	})
}

func helperS3Config() blob.S3Config {
	return server{address: os.Getenv("BLOB_TEST_S3")}.config("killed")
}

// cutter passes requests on and, once told, ends connections in the middle of an answer.
type cutter struct {
	address string
	cuts    atomic.Int64 // answers still to be cut after 100,000 bytes
	parts   atomic.Int64 // parts of large uploads that arrived
}

func (srv server) behindCutter(t testing.TB) *cutter {
	t.Helper()
	c := &cutter{}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: srv.address})
		r.Out.Host = r.In.Host // the signature covers it
	}}
	proxy.ModifyResponse = func(r *http.Response) error {
		if r.Request.Method == http.MethodPut && r.Request.URL.Query().Has("partNumber") {
			c.parts.Add(1)
		}
		if r.Request.Method == http.MethodGet && c.cuts.Add(-1) >= 0 {
			r.Body = struct {
				io.Reader
				io.Closer
			}{io.MultiReader(io.LimitReader(r.Body, 100_000), readerFunc(func([]byte) (int, error) { panic(http.ErrAbortHandler) })), r.Body}
		}
		return nil
	}
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	front := httptest.NewUnstartedServer(proxy)
	front.Config.ErrorLog = proxy.ErrorLog
	front.Start()
	t.Cleanup(front.Close)
	c.address = front.Listener.Addr().String()
	return c
}

func TestABrokenConnectionIsTakenUpWhereItBroke(t *testing.T) {
	t.Parallel()
	srv := startServer(t, false)
	srv.bucket(t, "broken")
	c := srv.behindCutter(t)
	cfg := srv.config("broken")
	cfg.Endpoint = c.address
	s := open(t, cfg)
	content := noise(900_000)
	put(t, s, "k", content)
	c.cuts.Store(3)
	require.True(t, bytes.Equal(content, get(t, s, "k")))
	require.Negative(t, c.cuts.Load(), "all three cuts happened")
}

func TestAnObjectReplacedWhileReadIsNotMixed(t *testing.T) {
	t.Parallel()
	srv := startServer(t, false)
	srv.bucket(t, "mixed")
	s := open(t, srv.config("mixed"))
	put(t, s, "k", bytes.Repeat([]byte("a"), 500_000))
	o, err := s.Open(t.Context(), "k")
	require.NoError(t, err)
	defer o.Close()
	_, err = o.Read(make([]byte, 10))
	require.NoError(t, err)
	put(t, s, "k", bytes.Repeat([]byte("b"), 500_000))
	_, err = o.Seek(400_000, io.SeekStart)
	require.NoError(t, err)
	_, err = o.Read(make([]byte, 10))
	require.ErrorIs(t, err, blob.ErrDamaged)
}

func TestAKilledUploadLeavesNothingVisibleAndIsSwept(t *testing.T) {
	t.Parallel()
	srv := startServer(t, false)
	srv.bucket(t, "killed")
	c := srv.behindCutter(t)
	s := open(t, srv.config("killed"))
	cmd := helperCommand(t, "put-to-s3", "BLOB_TEST_S3="+c.address, "TMPDIR="+t.TempDir())
	cmd.Stdin = bytes.NewReader(noise(60 << 20))
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool { return c.parts.Load() > 0 }, 60*time.Second, time.Millisecond)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait(), "it was killed before it was done")

	_, err := s.Stat(t.Context(), "victim")
	require.ErrorIs(t, err, blob.ErrNotFound)
	all, err := s.List(t.Context(), "", "", 10)
	require.NoError(t, err)
	require.Empty(t, all)
	n, err := s.Sweep(t.Context(), time.Hour)
	require.NoError(t, err)
	require.Zero(t, n)
	n, err = s.Sweep(t.Context(), -time.Minute)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	// A part that was still arriving can outlive the first abort, as the S3 documentation says; then the next takes it.
	require.Eventually(t, func() bool {
		n, err := s.Sweep(t.Context(), -time.Minute)
		return err == nil && n == 0
	}, 10*time.Second, 10*time.Millisecond)
}

func TestS3SpeaksTLSWithAnOwnAuthority(t *testing.T) {
	t.Parallel()
	srv := startServer(t, true)
	untrusting := srv.config("safe")
	untrusting.CAFile = ""
	found := open(t, untrusting).Health().Check(t.Context())
	require.Equal(t, "blob.unreachable", found[0].Warning.Code, "the authority is not known to the system")

	cfg := srv.config("safe")
	s := open(t, cfg)
	found = s.Health().Check(t.Context())
	require.Equal(t, "blob.refused", found[0].Warning.Code, "no such bucket yet")
	require.NoError(t, makeBucketTLS(t.Context(), srv, "safe"))
	require.Empty(t, s.Health().Check(t.Context()))
	put(t, s, "a/b", []byte("x"))
	require.Equal(t, "x", string(get(t, s, "a/b")))
}

func makeBucketTLS(ctx context.Context, srv server, name string) error {
	pool := x509.NewCertPool()
	raw, err := os.ReadFile(srv.caFile)
	if err != nil {
		return err
	}
	pool.AppendCertsFromPEM(raw)
	transport, err := minio.DefaultTransport(true)
	if err != nil {
		return err
	}
	transport.TLSClientConfig.RootCAs = pool
	defer transport.CloseIdleConnections()
	client, err := minio.New(srv.address, &minio.Options{Creds: credentials.NewStaticV4(accessKey, secretKey, ""), Region: "us-east-1", Secure: true, Transport: transport})
	if err != nil {
		return err
	}
	return client.MakeBucket(ctx, name, minio.MakeBucketOptions{})
}

func TestWrongKeysAndAbsentServersAreToldApart(t *testing.T) {
	t.Parallel()
	srv := startServer(t, false)
	srv.bucket(t, "closed")
	cfg := srv.config("closed")
	cfg.Secret = secret.Hide("wrong")
	s := open(t, cfg)
	_, err := s.Put(t.Context(), "k", bytes.NewReader(nil), blob.PutOptions{})
	f, ok := fault.As(err)
	require.True(t, ok)
	require.Equal(t, "blob.refused", f.Code)
	require.Equal(t, "blob.refused", s.Health().Check(t.Context())[0].Warning.Code)

	cfg = srv.config("closed")
	cfg.Endpoint = "127.0.0.1:1"
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err = open(t, cfg).Stat(ctx, "k")
	f, ok = fault.As(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, "blob.unavailable", f.Code)
}

func TestS3SettingsAreAllCheckedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := blob.NewS3(blob.S3Config{Endpoint: "https://s3", PartSize: 1, Prefix: "a b"})
	f, ok := fault.As(err)
	require.True(t, ok)
	require.Len(t, f.Fields, 6)
	good := blob.S3Config{Endpoint: "s3.example", Bucket: "b", AccessKey: "a", Secret: secret.Hide("s")}
	require.NoError(t, good.Validate(), "the port follows from TLS")
	good.CAFile = filepath.Join(t.TempDir(), "absent")
	_, err = blob.NewS3(good)
	require.ErrorIs(t, err, os.ErrNotExist)
}
