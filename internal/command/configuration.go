package command

import (
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"yingda/internal/platform/config"
)

// configFlags adds a flag for every option; what they say is read by loadConfig.
func configFlags(c *cobra.Command) {
	c.Flags().String("config", os.Getenv("YINGDA_CONFIG"), "YAML file with any of these options (YINGDA_CONFIG)")
	for _, o := range config.Options() {
		name := config.FlagName(o.Key)
		usage := o.Usage + " (" + config.EnvName(o.Key) + ")"
		c.Flags().Var(&optionValue{text: o.Default, isSwitch: o.Switch}, name, usage)
		if o.Switch {
			c.Flags().Lookup(name).NoOptDefVal = "true"
		}
	}
	c.Flags().SortFlags = false
}

// loadConfig reads flags, environment and file; the error lists every problem.
func loadConfig(c *cobra.Command) (config.Config, error) {
	given := map[string]string{}
	for _, o := range config.Options() {
		if f := c.Flags().Lookup(config.FlagName(o.Key)); f != nil && f.Changed {
			given[o.Key] = f.Value.String()
		}
	}
	file, err := c.Flags().GetString("config")
	if err != nil {
		return config.Config{}, err
	}
	return config.Load(config.Sources{File: file, Environ: os.Environ(), Flags: given})
}

// optionValue takes any text: config.Load checks all values together, with better words.
type optionValue struct {
	text     string
	isSwitch bool
}

var _ pflag.Value = (*optionValue)(nil)

func (v *optionValue) String() string     { return v.text }
func (v *optionValue) Set(s string) error { v.text = s; return nil }
func (v *optionValue) Type() string {
	if v.isSwitch {
		return "bool"
	}
	return "value"
}
