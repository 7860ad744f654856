package command

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/localca"
)

func newTLS() *cobra.Command {
	c := &cobra.Command{Use: "tls", Short: "Certificates for pages and SIP", Example: "  yingda tls init --host service.example"}
	c.AddCommand(newTLSInit())
	return c
}

func newTLSInit() *cobra.Command {
	var dir string
	var hosts []string
	c := &cobra.Command{
		Use:   "init",
		Short: "Make a local certificate authority and a server certificate",
		Long: "Make a certificate authority of this installation's own and a server certificate under it.\n" +
			"Run it again before the certificate ends (397 days): the authority stays, browsers need not trust it anew.",
		Example: "  yingda tls init --host service.example --host 192.0.2.10\n  yingda tls init --dir /etc/yingda/tls",
		RunE: func(c *cobra.Command, _ []string) error {
			if len(hosts) == 0 {
				hosts = defaultHosts()
			}
			if dir == "" {
				cfg, err := loadConfig(c)
				if err != nil {
					return err
				}
				dir = filepath.Join(cfg.DataDir, "tls")
			}
			files, err := localca.Init(dir, hosts, time.Now())
			if err != nil {
				return fault.New(fault.Unavailable, "tls.init_failed", "no certificate was made").WithCause(err)
			}
			fmt.Fprintf(c.OutOrStdout(), tlsWords, hosts, files.Cert, files.Key, files.Cert, files.Key, files.CACert, files.CAKey)
			return nil
		},
	}
	c.Flags().StringVar(&dir, "dir", "", "folder for the files (default DATA-DIR/tls)")
	c.Flags().StringSliceVar(&hosts, "host", nil, "name or address that browsers open; may be repeated (default: this machine's)")
	configFlags(c)
	return c
}

func defaultHosts() []string {
	hosts := []string{"localhost", "127.0.0.1"}
	if name, err := os.Hostname(); err == nil {
		hosts = append([]string{name}, hosts...)
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return hosts
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() {
			hosts = append(hosts, n.IP.String())
		}
	}
	return hosts
}

const tlsWords = `Made a certificate for %v.
  certificate  %s
  key          %s
Start with:  yingda serve --tls-cert %s --tls-key %s

Browsers must trust the authority once (its certificate: %s):
  Windows    as administrator:  certutil -addstore Root ca.crt      (Edge, Chrome)
  macOS      security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain ca.crt
  Linux      copy ca.crt to /usr/local/share/ca-certificates/yingda.crt and run update-ca-certificates;
             Chrome and Chromium: certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n yingda -i ca.crt
  Firefox    Settings, Privacy and Security, View Certificates, Authorities, Import ca.crt
Keep %s where only this machine can read it, and never send it to anybody.
`
