package app

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/config"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/health"
	"yingda/internal/platform/postgres"
)

// What doctor can find besides the warnings of the parts.
var (
	doctorRunning = &health.Warning{
		Code: "doctor.running", Severity: health.Info,
		Chinese: health.Text{Title: "应答正在 {address} 上运行", Cause: "状态：{status}。", Remedy: "打开该地址查看逐项说明。"},
		English: health.Text{Title: "Yingda runs on {address}", Cause: "Its own report says: {status}.", Remedy: "Open that address to read it item by item."},
	}
	doctorRunningIll = &health.Warning{
		Code: "doctor.running_with_faults", Severity: health.Fault,
		Chinese: health.Text{Title: "正在运行的应答报告故障：{title}", Cause: "{cause}", Remedy: "{remedy}"},
		English: health.Text{Title: "The running Yingda reports: {title}", Cause: "{cause}", Remedy: "{remedy}"},
	}
	doctorPortUsed = &health.Warning{
		Code: "doctor.port_used", Severity: health.Fault,
		Chinese: health.Text{Title: "端口 {address} 已被其他程序占用", Cause: "{cause}", Remedy: "停止该程序，或用 --http 换一个地址。"},
		English: health.Text{Title: "Another program uses {address}", Cause: "{cause}", Remedy: "Stop that program, or choose another address with --http."},
	}
	doctorSIPUsed = &health.Warning{
		Code: "doctor.sip_port_used", Severity: health.Fault,
		Chinese: health.Text{Title: "SIP 端口 {address} 不可用", Cause: "{cause}", Remedy: "停止占用它的程序，或用 --sip（TLS 用 --sip-tls）换一个地址；不处理话务的进程用 --roles 去掉 voice。"},
		English: health.Text{Title: "The SIP address {address} cannot be used", Cause: "{cause}", Remedy: "Stop the program that has it, or choose another address with --sip (--sip-tls for TLS); a process without calls leaves voice out of --roles."},
	}
	doctorNoPrograms = &health.Warning{
		Code: "doctor.no_database_programs", Severity: health.Fault,
		Chinese: health.Text{Title: "没有可用的 PostgreSQL 程序", Cause: "{cause}", Remedy: "{remedy}"},
		English: health.Text{Title: "No usable PostgreSQL programs", Cause: "{cause}", Remedy: "{remedy}"},
	}
	doctorDataDir = &health.Warning{
		Code: "doctor.data_dir", Severity: health.Fault,
		Chinese: health.Text{Title: "数据目录不可用", Cause: "{cause}", Remedy: "{remedy}"},
		English: health.Text{Title: "The data directory cannot be used", Cause: "{cause}", Remedy: "{remedy}"},
	}
	doctorDatabase = &health.Warning{
		Code: "doctor.database", Severity: health.Fault,
		Chinese: health.Text{Title: "外部数据库不可用", Cause: "{cause}", Remedy: "{remedy}"},
		English: health.Text{Title: "The external database cannot be used", Cause: "{cause}", Remedy: "{remedy}"},
	}
	doctorPending = &health.Warning{
		Code: "doctor.migrations_pending", Severity: health.Info,
		Chinese: health.Text{Title: "数据库将在启动时升级", Cause: "有 {count} 个升级步骤尚未执行。", Remedy: "启动时自动执行，也可先运行 yingda migrate。"},
		English: health.Text{Title: "The database will be upgraded at the start", Cause: "{count} migrations are pending.", Remedy: "The start applies them; `yingda migrate` does it before."},
	}
	doctorBus = &health.Warning{
		Code: "doctor.bus", Severity: health.Fault,
		Chinese: health.Text{Title: "外部 NATS 不可用", Cause: "{cause}", Remedy: "{remedy}"},
		English: health.Text{Title: "The external NATS cannot be used", Cause: "{cause}", Remedy: "{remedy}"},
	}
	doctorNotBuilt = &health.Warning{
		Code: "doctor.not_in_build", Severity: health.Info,
		Chinese: health.Text{Title: "此版本不包含：{part}", Cause: "{option}（{value}）已检查格式，但尚无功能使用它。", Remedy: "无需处理。"},
		English: health.Text{Title: "Not in this build: {part}", Cause: "{option} ({value}) is well formed, but nothing uses it yet.", Remedy: "Nothing to do."},
	}
	doctorNoGateway = &health.Warning{
		Code: "doctor.no_gateway", Severity: health.Info,
		Chinese: health.Text{Title: "未配置{channel}", Cause: "发送会失败并给出说明。", Remedy: "设置 {option}。"},
		English: health.Text{Title: "No {channel} is configured", Cause: "Sending will fail with that reason.", Remedy: "Set {option}."},
	}
)

