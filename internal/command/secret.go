package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"yingda/internal/app"
)

func newSecret() *cobra.Command {
	c := &cobra.Command{
		Use:     "secret",
		Short:   "Rotate the master key",
		Example: "  yingda secret rotate\n  yingda secret forget --version 1 --yes",
	}
	c.AddCommand(newSecretRotate(), newSecretForget())
	return c
}

func newSecretRotate() *cobra.Command {
	var add, rewrap bool
	c := &cobra.Command{
		Use:   "rotate",
		Short: "Add a version to the master key and seal everything again under it",
		Long: "Add a version to the key file and seal everything in the database again under it. Running processes that read the\n" +
			"same file take it up within half a minute; nothing need be stopped. Where nodes hold copies of the file, do it in two\n" +
			"steps: --add on one node, copy the file to all others, then --rewrap. Cut off, --rewrap goes on where it was.\n" +
			"Keep a copy of the key file away from the database and its backups." + onInstallation,
		Example: "  yingda secret rotate\n  yingda secret rotate --add\n  yingda secret rotate --rewrap",
		RunE: func(c *cobra.Command, _ []string) error {
			if add && rewrap {
				return usageError{errors.New("--add and --rewrap are two steps; without either, both are done")}
			}
			return operate(c, func(ctx context.Context, o *app.Operator) error {
				if add {
					version, file, err := o.AddKey(ctx)
					if err != nil {
						return err
					}
					fmt.Fprintf(c.OutOrStdout(), "Added version %d to %s. Copy the file to every node, then run `yingda secret rotate --rewrap` on one.\n", version, file)
					return nil
				}
				do := o.RotateKey
				if rewrap {
					do = o.RewrapKeys
				}
				done, err := do(ctx, progressOf(c))
				if err != nil {
					return err
				}
				printRewrapped(c, done)
				return nil
			})
		},
	}
	c.Flags().BoolVar(&add, "add", false, "only add a version to the key file")
	c.Flags().BoolVar(&rewrap, "rewrap", false, "only seal again what is not under the newest version")
	configFlags(c)
	return c
}

func newSecretForget() *cobra.Command {
	var version uint32
	var yes bool
	c := &cobra.Command{
		Use:   "forget",
		Short: "Let a retired version of the master key be taken out",
		Long: "Seal again what is still under older versions, then strike one of them from the database, so that processes start\n" +
			"without it. The newest version is refused, and any until the newest has been in use for ten minutes. Take its line\n" +
			"out of the key file afterwards; keep a copy as long as backups from its time are kept." + onInstallation,
		Example: "  yingda secret forget --version 1 --yes",
		RunE: func(c *cobra.Command, _ []string) error {
			if version == 0 {
				return usageError{errors.New("which one? say --version N; the lines of the key file begin with their version")}
			}
			if !yes {
				return usageError{fmt.Errorf("nothing was done; --yes forgets version %d", version)}
			}
			return operate(c, func(ctx context.Context, o *app.Operator) error {
				done, err := o.ForgetKey(ctx, version, progressOf(c))
				if err != nil {
					return err
				}
				printRewrapped(c, done)
				fmt.Fprintf(c.OutOrStdout(), "Version %d is forgotten. Its line may leave the key file of every node; backups from its time still need it.\n", version)
				return nil
			})
		},
	}
	c.Flags().Uint32Var(&version, "version", 0, "the version to forget (needed)")
	c.Flags().BoolVar(&yes, "yes", false, "really do it")
	configFlags(c)
	return c
}

func printRewrapped(c *cobra.Command, done app.Rewrapped) {
	fmt.Fprintf(c.OutOrStdout(), "Version %d of the master key is in use. Sealed again: %d values of messages, %d of webhooks, %d keys of the audit, %d of recordings, %d second factors, %d of phones and trunks, %d of contacts.\n",
		done.Active, done.Messages, done.Webhooks, done.Audit, done.Recordings, done.Accounts, done.Voice, done.Contacts)
}

// progressOf says on standard error, once a second, how far it is.
func progressOf(c *cobra.Command) app.ProgressFunc {
	last := time.Now()
	return func(part string, values int) {
		if time.Since(last) >= time.Second {
			last = time.Now()
			fmt.Fprintf(c.ErrOrStderr(), "sealed again: %d values of %s\n", values, part)
		}
	}
}
