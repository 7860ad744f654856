package config

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
)

// check finds what is wrong between options, and what can be seen before anything starts.
func (c *Config) check(values map[string]value) (problems Problems) {
	add := func(key, what, remedy string) {
		problems = append(problems, Problem{values[key].where, what, remedy})
	}
	switch {
	case c.TLSCert != "" && c.TLSKey == "":
		add("tls-cert", "a certificate without a key", "give --tls-key too")
	case c.TLSKey != "" && c.TLSCert == "":
		add("tls-key", "a key without a certificate", "give --tls-cert too")
	case c.TLSCert != "":
		if err := checkPair(c.TLSCert, c.TLSKey); err != nil {
			add("tls-cert", err.Error(), "`yingda tls init` makes a pair that fits")
		}
	}
	if c.Blob.S3Endpoint != "" && c.Blob.S3Bucket == "" {
		add("blob.s3-endpoint", "a store without a bucket", "give blob.s3-bucket too")
	}
	if c.SMTP.Host != "" && c.SMTP.From == "" {
		add("smtp.host", "a mail server without a sender", "give smtp.from too")
	}
	if c.SMTP.Password != "" && c.SMTP.Security == "none" {
		add("smtp.security", "the password would travel in clear", "use starttls or tls")
	}
	if c.Audit.MailTo != "" {
		if a, err := mail.ParseAddress(c.Audit.MailTo); err != nil || a.Address != c.Audit.MailTo {
			add("audit.mail-to", "not an e-mail address", "give one address, such as audit@example.net")
		}
		if c.SMTP.Host == "" {
			add("audit.mail-to", "mail without a mail server", "give smtp.host and smtp.from too")
		}
	}
	if c.OIDC.Issuer != "" && c.OIDC.ClientID == "" {
		add("oidc.issuer", "a provider without a client id", "give oidc.client-id too")
	}
	if c.OIDC.Issuer == "" && c.OIDC.ClientID != "" {
		add("oidc.client-id", "a client id without a provider", "give oidc.issuer too")
	}
	if c.PGArchive != "" {
		if _, err := os.Stat(c.PGArchive); err != nil {
			add("pg-archive", reason(err), "give the path of the archive")
		}
		if c.DatabaseURL != "" {
			add("pg-archive", "an archive for an own server, and an external database", "give one of --pg-archive and --database-url")
		}
	}
	if same(c.HTTP, c.SIP) {
		add("sip", "the same address as --http", "choose another port")
	}
	if c.SIPTLS != "" {
		if c.TLSCert == "" {
			add("sip-tls", "SIP over TLS without a certificate", "give tls-cert and tls-key; `yingda tls init` makes a pair")
		}
		if same(c.SIPTLS, c.SIP) || same(c.SIPTLS, c.HTTP) {
			add("sip-tls", "the same address as --sip or --http", "choose another port")
		}
	}
	return problems
}

func same(a, b string) bool {
	_, pa, _ := net.SplitHostPort(a)
	return a == b && pa != "0"
}

func checkPair(cert, key string) error {
	for _, file := range []string{cert, key} {
		if _, err := os.Stat(file); err != nil {
			return errors.New(reason(err))
		}
	}
	_, err := tls.LoadX509KeyPair(cert, key)
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%s or %s cannot be read by this user", cert, key)
	}
	if err != nil {
		return fmt.Errorf("%s and %s are not a usable pair: %w", cert, key, err)
	}
	return nil
}

// Flows is the folder of call flows.
func (c Config) Flows() string {
	if c.FlowDir != "" {
		return c.FlowDir
	}
	return filepath.Join(c.DataDir, "flows")
}

// NotBuilt lists the roles asked for whose parts this binary lacks.
func (c Config) NotBuilt() []Role {
	var missing []Role
	for _, r := range c.Roles {
		if !slices.Contains(BuiltRoles, r) {
			missing = append(missing, r)
		}
	}
	return missing
}
