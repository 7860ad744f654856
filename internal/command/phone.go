package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yingda/internal/voice/carrier"
)

// phoneFlags are what `yingda phone` takes.
type phoneFlags struct {
	via, passwordFile string
	after             time.Duration
	echo              bool
	limit             time.Duration
}

const phoneLong = `Be a desk phone: register, answer what comes, and tell what happens, until Ctrl+C.

For trying an installation without a telephone. What the other side hears is a soft tone, or with --echo itself.
A password is read from the file of --password-file or from YINGDA_CALL_PASSWORD, never from the command line.`

const phoneExample = `  YINGDA_CALL_PASSWORD=yingda-demo yingda phone 6108
  yingda phone 8001 --via 192.0.2.10 --password-file phone.txt --after 5s --echo`

func newPhone() *cobra.Command {
	var f phoneFlags
	c := &cobra.Command{
		Use: "phone NUMBER", Short: "Be a desk phone that answers", Long: phoneLong, Example: phoneExample, Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if f.after < 0 || f.after > time.Minute {
				return usageError{errors.New("--after must be 0 to 1m")}
			}
			password, err := phonePassword(f.passwordFile)
			if err != nil {
				return usageError{err}
			}
			carrier.QuietLibrary()
			return f.run(c.Context(), c.OutOrStdout(), args[0], password)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.via, "via", "127.0.0.1:5060", "host or host:port of the registrar")
	flags.StringVar(&f.passwordFile, "password-file", "", "file with the phone's password")
	flags.DurationVar(&f.after, "after", 2*time.Second, "ring so long before answering")
	flags.BoolVar(&f.echo, "echo", false, "send back what is heard")
	flags.DurationVar(&f.limit, "for", 0, "stop after so long; 0: with Ctrl+C")
	return c
}

// run registers and answers until the context ends.
func (f phoneFlags) run(ctx context.Context, out io.Writer, number, password string) error {
	if f.limit > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, f.limit)
		defer stop()
	}
	p, err := carrier.NewPhone(carrier.PhoneConfig{
		Registrar: f.via, User: number, Password: password, Answer: carrier.Policy{Mode: carrier.AnswerAtOnce, After: f.after}, Echo: f.echo,
		Play: func() carrier.Source { return carrier.Tone(330, 0) }, Agent: "yingda phone",
	})
	if err != nil {
		return err
	}
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		_ = p.Stop(last) // whoever is called hears it; the registration runs out
	}()
	if err := p.Start(ctx); err != nil {
		return fmt.Errorf("register %s: %w", number, err)
	}
	if _, err := fmt.Fprintf(out, "%s is registered at %s\n", number, f.via); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case s := <-p.Calls():
			if err := tellCall(ctx, out, s); err != nil {
				return err
			}
		}
	}
}

// tellCall says what becomes of one call, and waits for its end: a desk phone has one line.
func tellCall(ctx context.Context, out io.Writer, s *carrier.Session) error {
	if _, err := fmt.Fprintf(out, "%s rings\n", s.Caller()); err != nil {
		return err
	}
	select {
	case <-s.Answered():
		_, _ = fmt.Fprintln(out, "talking")
	case <-s.Ended():
	case <-ctx.Done():
		return nil
	}
	select {
	case <-s.Ended():
		_, err := fmt.Fprintf(out, "over, ended by %s\n", s.End().By)
		return err
	case <-ctx.Done():
		return nil
	}
}

// phonePassword reads a phone's password as `yingda call` does.
func phonePassword(file string) (string, error) {
	if file == "" {
		return os.Getenv("YINGDA_CALL_PASSWORD"), nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("--password-file: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}
