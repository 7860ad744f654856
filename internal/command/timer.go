package command

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"yingda/internal/app"
	"yingda/internal/platform/timer"
)

func newTimer() *cobra.Command {
	c := &cobra.Command{
		Use:     "timer",
		Short:   "Timers that failed at every attempt",
		Example: "  yingda timer parked\n  yingda timer revive workorder.due 019a9e2b-7c00-7000-8000-000000000001",
	}
	c.AddCommand(newTimerParked(), newTimerRevive())
	return c
}

func newTimerParked() *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:     "parked",
		Short:   "List timers that were given up, and why",
		Long:    "List timers that failed at every attempt and are no longer tried, each with its last error.\nIt reads the installation's database, whether Yingda runs or not.",
		Example: "  yingda timer parked\n  yingda timer parked --limit 1000",
		RunE: func(c *cobra.Command, _ []string) error {
			if limit < 1 {
				return usageError{fmt.Errorf("--limit is %d, want at least 1", limit)}
			}
			return operate(c, func(ctx context.Context, o *app.Operator) error {
				list, more, err := o.ParkedTimers(ctx, limit)
				if err != nil {
					return err
				}
				return printParked(c.OutOrStdout(), list, more)
			})
		},
	}
	c.Flags().IntVar(&limit, "limit", 100, "list at most so many")
	configFlags(c)
	return c
}

func printParked(w io.Writer, list []timer.Timer, more bool) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, "No timer is parked.")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "KIND\tKEY\tDUE\tPARKED\tATTEMPTS\tLAST ERROR")
	for _, t := range list {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\n", t.Kind, t.Key,
			t.DueAt.UTC().Format(time.RFC3339), t.ParkedAt.UTC().Format(time.RFC3339), t.Attempts, t.LastError)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if more {
		fmt.Fprintln(w, "There are more; --limit shows them.")
	}
	return nil
}

func newTimerRevive() *cobra.Command {
	c := &cobra.Command{
		Use:     "revive KIND KEY",
		Short:   "Let a parked timer fire now, with all its attempts again",
		Long:    "Let a parked timer fire now, with all its attempts again. Remove the cause first; `yingda timer parked` shows it." + onInstallation,
		Example: "  yingda timer revive workorder.due 019a9e2b-7c00-7000-8000-000000000001",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return operate(c, func(ctx context.Context, o *app.Operator) error {
				if err := o.ReviveTimer(ctx, args[0], args[1]); err != nil {
					return err
				}
				fmt.Fprintf(c.OutOrStdout(), "The timer %s %s fires as soon as a node with the worker role runs.\n", args[0], args[1])
				return nil
			})
		},
	}
	configFlags(c)
	return c
}
