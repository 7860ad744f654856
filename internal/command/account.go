package command

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"yingda/internal/app"
)

func newAccount() *cobra.Command {
	c := &cobra.Command{
		Use:     "account",
		Short:   "Help people who cannot sign in",
		Example: "  yingda account list\n  yingda account reset-password --number GD8021 --reason 'forgot it'",
	}
	c.AddCommand(newAccountList(), newAccountReset(), newAccountUnlock(), newAccountDisableTOTP())
	return c
}

func newAccountList() *cobra.Command {
	c := &cobra.Command{
		Use:     "list",
		Short:   "List accounts with their roles",
		Example: "  yingda account list",
		RunE: func(c *cobra.Command, _ []string) error {
			return operate(c, func(ctx context.Context, o *app.Operator) error {
				list, err := o.Accounts(ctx)
				if err != nil {
					return err
				}
				w := tabwriter.NewWriter(c.OutOrStdout(), 0, 4, 2, ' ', 0)
				fmt.Fprintln(w, "NUMBER\tNAME\tSTATE\tSECOND FACTOR\tMUST CHANGE PASSWORD\tPAUSED\tROLES")
				for _, a := range list {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", a.Number, a.Name, a.State, yesNo(a.TOTP), yesNo(a.MustChange), yesNo(a.Locked), strings.Join(a.Roles, " "))
				}
				return w.Flush()
			})
		},
	}
	configFlags(c)
	return c
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// onAccount makes a command that does something to one account for a reason.
func onAccount(use, short, long string, do func(c *cobra.Command, ctx context.Context, o *app.Operator, number, reason string) error) *cobra.Command {
	var number, reason string
	c := &cobra.Command{
		Use:     use,
		Short:   short,
		Long:    long + "\nThe audit keeps the reason and your name." + onInstallation,
		Example: "  yingda account " + use + " --number GD8021 --reason 'asked in person, showed the card'",
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case strings.TrimSpace(number) == "":
				return usageError{errors.New("whose? say --number N; `yingda account list` shows them")}
			case strings.TrimSpace(reason) == "":
				return usageError{errors.New("why? say --reason 'TEXT'; it stands in the audit")}
			}
			return operate(c, func(ctx context.Context, o *app.Operator) error {
				return do(c, ctx, o, number, strings.TrimSpace(reason))
			})
		},
	}
	c.Flags().StringVar(&number, "number", "", "staff number (needed)")
	c.Flags().StringVar(&reason, "reason", "", "why (needed)")
	configFlags(c)
	return c
}

func newAccountReset() *cobra.Command {
	return onAccount("reset-password", "Give an account a temporary password",
		"Give an account a temporary password, which its owner must change at the first sign-in. All its sessions end.",
		func(c *cobra.Command, ctx context.Context, o *app.Operator, number, reason string) error {
			temporary, err := o.ResetPassword(ctx, number, reason)
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "Temporary password: %s\nIt is shown this once and must be changed at the first sign-in.\n", temporary)
			return nil
		})
}

func newAccountUnlock() *cobra.Command {
	return onAccount("unlock", "Take the pauses after wrong passwords from an account",
		"Let somebody try again at once who entered a wrong password too often.",
		func(c *cobra.Command, ctx context.Context, o *app.Operator, number, reason string) error {
			if err := o.UnlockAccount(ctx, number, reason); err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s may try again now.\n", strings.ToUpper(number))
			return nil
		})
}

func newAccountDisableTOTP() *cobra.Command {
	return onAccount("disable-totp", "Take the second factor from an account",
		"Take the second factor from an account whose owner lost it. All its sessions end; where a second factor is\nobligatory, a new one must be enrolled at the next sign-in.",
		func(c *cobra.Command, ctx context.Context, o *app.Operator, number, reason string) error {
			if err := o.DisableTOTP(ctx, number, reason); err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "The second factor of %s is off.\n", strings.ToUpper(number))
			return nil
		})
}
