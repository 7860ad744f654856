package command

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"yingda/internal/app"
	"yingda/internal/platform/health"
)

func newDoctor() *cobra.Command {
	var lang string
	c := &cobra.Command{
		Use:     "doctor",
		Short:   "Say in words what is wrong with this installation",
		Long:    "Look at the configuration, the data folder, PostgreSQL, NATS, ports, certificates and gateways without changing\nanything, whether Yingda runs or not. The exit code is 1 when something is at fault.",
		Example: "  yingda doctor\n  yingda doctor --lang zh-CN --config /etc/yingda/yingda.yaml",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := loadConfig(c)
			if err != nil {
				return err
			}
			report := app.Doctor(c.Context(), cfg, app.Build{Version: version, Revision: revision})
			for _, line := range report.Lines(health.Language(lang)) {
				printFinding(c, line)
			}
			if report.Status == health.Fault {
				return errors.New("something is at fault, see above")
			}
			return nil
		},
	}
	configFlags(c)
	c.Flags().StringVar(&lang, "lang", languageOf(os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG")), "zh-CN or en")
	return c
}

// languageOf picks the first locale that is set, as POSIX does; Chinese only when it asks for it,
// because a bare server console often cannot show it.
func languageOf(locales ...string) string {
	for _, l := range locales {
		if l != "" {
			if strings.HasPrefix(l, "zh") {
				return string(health.Chinese)
			}
			break
		}
	}
	return string(health.English)
}

var marks = map[health.Severity]string{health.OK: "ok     ", health.Info: "note   ", health.Caution: "warning", health.Fault: "FAULT  "}

func printFinding(c *cobra.Command, l health.Line) {
	out := c.OutOrStdout()
	fmt.Fprintf(out, "%s  %s\n", marks[l.Severity], l.Title)
	for _, more := range []string{l.Cause, l.Remedy} {
		if more != "" {
			fmt.Fprintf(out, "         %s\n", more)
		}
	}
	if l.Severity != health.OK && l.Severity != health.Info {
		fmt.Fprintf(out, "         [%s]\n", l.Code)
	}
}
