// Package localca makes a certificate authority of this installation's own, and server
// certificates under it.
//
// Browsers give no microphone to a page without HTTPS, except on localhost, so a centre that has no
// certificate of a public authority needs one that its own browsers trust. The authority's key never
// leaves the folder; what browsers import is ca.crt alone. The authority carries a name constraint
// for the names and addresses it was made for, so that a stolen key cannot impersonate other sites
// (RFC 5280, section 4.2.1.10).
package localca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Lifetimes: browsers refuse server certificates that live longer than 825 days; renewing is one command.
const (
	caLife     = 10 * 365 * 24 * time.Hour
	serverLife = 397 * 24 * time.Hour
)

// Files are the paths of what Init makes.
type Files struct{ CACert, CAKey, Cert, Key string }

// In gives the paths inside a folder.
func In(dir string) Files {
	return Files{
		CACert: filepath.Join(dir, "ca.crt"), CAKey: filepath.Join(dir, "ca.key"),
		Cert: filepath.Join(dir, "server.crt"), Key: filepath.Join(dir, "server.key"),
	}
}

// Init makes (or keeps) the authority in dir and a new server certificate for the hosts: names and
// addresses. An existing authority is kept when it may sign for all hosts, so that browsers need to
// trust it once only; otherwise Init fails and says what to do.
func Init(dir string, hosts []string, now time.Time) (Files, error) {
	f := In(dir)
	if len(hosts) == 0 {
		return f, errors.New("no names or addresses to make a certificate for")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return f, fmt.Errorf("make the folder for the certificates: %w", err)
	}
	ca, caKey, err := loadCA(f)
	if errors.Is(err, fs.ErrNotExist) {
		ca, caKey, err = makeCA(f, hosts, now)
	}
	if err != nil {
		return f, err
	}
	return f, makeServer(f, ca, caKey, hosts, now)
}

func loadCA(f Files) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	certPEM, err := os.ReadFile(f.CACert)
	if err != nil {
		return nil, nil, err
	}
	keyPEM, err := os.ReadFile(f.CAKey)
	if err != nil {
		return nil, nil, fmt.Errorf("the authority's key is missing beside %s; restore it, or remove %s to begin a new authority: %w", f.CACert, f.CACert, errors.New("no key"))
	}
	certBlock, _ := pem.Decode(certPEM)
	keyBlock, _ := pem.Decode(keyPEM)
	if certBlock == nil || keyBlock == nil {
		return nil, nil, fmt.Errorf("%s or %s is not PEM; remove both to begin a new authority", f.CACert, f.CAKey)
	}
	cert, err1 := x509.ParseCertificate(certBlock.Bytes)
	key, err2 := x509.ParseECPrivateKey(keyBlock.Bytes)
	if err := errors.Join(err1, err2); err != nil {
		return nil, nil, fmt.Errorf("read %s and %s (remove both to begin a new authority): %w", f.CACert, f.CAKey, err)
	}
	return cert, key, nil
}

func makeCA(f Files, hosts []string, now time.Time) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "Yingda local authority " + now.Format("2006-01-02")},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(caLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage:                    x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		PermittedDNSDomainsCritical: true,
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.PermittedIPRanges = append(template.PermittedIPRanges, wholeIP(ip))
		} else {
			template.PermittedDNSDomains = append(template.PermittedDNSDomains, h)
		}
	}
	// A list of one kind leaves the other kind free (RFC 5280), so both kinds always get one.
	if len(template.PermittedIPRanges) == 0 {
		template.PermittedIPRanges = []*net.IPNet{wholeIP(net.IPv4(127, 0, 0, 1))}
	}
	if len(template.PermittedDNSDomains) == 0 {
		template.PermittedDNSDomains = []string{"localhost"}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, nil, err
	}
	if err := writePair(f.CACert, f.CAKey, key, der); err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return cert, key, err
}

func makeServer(f Files, ca *x509.Certificate, caKey *ecdsa.PrivateKey, hosts []string, now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: hosts[0]},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(serverLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca, &key.PublicKey, caKey)
	if err != nil {
		return err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	if _, err := cert.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: now}); err != nil {
		return fmt.Errorf("the existing authority %s was not made for all of %v; remove ca.crt and ca.key to begin a new one (browsers must then trust it again): %w", f.CACert, hosts, err)
	}
	return writePair(f.Cert, f.Key, key, slices.Clone(der), ca.Raw)
}

// writePair writes the key before the certificates, each by rename, so that a reader never sees half a file.
func writePair(certFile, keyFile string, key *ecdsa.PrivateKey, chain ...[]byte) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	if err := writeFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		return err
	}
	var certs []byte
	for _, der := range chain {
		certs = append(certs, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return writeFile(certFile, certs, 0o644)
}

func writeFile(file string, content []byte, mode fs.FileMode) error {
	temp := file + ".new"
	if err := os.WriteFile(temp, content, mode); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return os.Rename(temp, file)
}

func wholeIP(ip net.IP) *net.IPNet {
	if v4 := ip.To4(); v4 != nil {
		return &net.IPNet{IP: v4, Mask: net.CIDRMask(32, 32)}
	}
	return &net.IPNet{IP: ip, Mask: net.CIDRMask(128, 128)}
}

func serial() *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return big.NewInt(time.Now().UnixNano())
	}
	return n
}
