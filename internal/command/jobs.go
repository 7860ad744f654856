package command

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"yingda/internal/app"
)

func newJobs() *cobra.Command {
	c := &cobra.Command{Use: "jobs", Short: "Background jobs that were given up", Example: "  yingda jobs retry 4711"}
	c.AddCommand(newJobsRetry())
	return c
}

func newJobsRetry() *cobra.Command {
	c := &cobra.Command{
		Use:   "retry ID",
		Short: "Let a job run again that was given up",
		Long: "Let a job run now that was given up, cancelled, or waits for its next attempt. The log names the job's id (job_id)\n" +
			"beside each failure; remove the cause first." + onInstallation,
		Example: "  yingda jobs retry 4711",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || id < 1 {
				return usageError{fmt.Errorf("%q is not the id of a job, which is a number", args[0])}
			}
			return operate(c, func(ctx context.Context, o *app.Operator) error {
				if err := o.RetryJob(ctx, id); err != nil {
					return err
				}
				fmt.Fprintf(c.OutOrStdout(), "The job %d runs as soon as a node with the worker role has room for it.\n", id)
				return nil
			})
		},
	}
	configFlags(c)
	return c
}
