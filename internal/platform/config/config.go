// Package config is what an installation is told when it starts: flags, environment, one YAML file.
//
// Every option stands once in the table of options.go: its key, default, kind, help and whether it
// is a secret. From that row follow the flag (--smtp-host), the environment variable
// (YINGDA_SMTP_HOST, and YINGDA_SMTP_PASSWORD_FILE for a secret kept in a file), the key of the YAML
// file (smtp.host, nested or dotted) and the commented template in docs/yingda.example.yaml.
// Flags win over the environment, the environment over the file, the file over the defaults.
//
// [Load] never stops at the first mistake: it returns every [Problem] with its place and remedy.
// What an administrator changes while the program runs does not live here but in the settings.
package config

import (
	"net/netip"
	"time"
)

// Role is a part of the work that a process may take.
type Role string

// The roles of architecture section 1.
const (
	Web    Role = "web"    // pages, API, live events
	Voice  Role = "voice"  // SIP, media, IVR
	Router Role = "router" // who gets what
	Worker Role = "worker" // jobs, timers, relay
	Search Role = "search" // the knowledge index
)

// AllRoles are the roles known, built or not.
var AllRoles = []Role{Web, Voice, Router, Worker, Search}

// BuiltRoles are those whose parts this binary has.
var BuiltRoles = []Role{Web, Voice, Router, Worker}

// Config is the whole start-up configuration, checked and typed.
type Config struct {
	DataDir       string
	HTTP          string // host:port of pages and API
	SIP           string // host:port of UDP and TCP
	SIPTLS        string // host:port; empty: no SIP over TLS
	SIPRealm      string // of phones' passwords
	SIPDigest     string // md5, both: what phones are offered to prove them by
	MaxCalls      int    // legs at one time
	RTPPorts      PortRange
	FlowDir       string     // of call flows; empty: see Flows
	WebRTCUDP     string     // host:port
	MediaRealtime bool       // threads of sound run in real time, where the system allows it
	PublicIP      netip.Addr // what browsers and trunks see; zero: the interface's own
	TLSCert       string
	TLSKey        string
	Demo          bool
	DemoTraffic   int    // simulated calls an hour in the busiest half hour, from the start; 0: switched on by a page
	DatabaseURL   string // secret; empty: own PostgreSQL
	NATSURL       string // secret; empty: own NATS
	PublicURL     string // how browsers reach this installation; empty: as they say
	PGArchive     string
	Roles         []Role
	Node          string // name of this process among several

	Log     Log
	Tracing Tracing
	Secret  Secret
	Blob    Blob
	SMTP    SMTP
	SMS     SMS
	Client  Client
	OIDC    OIDC
	Outbox  Outbox
	Audit   Audit
}

// PortRange is an inclusive range of UDP ports.
type PortRange struct{ From, To int }

// Log says how much is logged, and how.
type Log struct {
	Level  string // debug, info, warn, error
	Format string // text, json
}

// Tracing is where OpenTelemetry traces go; empty means nowhere.
type Tracing struct{ Endpoint string }

// Secret says where the master key comes from.
type Secret struct {
	Key string // "file" (DATA-DIR/secret/master.key), "file:/path", "command:/path args"
}

// Blob says where recordings and files are kept.
type Blob struct {
	S3Endpoint, S3Bucket, S3Region, S3AccessKey, S3SecretKey string
}

// SMTP is the mail server that e-mail is handed to.
type SMTP struct {
	Host, Security, User, Password, From string
	Port                                 int
}

// SMS is the HTTP gateway that text messages are handed to.
type SMS struct {
	URL, Method, Headers, Body, ContentType, Charset, Success, Token string
}

// OIDC is the OpenID Connect provider where people may sign in; without an issuer there is none.
type OIDC struct {
	Issuer, Name, ClientID, ClientSecret string
	Claim                                string // that holds the staff number
	MFA                                  bool   // the provider asks for a second factor itself
}

// Client limits what the program may call.
type Client struct {
	AllowNetworks []netip.Prefix // internal networks that gateways and webhooks may reach
}

// Outbox says how long events stay readable after everybody has had them.
type Outbox struct{ Retention time.Duration }

// Audit says where the head of the audit's seal goes.
type Audit struct {
	MailTo string // empty: nowhere
}

// Has reports whether this process takes the role.
func (c Config) Has(r Role) bool {
	for _, have := range c.Roles {
		if have == r {
			return true
		}
	}
	return false
}
