package command

import (
	"context"

	"github.com/spf13/cobra"

	"yingda/internal/app"
)

// operate runs what an operator does by hand on the installation that the flags describe.
func operate(c *cobra.Command, do func(ctx context.Context, o *app.Operator) error) error {
	cfg, err := loadConfig(c)
	if err != nil {
		return err
	}
	log, err := newLogger(c, cfg.Log)
	if err != nil {
		return err
	}
	return do(c.Context(), app.NewOperator(cfg, log))
}

// onInstallation says it in the help of every command that goes through operate.
const onInstallation = "\nIt works on the installation's database, whether Yingda runs or not, and leaves a line in the log with your name."
