package jobs_test

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/platform/jobs"
)

// exportArgs orders one export; ids only.
type exportArgs struct {
	ExportID string `json:"export_id"`
}

func (exportArgs) Kind() string { return "report_export" }

// request orders the export in the transaction that notes the request.
func request(ctx context.Context, tx pgx.Tx, id string) error {
	return jobs.InsertTx(ctx, tx, exportArgs{id}, jobs.Options{Queue: "report"})
}

func ExampleRegistry() {
	_ = request
	r := jobs.NewRegistry()
	r.Queue("report", 2)
	jobs.Add(r, 30*time.Minute, func(_ context.Context, j *jobs.Job[exportArgs]) error {
		fmt.Println("export", j.Args.ExportID)
		return nil
	})
	fmt.Println(exportArgs{}.Kind())
	// Output: report_export
}