// Doctor looks at everything that can be looked at without changing anything, whether the
// installation runs or not.
func Doctor(ctx context.Context, cfg config.Config, build Build) health.Report {
	m := health.NewMonitor(clock.System())
	d := doctor{cfg}
	add := func(name, zh, en string, check func(context.Context) []health.Finding, warnings ...*health.Warning) {
		m.Register(health.Component{Name: name, Chinese: zh, English: en, Check: check, Warnings: warnings})
	}
	add("configuration", "配置正确（版本 "+build.Version+"）", "The configuration is good (version "+build.Version+")",
		func(context.Context) []health.Finding { return nil })
	add("pages", "端口 "+cfg.HTTP+" 空闲", "The address "+cfg.HTTP+" is free", d.pages, doctorRunning, doctorRunningIll, doctorPortUsed)
	if cfg.DatabaseURL == "" {
		add("data-dir", "数据目录可用", "The data directory is usable", d.dataDir, doctorDataDir)
		add("database-programs", "PostgreSQL 程序可用", "PostgreSQL's programs are there", d.programs, doctorNoPrograms)
	} else {
		add("database", "外部数据库可用", "The external database is usable", d.database, doctorDatabase, doctorPending)
	}
	if cfg.NATSURL != "" {
		add("bus", "外部 NATS 可用", "The external NATS is usable", d.bus, doctorBus)
	}
	if cfg.TLSCert != "" {
		if pair, err := tls.LoadX509KeyPair(cfg.TLSCert, cfg.TLSKey); err == nil {
			m.Register(certificateHealth(pair, clock.System()))
		}
	}
	if cfg.Has(config.Voice) {
		add("sip", "SIP 端口 "+cfg.SIP+" 空闲", "The SIP address "+cfg.SIP+" is free", d.signalling, doctorSIPUsed)
	}
	add("gateways", "邮件和短信网关已配置", "Mail server and SMS gateway are configured", d.gateways, doctorNoGateway)
	add("build", "所有部分都在此版本中", "Every part is in this build", d.notBuilt, doctorNotBuilt)
	return m.Look(ctx)
}

type doctor struct{ cfg config.Config }

// found puts a fault's cause and remedy into a warning.
func found(w *health.Warning, err error) []health.Finding {
	cause, remedy := err.Error(), ""
	if f, ok := fault.As(err); ok {
		cause, remedy = f.Message, f.Remedy
		if inner := errors.Unwrap(f); inner != nil {
			cause += ": " + inner.Error()
		}
	}
	return []health.Finding{w.Found("cause", cause, "remedy", remedy)}
}

// pages tells a free port from our own program and from another one.
func (d doctor) pages(ctx context.Context) []health.Finding {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", d.cfg.HTTP)
	if err == nil {
		_ = l.Close()
		return nil
	}
	if report, ok := d.askRunning(ctx); ok {
		var findings []health.Finding
		for _, c := range report.Checks {
			if c.Severity == string(health.Fault) {
				findings = append(findings, doctorRunningIll.Found("title", c.Title, "cause", c.Cause, "remedy", c.Remedy))
			}
		}
		return append(findings, doctorRunning.Found("address", d.cfg.HTTP, "status", report.Status))
	}
	return []health.Finding{doctorPortUsed.Found("address", d.cfg.HTTP, "cause", err.Error())}
}

// signalling tells whether the SIP addresses are free; those of our own running program are its own.
func (d doctor) signalling(ctx context.Context) (used []health.Finding) {
	if _, ok := d.askRunning(ctx); ok {
		return nil
	}
	try := func(network, address string) {
		var l net.ListenConfig
		var opened interface{ Close() error }
		var err error
		if network == "udp" {
			opened, err = l.ListenPacket(ctx, network, address)
		} else {
			opened, err = l.Listen(ctx, network, address)
		}
		if err != nil {
			used = append(used, doctorSIPUsed.Found("address", address, "cause", err.Error()))
			return
		}
		_ = opened.Close()
	}
	try("udp", d.cfg.SIP)
	try("tcp", d.cfg.SIP)
	if d.cfg.SIPTLS != "" {
		try("tcp", d.cfg.SIPTLS)
	}
	return used
}

