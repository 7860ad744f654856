package command

import (
	"fmt"

	"github.com/spf13/cobra"

	"yingda/internal/app"
)

func newMigrate() *cobra.Command {
	c := &cobra.Command{
		Use:     "migrate",
		Short:   "Bring the database to this program's version, then exit",
		Long:    "`yingda serve` does this by itself. Run it apart when the database's administrator wants to choose the moment:\nversion N of the program works on the data of version N-1, so it may run before the new version starts.",
		Example: "  yingda migrate --database-url postgres://yingda@db.example.net/yingda",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := loadConfig(c)
			if err != nil {
				return err
			}
			log, err := newLogger(c, cfg.Log)
			if err != nil {
				return err
			}
			applied, err := app.Migrate(c.Context(), cfg, log)
			if err != nil {
				return err
			}
			if applied == 0 {
				fmt.Fprintln(c.OutOrStdout(), "The database is at this program's version.")
				return nil
			}
			fmt.Fprintf(c.OutOrStdout(), "Applied %d migrations; the database is at this program's version.\n", applied)
			return nil
		},
	}
	configFlags(c)
	return c
}
