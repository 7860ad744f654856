package httpapi_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/httpapi/httpapitest"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/privacy"
	"yingda/internal/platform/telemetry"
)

type benchRow struct {
	ID        ident.ID[noteKind] `json:"id"`
	Channel   string             `json:"channel"`
	Recipient privacy.Recipient  `json:"recipient" privacy:"recipient"`
	Subject   string             `json:"subject"`
	State     string             `json:"state"`
	Attempts  int                `json:"attempts"`
	ErrorCode string             `json:"error_code"`
	Error     string             `json:"error"`
	CreatedAt time.Time          `json:"created_at"`
	SentAt    *time.Time         `json:"sent_at"`
}

type benchAnswer struct{ Body httpapi.Page[benchRow] }

type benchRequest struct {
	httpapi.PageRequest
	Channel string `query:"channel" enum:"sms,email"`
}

// benchAPI serves a list of 50 rows as an installation would, with figures.
func benchAPI() *httpapi.API {
	api := httpapi.New(httpapi.Config{
		Logger: slog.New(slog.DiscardHandler), Clock: clock.System(), Metrics: telemetry.NewMetrics(telemetry.Build{}),
	})
	rows := make([]benchRow, 51)
	now := time.Now().UTC()
	for i := range rows {
		rows[i] = benchRow{
			ID: ident.New[noteKind](), Channel: "sms", Recipient: privacy.Recipient(fmt.Sprintf("138%08d", i)),
			Subject: "您的话费账单", State: "sent", Attempts: 1, CreatedAt: now, SentAt: &now,
		}
	}
	httpapi.Register(api, get("list-rows", "/api/rows"), func(ctx context.Context, in *benchRequest) (*benchAnswer, error) {
		page, err := httpapi.Paginate(ctx, api.Cursors(), "list-rows", in.PageRequest,
			func(context.Context, *time.Time, int32) ([]benchRow, error) {
				return append([]benchRow(nil), rows...), nil
			},
			func(r benchRow) time.Time { return r.CreatedAt })
		return &benchAnswer{page}, err
	})
	return api
}

// discard is a ResponseWriter that costs nothing.
type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

func benchmarkHandler(b *testing.B, path string) {
	api := benchAPI()
	r := httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil)
	r.RemoteAddr = "127.0.0.1:1"
	b.ReportAllocs()
	for b.Loop() {
		clear := discard{http.Header{}}
		api.ServeHTTP(clear, r)
	}
}

func BenchmarkHandler(b *testing.B) {
	b.Run("healthz", func(b *testing.B) { benchmarkHandler(b, "/healthz") })
	b.Run("readyz", func(b *testing.B) { benchmarkHandler(b, "/readyz") })
	b.Run("list50", func(b *testing.B) { benchmarkHandler(b, "/api/rows?limit=50&channel=sms") })
}

// BenchmarkServer asks over loopback and a kept-alive connection; the client's cost is in both figures.
func BenchmarkServer(b *testing.B) {
	for name, path := range map[string]string{"healthz": "/healthz", "list50": "/api/rows?limit=50&channel=sms"} {
		b.Run(name, func(b *testing.B) {
			c := httpapitest.New(b, benchAPI())
			require.Equal(b, 200, c.Get(path).Status)
			for b.Loop() {
				c.Get(path)
			}
		})
	}
}