// askRunning reads the health of the program on our address, if it is ours.
func (d doctor) askRunning(ctx context.Context) (healthBody, bool) {
	host, port, err := net.SplitHostPort(d.cfg.HTTP)
	if err != nil {
		return healthBody{}, false
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	scheme := "http"
	if d.cfg.TLSCert != "" {
		scheme = "https"
	}
	// Only this machine is asked, and only for words: who answers need not be authenticated.
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //#nosec G402
	defer transport.CloseIdleConnections()
	client := &http.Client{Timeout: 2 * time.Second, Transport: transport}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+net.JoinHostPort(host, port)+localHealth, nil)
	if err != nil {
		return healthBody{}, false
	}
	answer, err := client.Do(request)
	if err != nil {
		return healthBody{}, false
	}
	defer answer.Body.Close()
	var body healthBody
	err = json.NewDecoder(http.MaxBytesReader(nil, answer.Body, 1<<20)).Decode(&body)
	return body, err == nil && answer.StatusCode == http.StatusOK && body.Installation.Version != ""
}

func (d doctor) dataDir(context.Context) []health.Finding {
	info, err := os.Stat(d.cfg.DataDir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // the first start makes it
	case err != nil:
		return found(doctorDataDir, fault.New(fault.Unavailable, "doctor.data_dir", "%v", err).WithRemedy("check --data-dir"))
	case !info.IsDir():
		return found(doctorDataDir, fault.New(fault.Invalid, "doctor.data_dir", "%s is not a directory", d.cfg.DataDir).WithRemedy("check --data-dir"))
	}
	if _, err := postgres.Inspect(d.cfg.DataDir); err != nil {
		return found(doctorDataDir, err)
	}
	return nil
}

func (d doctor) programs(ctx context.Context) []health.Finding {
	search := serverConfig(d.cfg, nil).Search
	if major, err := postgres.Inspect(d.cfg.DataDir); err == nil {
		search.Major = major
	}
	if _, err := search.Find(ctx); err != nil {
		return found(doctorNoPrograms, err)
	}
	return nil
}

func (d doctor) database(ctx context.Context) []health.Finding {
	pool, err := postgres.Open(ctx, postgres.Options{URL: d.cfg.DatabaseURL, MaxConns: 1, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return found(doctorDatabase, err)
	}
	defer pool.Close()
	pending, err := postgres.PendingMigrations(ctx, pool)
	if err != nil {
		return found(doctorDatabase, err)
	}
	if len(pending) > 0 {
		return []health.Finding{doctorPending.Found("count", fmt.Sprint(len(pending)))}
	}
	return nil
}

func (d doctor) bus(ctx context.Context) []health.Finding {
	b, err := bus.New(bus.Config{URL: d.cfg.NATSURL, Name: d.cfg.Node + "-doctor", Logger: slog.New(slog.DiscardHandler), Clock: clock.System()})
	if err == nil {
		err = b.Start(ctx)
	}
	if err != nil {
		return found(doctorBus, err)
	}
	if err := b.Stop(ctx); err != nil {
		return found(doctorBus, err)
	}
	return nil
}

func (d doctor) gateways(context.Context) (missing []health.Finding) {
	if d.cfg.SMTP.Host == "" {
		missing = append(missing, doctorNoGateway.Found("channel", "mail server / 邮件服务器", "option", "smtp.host"))
	}
	if d.cfg.SMS.URL == "" {
		missing = append(missing, doctorNoGateway.Found("channel", "SMS gateway / 短信网关", "option", "sms.url"))
	}
	return missing
}

func (d doctor) notBuilt(context.Context) []health.Finding {
	unused := []health.Finding{
		doctorNotBuilt.Found("part", "voice / WebRTC", "option", "--webrtc-udp", "value", d.cfg.WebRTCUDP),
	}
	if missing := d.cfg.NotBuilt(); len(missing) > 0 {
		names := make([]string, 0, len(missing))
		for _, r := range missing {
			names = append(names, string(r))
		}
		unused = append(unused, doctorNotBuilt.Found("part", "roles", "option", "--roles", "value", strings.Join(names, ",")))
	}
	return unused
}
