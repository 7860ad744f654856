package config

import "time"

// Option is one row of the table that flags, environment, YAML and the template come from.
type Option struct {
	Key     string // dotted: smtp.host
	Default string
	Usage   string
	Example string // shown in the template when there is no default
	Secret  bool   // never printed; *_FILE variant in the environment
	Switch  bool   // a flag without a value means true
	set     func(*Config, string) error
}

// Options lists every option in the order of the template.
func Options() []Option {
	return []Option{
		{Key: "data-dir", Default: defaultDataDir(), Usage: "folder of everything this installation keeps", set: path(func(c *Config) *string { return &c.DataDir })},
		{Key: "http", Default: "127.0.0.1:8080", Usage: "address of pages and API", set: hostPort(func(c *Config) *string { return &c.HTTP })},
		{Key: "sip", Default: "127.0.0.1:5060", Usage: "address of SIP over UDP and TCP", set: hostPort(func(c *Config) *string { return &c.SIP })},
		{Key: "sip-tls", Usage: "address of SIP over TLS, with the certificate below; without it there is none", Example: ":5061", set: optional(hostPort(func(c *Config) *string { return &c.SIPTLS }))},
		{Key: "sip-realm", Default: "yingda", Usage: "realm of phones' passwords; changing it makes every phone need a new one", set: realm},
		{Key: "sip-digest", Default: "md5", Usage: "what phones prove their password by: md5, or both (SHA-256 in front of MD5, where every phone can read two challenges)", set: oneOf(func(c *Config) *string { return &c.SIPDigest }, "md5", "both")},
		{Key: "max-calls", Default: "4000", Usage: "legs of calls on this process at one time; more are answered 503", set: count(func(c *Config) *int { return &c.MaxCalls })},
		{Key: "rtp-ports", Default: "20000-29999", Usage: "UDP ports of call audio, below 32768", set: portRange},
		{Key: "media-realtime", Default: "true", Switch: true, Usage: "let sound go before all other work of the machine, where it is allowed (root or CAP_SYS_NICE)", set: boolean(func(c *Config) *bool { return &c.MediaRealtime })},
		{Key: "flow-dir", Usage: "folder of call flows, one YAML file each; without it flows/ in the data folder", Example: "/etc/yingda/flows", set: path(func(c *Config) *string { return &c.FlowDir })},
		{Key: "webrtc-udp", Default: "127.0.0.1:7443", Usage: "UDP address of browsers' audio", set: hostPort(func(c *Config) *string { return &c.WebRTCUDP })},
		{Key: "public-ip", Usage: "address that browsers and trunks see, behind NAT", Example: "203.0.113.10", set: publicIP},
		{Key: "public-url", Usage: "how browsers reach this installation; identity providers send them back there", Example: "https://help.example.net", set: httpURL(func(c *Config) *string { return &c.PublicURL })},
		{Key: "tls-cert", Usage: "certificate chain (PEM) of pages and SIP; `yingda tls init` makes one", Example: "/etc/yingda/tls/server.crt", set: path(func(c *Config) *string { return &c.TLSCert })},
		{Key: "tls-key", Usage: "private key (PEM) of the certificate", Example: "/etc/yingda/tls/server.key", set: path(func(c *Config) *string { return &c.TLSKey })},
		{Key: "demo", Default: "false", Switch: true, Usage: "fill an empty installation with demonstration data", set: boolean(func(c *Config) *bool { return &c.Demo })},
		{Key: "demo-traffic", Default: "0", Usage: "simulated calls an hour in the busiest half hour with which a demonstration begins, up to 600; the start page switches them", set: demoTraffic},
		{Key: "database-url", Secret: true, Usage: "external PostgreSQL 15 or newer; without it an own server is started", Example: "postgres://yingda@db.example.net/yingda", set: databaseURL},
		{Key: "nats-url", Secret: true, Usage: "external NATS with JetStream; without it an own one is started", Example: "tls://nats.example.net:4222", set: natsURL},
		{Key: "pg-archive", Usage: "archive with PostgreSQL's programs, for machines without any", Example: "/srv/linux-x64-18.4.0-beta.17.tgz", set: path(func(c *Config) *string { return &c.PGArchive })},
		{Key: "roles", Default: "all", Usage: "parts of the work of this process: web, voice, router, worker, search, or all", set: roles},
		{Key: "node", Default: defaultNode(), Usage: "name of this process among several", set: text(func(c *Config) *string { return &c.Node })},

		{Key: "log.level", Default: "info", Usage: "debug, info, warn or error", set: oneOf(func(c *Config) *string { return &c.Log.Level }, "debug", "info", "warn", "error")},
		{Key: "log.format", Default: "text", Usage: "text or json", set: oneOf(func(c *Config) *string { return &c.Log.Format }, "text", "json")},
		{Key: "tracing.endpoint", Usage: "OTLP/HTTP endpoint for traces", Example: "http://127.0.0.1:4318", set: httpURL(func(c *Config) *string { return &c.Tracing.Endpoint })},

		{Key: "secret.key", Default: "file", Usage: "master key: file, file:/path, or command:/path args (prints the key ring)", set: masterKey},
		{Key: "outbox.retention", Default: "168h", Usage: "how long events stay readable after every consumer has had them", set: duration(func(c *Config) *time.Duration { return &c.Outbox.Retention })},

		{Key: "blob.s3-endpoint", Usage: "S3-compatible store for recordings and files; without it the data folder", Example: "https://s3.example.net", set: httpURL(func(c *Config) *string { return &c.Blob.S3Endpoint })},
		{Key: "blob.s3-bucket", Usage: "bucket of that store", Example: "yingda", set: text(func(c *Config) *string { return &c.Blob.S3Bucket })},
		{Key: "blob.s3-region", Default: "us-east-1", Usage: "region of that store", set: text(func(c *Config) *string { return &c.Blob.S3Region })},
		{Key: "blob.s3-access-key", Secret: true, Usage: "access key of that store", set: text(func(c *Config) *string { return &c.Blob.S3AccessKey })},
		{Key: "blob.s3-secret-key", Secret: true, Usage: "secret key of that store", set: text(func(c *Config) *string { return &c.Blob.S3SecretKey })},

		{Key: "smtp.host", Usage: "mail server that e-mail is handed to", Example: "mail.example.net", set: text(func(c *Config) *string { return &c.SMTP.Host })},
		{Key: "smtp.port", Default: "587", Usage: "its port", set: port(func(c *Config) *int { return &c.SMTP.Port })},
		{Key: "smtp.security", Default: "starttls", Usage: "starttls, tls or none", set: oneOf(func(c *Config) *string { return &c.SMTP.Security }, "starttls", "tls", "none")},
		{Key: "smtp.user", Usage: "user name there", Example: "yingda", set: text(func(c *Config) *string { return &c.SMTP.User })},
		{Key: "smtp.password", Secret: true, Usage: "password there", set: text(func(c *Config) *string { return &c.SMTP.Password })},
		{Key: "smtp.from", Usage: "sender of e-mail", Example: "service@example.net", set: text(func(c *Config) *string { return &c.SMTP.From })},

		{Key: "sms.url", Usage: "HTTP gateway that text messages are handed to", Example: "https://sms.example.net/send", set: httpURL(func(c *Config) *string { return &c.SMS.URL })},
		{Key: "sms.method", Default: "POST", Usage: "its method", set: oneOf(func(c *Config) *string { return &c.SMS.Method }, "GET", "POST", "PUT")},
		{Key: "sms.headers", Usage: "further headers, one per line, template", Example: "Authorization: Bearer {{.Token}}", set: text(func(c *Config) *string { return &c.SMS.Headers })},
		{Key: "sms.body", Default: `{"to":{{json .To}},"text":{{json .Text}},"id":{{json .ID}}}`, Usage: "body, template with .To .Text .ID .Token", set: text(func(c *Config) *string { return &c.SMS.Body })},
		{Key: "sms.content-type", Default: "application/json", Usage: "type of the body", set: text(func(c *Config) *string { return &c.SMS.ContentType })},
		{Key: "sms.charset", Default: "utf-8", Usage: "utf-8 or gb18030", set: oneOf(func(c *Config) *string { return &c.SMS.Charset }, "utf-8", "gb18030")},
		{Key: "sms.success", Usage: "regular expression that a good answer's body matches; empty: any 2xx", Example: `"code":\s*0`, set: pattern(func(c *Config) *string { return &c.SMS.Success })},
		{Key: "sms.token", Secret: true, Usage: "secret for the templates above", set: text(func(c *Config) *string { return &c.SMS.Token })},

		{Key: "audit.mail-to", Usage: "e-mail address that gets the head of the audit's seal once a day", Example: "audit@example.net", set: text(func(c *Config) *string { return &c.Audit.MailTo })},

		{Key: "oidc.issuer", Usage: "OpenID Connect provider where people may sign in", Example: "https://login.example.net/realms/staff", set: httpURL(func(c *Config) *string { return &c.OIDC.Issuer })},
		{Key: "oidc.name", Usage: "its name on the sign-in page", Example: "单点登录", set: text(func(c *Config) *string { return &c.OIDC.Name })},
		{Key: "oidc.client-id", Usage: "this installation's name there", Example: "yingda", set: text(func(c *Config) *string { return &c.OIDC.ClientID })},
		{Key: "oidc.client-secret", Secret: true, Usage: "its secret there", set: text(func(c *Config) *string { return &c.OIDC.ClientSecret })},
		{Key: "oidc.claim", Default: "preferred_username", Usage: "claim that holds the staff number", set: text(func(c *Config) *string { return &c.OIDC.Claim })},
		{Key: "oidc.mfa", Default: "false", Switch: true, Usage: "the provider asks for a second factor itself", set: boolean(func(c *Config) *bool { return &c.OIDC.MFA })},

		{Key: "client.allow-networks", Usage: "internal networks that gateways and webhooks may reach, comma separated", Example: "10.20.0.0/16", set: networks},
	}
}
