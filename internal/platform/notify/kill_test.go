package notify_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/jobs"
	"yingda/internal/platform/notify"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/secret"

	"net/netip"

	"yingda/internal/platform/httpclient"
)

const victimEnv = "YINGDA_TEST_NOTIFY_VICTIM"

// victim is a worker process that is killed at work.
func victim() {
	if err := runVictim(context.Background()); err != nil {
		panic(err)
	}
	select {}
}

func runVictim(ctx context.Context) error {
	pool, err := postgres.Open(ctx, postgres.Options{URL: os.Getenv(victimEnv)})
	if err != nil {
		return err
	}
	ring, err := secret.Load(ctx, secret.Config{Dir: os.Getenv("VICTIM_KEYS")})
	if err != nil {
		return err
	}
	cfg := notify.Config{
		Pool: pool, Ring: ring,
		HTTP: httpclient.New(httpclient.Config{Name: "sms", AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}),
	}
	if port, err := strconv.Atoi(os.Getenv("VICTIM_SMTP")); err == nil {
		cfg.Email = &notify.EmailConfig{Host: "127.0.0.1", Port: port, Security: notify.NoTLS, From: "service@yingda.test"}
	}
	if url := os.Getenv("VICTIM_SMS"); url != "" {
		cfg.SMS = &notify.SMSConfig{URL: url}
	}
	s, err := notify.New(cfg)
	if err != nil {
		return err
	}
	r := jobs.NewRegistry()
	s.Register(r)
	c, err := jobs.New(jobs.Config{Pool: pool, Registry: r, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	return c.Start(ctx)
}

// startVictim begins a worker process; kill ends it with SIGKILL and returns when it is gone.
func (b bundle) startVictim(t testing.TB, env ...string) (kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append(env, victimEnv+"="+b.pool.Config().ConnString(), "VICTIM_KEYS="+b.dir)...)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	kill = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	t.Cleanup(kill)
	return kill
}

// afterTheLease moves the service's clock past the lease of an attempt that the victim made by the machine's clock.
func (b bundle) afterTheLease() { b.clock.Advance(time.Since(b.clock.Now()) + 10*time.Minute) }

func TestKillAfterHandingMailOverRepeatsItRecognisably(t *testing.T) {
	t.Parallel()
	server := startMailServer(t, serverOptions{})
	arrived, wait := make(chan struct{}), make(chan struct{})
	server.set(nil, func() error { close(arrived); <-wait; return errCut })
	b := setup(t, server.config(notify.NoTLS), nil)
	id := b.send(t, mailTo("li@example.com"))
	kill := b.startVictim(t, "VICTIM_SMTP="+strconv.Itoa(server.port))
	<-arrived // the server has the whole mail, the worker not its answer
	kill()
	close(wait)
	require.Equal(t, notify.Sending, b.item(t, id).State)

	server.set(nil, nil)
	b.afterTheLease()
	require.NoError(t, b.Process(t.Context(), id))
	require.Equal(t, notify.Sent, b.item(t, id).State)
	mails := server.mails()
	require.Len(t, mails, 2)
	for _, m := range mails {
		require.Contains(t, headersOf(m.text), "Message-ID: <"+id.String()+"@yingda.test>")
	}
	require.Len(t, b.events(t), 1)
}

func TestKillBeforeMailIsHandedOverLosesNothing(t *testing.T) {
	t.Parallel()
	server := startMailServer(t, serverOptions{})
	asked, wait := make(chan struct{}), make(chan struct{})
	server.set(func(string) error { close(asked); <-wait; return errCut }, nil)
	b := setup(t, server.config(notify.NoTLS), nil)
	id := b.send(t, mailTo("li@example.com"))
	kill := b.startVictim(t, "VICTIM_SMTP="+strconv.Itoa(server.port))
	<-asked
	kill()
	close(wait)
	server.set(nil, nil)
	b.afterTheLease()
	require.NoError(t, b.Process(t.Context(), id))
	require.Len(t, server.mails(), 1)
	require.Equal(t, notify.Sent, b.item(t, id).State)
}

func TestKillAfterHandingATextMessageOverNeverSendsItTwice(t *testing.T) {
	t.Parallel()
	server := startSMSServer(t)
	arrived, wait := make(chan struct{}), make(chan struct{})
	server.answerWith(func(http.ResponseWriter, int) { close(arrived); <-wait })
	b := setup(t, nil, server.config())
	id := b.send(t, textTo("13800138000"))
	kill := b.startVictim(t, "VICTIM_SMS="+server.url)
	<-arrived
	kill()
	close(wait)
	server.answerWith(nil)
	b.afterTheLease()
	require.NoError(t, b.Process(t.Context(), id))
	i := b.item(t, id)
	require.Equal(t, notify.Unknown, i.State)
	require.Equal(t, "notify.outcome_unknown", i.ErrorCode)
	require.NoError(t, b.Process(t.Context(), id))
	require.Len(t, server.seen(), 1)
	require.Contains(t, strings.Join(b.events(t), "\n"), `"state":"unknown"`)
}

func TestKillBeforeATextMessageIsHandedOverEndsInDoubtNotInTwo(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := startSMSServer(t)
	b := setup(t, nil, server.config())
	id := b.send(t, textTo("13800138000"))
	kill := b.startVictim(t, "VICTIM_SMS=http://"+l.Addr().String())
	c, err := l.Accept() // the worker connects and is killed before anybody reads
	require.NoError(t, err)
	kill()
	require.NoError(t, c.Close())
	require.NoError(t, l.Close())
	b.afterTheLease()
	require.NoError(t, b.Process(t.Context(), id))
	require.Equal(t, notify.Unknown, b.item(t, id).State)
	require.Empty(t, server.seen())
}

func TestMessagesGoOutByThemselves(t *testing.T) {
	t.Parallel()
	mailbox, phone := startMailServer(t, serverOptions{}), startSMSServer(t)
	b := setup(t, mailbox.config(notify.NoTLS), phone.config())
	b.clock.Advance(time.Since(b.clock.Now()))
	r := jobs.NewRegistry()
	b.Register(r)
	c, err := jobs.New(jobs.Config{Pool: b.pool, Registry: r, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	require.NoError(t, c.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, c.Stop(context.Background())) })
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			_, err := b.Send(t.Context(), nil, mailTo("li@example.com"))
			require.NoError(t, err)
			_, err = b.Send(t.Context(), nil, textTo("13800138000"))
			require.NoError(t, err)
		})
	}
	wg.Wait()
	require.Eventually(t, func() bool {
		list, err := b.List(t.Context(), notify.Filter{State: notify.Sent, Limit: 100})
		return err == nil && len(list) == 20
	}, 30*time.Second, 20*time.Millisecond)
	require.Len(t, mailbox.mails(), 10)
	require.Len(t, phone.seen(), 10)
	require.Len(t, b.events(t), 20)
}
