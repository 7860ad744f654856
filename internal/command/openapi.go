package command

import (
	"github.com/spf13/cobra"

	"yingda/internal/app"
)

func newOpenAPI() *cobra.Command {
	return &cobra.Command{
		Use:     "openapi",
		Short:   "Print the description of the API (OpenAPI 3.1)",
		Example: "  yingda openapi > openapi.json",
		RunE: func(c *cobra.Command, _ []string) error {
			return app.WriteOpenAPI(c.OutOrStdout(), app.Build{Version: version, Revision: revision})
		},
	}
}
