package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"github.com/google/uuid"

	"yingda/internal/platform/config"
	"yingda/internal/platform/fault"
	"yingda/internal/voice/node"
	"yingda/internal/voice/sip/wire"
)

// openLines starts to take calls, if this process has the role. It comes after everything that calls need.
func (a *App) openLines(ctx context.Context) error {
	if !a.cfg.Has(config.Voice) {
		return nil
	}
	cfg, err := a.nodeConfig()
	if err != nil {
		return err
	}
	client := a.routingClient()
	cfg.Floor = node.Floor{Router: client, Flows: a.flows, Records: a.domains.journal, Queue: a.domains.routing.QueueByID, Simulated: a.isSimulated}
	n, err := node.New(cfg)
	if err != nil {
		return err
	}
	for _, c := range n.Health() {
		a.monitor.Register(c)
	}
	d := a.domains
	if err := d.voice.Refresh(ctx); err != nil { // the first call finds everything there
		return err
	}
	if err := a.begin(ctx, d.voice.Writer()); err != nil { // stops after the node, which gives it the last calls
		return err
	}
	if err := a.begin(ctx, client); err != nil { // it knows the node's contacts to the end
		return err
	}
	if err := a.begin(ctx, n); err != nil {
		return sipFault(a.cfg, err)
	}
	a.metrics.Registerer().MustRegister(n.Collectors()...)
	return a.begin(ctx, d.voice.Publisher(n))
}

func (a *App) nodeConfig() (node.Config, error) {
	d := a.domains
	c := node.Config{
		Voice: d.voice, Recordings: d.recording,
		Record:    func(centre uuid.UUID) bool { return node.RecordCalls.Get(d.setting, centre) },
		FirstPort: a.cfg.RTPPorts.From, LastPort: a.cfg.RTPPorts.To, Realm: a.cfg.SIPRealm, MaxCalls: a.cfg.MaxCalls,
		Realtime: a.cfg.MediaRealtime,
		Name:     a.cfg.Node, Clock: a.clock, Logger: a.log,
	}
	plain, err := listenAddress(a.cfg.SIP)
	if err != nil {
		return c, err
	}
	c.Bind, c.Public = plain.Addr(), publicAddress(plain.Addr(), a.cfg.PublicIP)
	c.Listen = []wire.Listen{{Network: "udp", Address: plain}, {Network: "tcp", Address: plain}}
	if c.TLS, err = a.tlsConfig(); err != nil {
		return c, err
	}
	if a.cfg.SIPTLS != "" {
		secure, err := listenAddress(a.cfg.SIPTLS)
		if err != nil {
			return c, err
		}
		c.Listen = append(c.Listen, wire.Listen{Network: "tls", Address: secure})
	}
	return c, nil
}

// listenAddress reads host:port; no host is every IPv4 address of the machine.
func listenAddress(text string) (netip.AddrPort, error) {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("read the address %q: %w", text, err)
	}
	switch host {
	case "":
		host = "0.0.0.0"
	case "localhost":
		host = "127.0.0.1"
	}
	return netip.ParseAddrPort(net.JoinHostPort(host, port))
}

// publicAddress is what trunks and phones are told: the one that was configured, the one that is listened on, or the
// first of this machine that is not a loopback.
func publicAddress(bind, configured netip.Addr) netip.Addr {
	if configured.IsValid() {
		return configured
	}
	if !bind.IsUnspecified() {
		return bind
	}
	addresses, err := net.InterfaceAddrs()
	if err == nil {
		for _, a := range addresses {
			if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() == bind.Is4() && !p.Addr().IsLoopback() && !p.Addr().IsLinkLocalUnicast() {
				return p.Addr()
			}
		}
	}
	if bind.Is4() {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return netip.IPv6Loopback()
}

// sipFault says what to do when a SIP address cannot be opened.
func sipFault(cfg config.Config, err error) error {
	remedy := ""
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EADDRINUSE):
		remedy = "another program has it: stop that one, choose another address with --sip or --sip-tls, or leave voice out of --roles"
	case errors.Is(err, syscall.EACCES):
		remedy = "ports below 1024 need root or the capability CAP_NET_BIND_SERVICE; or choose another with --sip"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		remedy = "this machine does not have that address; choose one it has with --sip, or :PORT for all"
	default:
		return err
	}
	return fault.New(fault.Unavailable, "voice.cannot_listen", "calls cannot be taken on %s", cfg.SIP).WithCause(err).WithRemedy("%s", remedy)
}
