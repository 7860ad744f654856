package command

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"yingda/internal/app"
	"yingda/internal/platform/outbox"
)

func newOutbox() *cobra.Command {
	c := &cobra.Command{
		Use:     "outbox",
		Short:   "Help business events along where they stopped",
		Example: "  yingda outbox skip webhook 019a9e2b-7c00-7000-8000-000000000001 --reason \"the receiver is gone\"\n  yingda outbox forget old-consumer",
	}
	c.AddCommand(newOutboxSkip(), newOutboxForget(), newOutboxRebase())
	return c
}

func newOutboxSkip() *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use:   "skip CONSUMER EVENT",
		Short: "Let a consumer leave out the event it is stuck at",
		Long: "Let a consumer leave out the event it is stuck at; the health page names both. The event stays for the other\n" +
			"consumers; who left it out and why is kept in the database." + onInstallation,
		Example: "  yingda outbox skip webhook 019a9e2b-7c00-7000-8000-000000000001 --reason \"the receiver is gone\"",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			var event outbox.EventID
			if err := event.UnmarshalText([]byte(args[1])); err != nil {
				return usageError{fmt.Errorf("%q is not the id of an event: %w", args[1], err)}
			}
			return operate(c, func(ctx context.Context, o *app.Operator) error {
				if err := o.SkipEvent(ctx, args[0], event, reason); err != nil {
					return err
				}
				fmt.Fprintf(c.OutOrStdout(), "The consumer %s leaves out the event %s and goes on with the next one.\n", args[0], event)
				return nil
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why the event may be left out; kept beside it (needed; no personal data)")
	configFlags(c)
	return c
}

func newOutboxForget() *cobra.Command {
	c := &cobra.Command{
		Use:   "forget CONSUMER",
		Short: "Remove a consumer that no node runs any more",
		Long: "Remove a consumer that no node runs any more, so that it no longer keeps old events from being deleted.\n" +
			"A consumer that a node does run would come back and handle all kept events once more; those of this version are refused." + onInstallation,
		Example: "  yingda outbox forget old-consumer",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return operate(c, func(ctx context.Context, o *app.Operator) error {
				if err := o.ForgetConsumer(ctx, args[0]); err != nil {
					return err
				}
				fmt.Fprintf(c.OutOrStdout(), "The consumer %s is forgotten; events that only it was missing are deleted within the hour.\n", args[0])
				return nil
			})
		},
	}
	configFlags(c)
	return c
}

func newOutboxRebase() *cobra.Command {
	c := &cobra.Command{
		Use:   "rebase",
		Short: "Let events go on after their rows came from another database cluster",
		Long: "Needed once after rows were copied into another database cluster (a logical backup, a change of the PostgreSQL\n" +
			"major by copy): transaction numbers begin low there, and consumers would leave out new events. Stop Yingda first,\n" +
			"on every node. Running it again does no harm." + onInstallation,
		Example: "  yingda outbox rebase --database-url postgres://yingda@db.example.net/yingda",
		RunE: func(c *cobra.Command, _ []string) error {
			return operate(c, func(ctx context.Context, o *app.Operator) error {
				shift, err := o.RebaseOutbox(ctx)
				if err != nil {
					return err
				}
				fmt.Fprintf(c.OutOrStdout(), "New events now follow all old ones (transaction numbers are shifted by %d). Start Yingda again.\n", shift)
				return nil
			})
		},
	}
	configFlags(c)
	return c
}
