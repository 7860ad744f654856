package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/pflag"
)

// httpFindings is what the generator "http" prints.
type httpFindings struct {
	Requests int64   `json:"requests"`
	Bytes    int64   `json:"bytes"`
	Failures int64   `json:"failures"`
	Seconds  float64 `json:"seconds"`
}

// loadHTTP asks one URL again and again over kept-alive connections.
func loadHTTP() Load {
	var url, headers string
	var connections int
	var length time.Duration
	return Load{
		Name: "http",
		Flags: func(fs *pflag.FlagSet) {
			fs.StringVar(&url, "url", "", "what to ask for")
			fs.StringVar(&headers, "headers", "", headersHelp)
			fs.IntVar(&connections, "connections", 8, "connections at once")
			fs.DurationVar(&length, "for", 5*time.Second, "how long")
		},
		Run: func(ctx context.Context, stdout io.Writer) error {
			who, err := readHeaders(headers)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(ctx, length)
			defer cancel()
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true}}
			defer client.CloseIdleConnections()
			var requests, size, failures atomic.Int64
			begin := time.Now()
			var wg sync.WaitGroup
			for i := range connections {
				wg.Go(func() {
					for ctx.Err() == nil {
						n, err := ask(ctx, client, url, who.of(i))
						switch {
						case err == nil:
							requests.Add(1)
							size.Add(n)
						case !errors.Is(err, context.DeadlineExceeded):
							failures.Add(1)
						}
					}
				})
			}
			wg.Wait()
			return json.NewEncoder(stdout).Encode(httpFindings{requests.Load(), size.Load(), failures.Load(), time.Since(begin).Seconds()})
		},
	}
}

func ask(ctx context.Context, client *http.Client, url string, header http.Header) (int64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	request.Header = header
	answer, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	n, err := io.Copy(io.Discard, answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("answered %s", answer.Status)
	}
	return n, err
}
