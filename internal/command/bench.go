package command

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"yingda/internal/bench"
)

func newBench() *cobra.Command {
	c := &cobra.Command{
		Use:     "bench",
		Short:   "Measure this machine and this program",
		Long:    "Each bench starts its own private engines in a temporary directory and removes them afterwards;\na running installation is not touched.",
		Example: "  yingda bench start\n  yingda bench timer --json",
	}
	for _, b := range bench.All() {
		c.AddCommand(newBenchOne(b))
	}
	c.AddCommand(newBenchLoad())
	return c
}

func newBenchOne(b bench.Bench) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     b.Name,
		Short:   b.Summary,
		Example: "  yingda bench " + b.Name + "\n  yingda bench " + b.Name + " --json",
		RunE: func(c *cobra.Command, _ []string) error {
			self, err := os.Executable()
			if err != nil {
				return fmt.Errorf("find this program: %w", err)
			}
			dir, err := os.MkdirTemp("", "yingda-bench-")
			if err != nil {
				return fmt.Errorf("make a temporary folder: %w", err)
			}
			defer os.RemoveAll(dir)
			if err := os.Chmod(dir, 0o755); err != nil { // the database runs as another user
				return err
			}
			begin := time.Now()
			env := bench.Env{Dir: dir, Self: self, Progress: func(format string, args ...any) {
				fmt.Fprintf(c.ErrOrStderr(), "%6.1fs  %s\n", time.Since(begin).Seconds(), fmt.Sprintf(format, args...))
			}}
			result, err := b.Run(c.Context(), env)
			if err != nil {
				return fmt.Errorf("bench %s: %w", b.Name, err)
			}
			if asJSON {
				return result.PrintJSON(c.OutOrStdout())
			}
			return result.Print(c.OutOrStdout())
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object on standard output")
	if b.Flags != nil {
		b.Flags(c.Flags())
	}
	return c
}

// newBenchLoad holds the load generators; benches start them as processes of their own.
func newBenchLoad() *cobra.Command {
	c := &cobra.Command{Use: "load", Short: "Load generators of the benches", Hidden: true}
	for _, l := range bench.Loads() {
		sub := &cobra.Command{
			Use:   l.Name,
			Short: "Load generator",
			RunE:  func(c *cobra.Command, _ []string) error { return l.Run(c.Context(), c.OutOrStdout()) },
		}
		if l.Flags != nil {
			l.Flags(sub.Flags())
		}
		c.AddCommand(sub)
	}
	return c
}
