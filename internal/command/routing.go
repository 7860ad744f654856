package command

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"yingda/internal/app"
)

func newRouting() *cobra.Command {
	c := &cobra.Command{Use: "routing", Short: "Look at what the router decided", Example: "  yingda routing replay --data-dir /var/lib/yingda"}
	c.AddCommand(newRoutingReplay())
	return c
}

func newRoutingReplay() *cobra.Command {
	var epoch uint64
	var asJSON bool
	c := &cobra.Command{
		Use:   "replay",
		Short: "Decide again what the router decided, and compare",
		Long: "Takes the events of one term of the router from its journal, lets a new engine decide them again, and compares\n" +
			"its states with those that the router wrote. They must be the same; when they are not, the exit code is 1.\n" +
			"With the message bus inside the program, stop the program first; with --nats-url it may run.",
		Example: "  yingda routing replay --data-dir /var/lib/yingda\n  yingda routing replay --nats-url nats://bus.example.net --epoch 17 --json",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := loadConfig(c)
			if err != nil {
				return err
			}
			log, err := newLogger(c, cfg.Log)
			if err != nil {
				return err
			}
			r, err := app.ReplayRouting(c.Context(), cfg, epoch, log)
			if err != nil {
				return err
			}
			if asJSON {
				err = json.NewEncoder(c.OutOrStdout()).Encode(r)
			} else {
				_, err = fmt.Fprintf(c.OutOrStdout(), "Epoch %d, %s to %s: %d events, %d states compared, %d differ, %d gaps.\n",
					r.Epoch, r.From.Format("2006-01-02 15:04:05"), r.To.Format("15:04:05"), r.Events, r.Hashes, len(r.Wrong), r.Gaps)
			}
			if err == nil && len(r.Wrong) > 0 {
				return fmt.Errorf("the replay came to other states after the events %v", r.Wrong)
			}
			return err
		},
	}
	c.Flags().Uint64Var(&epoch, "epoch", 0, "term of the router; 0: the newest")
	c.Flags().BoolVar(&asJSON, "json", false, "answer as JSON")
	configFlags(c)
	return c
}
