package bus

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"yingda/internal/platform/clock"
)

const (
	requestTimeout   = 5 * time.Second  // of a call whose context has no deadline
	startTimeout     = 15 * time.Second // of Start whose context has no deadline; a cluster may be electing
	dialTimeout      = 2 * time.Second
	reconnectWait    = 250 * time.Millisecond
	pingInterval     = 5 * time.Second // two lost pings mean the connection is dead, although TCP has not noticed
	defaultPending   = 8192            // messages that wait for one handler
	maxPendingBytes  = 64 << 20        // and their bytes
	storeSubdir      = "nats"
	embeddedReplicas = 1
)

// Config says where the bus is.
type Config struct {
	URL             string // of an external NATS server, several separated by commas; empty: a server in this process
	CredentialsFile string // of the NATS account, when not in the URL
	CAFile          string // PEM; the authorities that may have signed the servers' certificates, when not the system's
	CertFile        string // PEM; our own certificate, when the servers want one
	KeyFile         string // PEM

	StoreDir string // the data directory of this program; the embedded server uses StoreDir/nats

	Name            string // of this node, as the cluster's operator sees it
	Replicas        int    // of streams and buckets on an external cluster: 1 or 3; 0 means 1; always 1 embedded
	PendingMessages int    // that may wait for one handler before messages are dropped; 0 means 8192

	Logger *slog.Logger
	Clock  clock.Clock
}

// embedded reports whether the server runs in this process.
func (c *Config) embedded() bool { return c.URL == "" }

// storeDir is where the embedded server keeps its files.
func (c *Config) storeDir() string { return filepath.Join(c.StoreDir, storeSubdir) }

// hosts names the external servers without user, password or token, for logs and the health page.
func (c *Config) hosts() string {
	var list []string
	for s := range strings.SplitSeq(c.URL, ",") {
		if u, err := url.Parse(strings.TrimSpace(s)); err == nil && u.Host != "" {
			list = append(list, u.Host)
		}
	}
	return strings.Join(list, ", ")
}

// validate says what is wrong, and sets defaults.
func (c *Config) validate() error {
	if c.Logger == nil {
		return fmt.Errorf("bus: no logger")
	}
	if c.Clock == nil {
		return fmt.Errorf("bus: no clock")
	}
	if c.PendingMessages == 0 {
		c.PendingMessages = defaultPending
	}
	if c.embedded() {
		c.Replicas = embeddedReplicas
		if c.StoreDir == "" {
			return fmt.Errorf("bus: a store directory or the URL of a NATS server is needed")
		}
		return nil
	}
	if c.Replicas == 0 {
		c.Replicas = 1
	}
	if c.Replicas != 1 && c.Replicas != 3 {
		return fmt.Errorf("bus: replicas %d: want 1 or 3 (two copies have no majority when one is lost)", c.Replicas)
	}
	for s := range strings.SplitSeq(c.URL, ",") {
		u, err := url.Parse(strings.TrimSpace(s))
		if err != nil || u.Host == "" || (u.Scheme != "nats" && u.Scheme != "tls" && u.Scheme != "ws" && u.Scheme != "wss") {
			return fmt.Errorf("bus: the NATS address must look like nats://host:4222 or tls://host:4222")
		}
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		return fmt.Errorf("bus: a certificate and its key are needed together")
	}
	return nil
}

// options are what both ways of running share, with the credentials of an external cluster.
func (c *Config) options() ([]nats.Option, error) {
	list := []nats.Option{
		nats.Name(c.Name),
		nats.Timeout(dialTimeout),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectWait),
		nats.ReconnectJitter(reconnectWait/2, reconnectWait/2),
		nats.ReconnectBufSize(-1), // fail at once while away instead of sending old news later
		nats.PingInterval(pingInterval),
		nats.MaxPingsOutstanding(2),
		nats.SyncQueueLen(c.PendingMessages),
		nats.IgnoreAuthErrorAbort(), // a credential being rotated must not end the bus
	}
	if c.embedded() {
		return list, nil
	}
	if c.CredentialsFile != "" {
		if _, err := os.Stat(c.CredentialsFile); err != nil {
			return nil, fmt.Errorf("read NATS credentials: %w", err)
		}
		list = append(list, nats.UserCredentials(c.CredentialsFile))
	}
	t, err := c.tls()
	if err != nil {
		return nil, err
	}
	if t != nil {
		list = append(list, nats.Secure(t))
	}
	return list, nil
}

// tls is nil when nothing but the URL decides about encryption.
func (c *Config) tls() (*tls.Config, error) {
	if c.CAFile == "" && c.CertFile == "" {
		return nil, nil // no TLS options is a plain answer
	}
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read authorities of the NATS servers: %w", err)
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read authorities of the NATS servers: no certificate in %s", c.CAFile)
		}
	}
	if c.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("read our certificate for NATS: %w", err)
		}
		t.Certificates = []tls.Certificate{pair}
	}
	return t, nil
}
