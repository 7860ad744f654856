package command

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"yingda/internal/platform/config"
	"yingda/internal/voice/ivr"
)

func newCheckConfig() *cobra.Command {
	var template bool
	c := &cobra.Command{
		Use:     "check-config",
		Short:   "Report every problem of the configuration and of call flows at once",
		Example: "  yingda check-config --config /etc/yingda/yingda.yaml\n  yingda check-config --template > yingda.yaml",
		RunE: func(c *cobra.Command, _ []string) error {
			if template {
				_, err := fmt.Fprint(c.OutOrStdout(), config.Template())
				return err
			}
			cfg, err := loadConfig(c)
			if err != nil {
				return err
			}
			if cfg.Has(config.Voice) || cfg.Has(config.Web) {
				if _, err := ivr.Load(cfg.Flows()); err != nil {
					return err
				}
			}
			fmt.Fprintln(c.OutOrStdout(), "The configuration is good.")
			for _, r := range cfg.NotBuilt() {
				fmt.Fprintf(c.OutOrStdout(), "The role %s is not in this build.\n", r)
			}
			roles := make([]string, 0, len(cfg.Roles))
			for _, r := range cfg.Roles {
				roles = append(roles, string(r))
			}
			fmt.Fprintf(c.OutOrStdout(), "Data in %s, pages on %s, roles %s.\n", cfg.DataDir, cfg.HTTP, strings.Join(roles, ", "))
			return nil
		},
	}
	configFlags(c)
	c.Flags().BoolVar(&template, "template", false, "print the commented reference file instead")
	return c
}
