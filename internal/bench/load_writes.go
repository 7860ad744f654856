package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/spf13/pflag"
)

// writeFindings is what the generator "writes" prints.
type writeFindings struct {
	Writes   int64   `json:"writes"`
	Failures int64   `json:"failures"`
	Problem  string  `json:"problem"` // of the first failure
	Seconds  float64 `json:"seconds"`
}

// writtenStaff is what of a member of staff is written back.
type writtenStaff struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Version int    `json:"version"`
}

// loadWrites changes members of staff, each connection its own, one call after the other.
func loadWrites() Load {
	var address, headers string
	var connections int
	var length time.Duration
	return Load{
		Name: "writes",
		Flags: func(fs *pflag.FlagSet) {
			fs.StringVar(&address, "url", "", "address of the installation")
			fs.StringVar(&headers, "headers", "", headersHelp)
			fs.IntVar(&connections, "connections", 8, "connections at once")
			fs.DurationVar(&length, "for", 5*time.Second, "how long")
		},
		Run: func(ctx context.Context, stdout io.Writer) error {
			who, err := readHeaders(headers)
			if err != nil {
				return err
			}
			w := &writeLoad{client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true}}, address: address, header: who.of(0)}
			defer w.client.CloseIdleConnections()
			staff, err := w.list(ctx, connections)
			if err != nil {
				return err
			}
			return json.NewEncoder(stdout).Encode(w.run(ctx, staff, length))
		},
	}
}

type writeLoad struct {
	client  *http.Client
	address string
	header  http.Header
}

func (w *writeLoad) call(ctx context.Context, method, path string, body, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, w.address+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	r.Header = w.header.Clone()
	if method == http.MethodGet {
		r.Body, r.ContentLength = nil, 0
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := w.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return err
	case answer.StatusCode != http.StatusOK:
		return fmt.Errorf("%s %s: %s: %.300s", method, path, answer.Status, read)
	}
	return json.Unmarshal(read, into)
}

// list gives as many members of staff as there are connections.
func (w *writeLoad) list(ctx context.Context, count int) ([]writtenStaff, error) {
	var page struct {
		Items []writtenStaff `json:"items"`
	}
	if err := w.call(ctx, http.MethodGet, "/api/staff?limit=200&q=M0", nil, &page); err != nil {
		return nil, err
	}
	if len(page.Items) < count {
		return nil, fmt.Errorf("%d members of staff for %d connections", len(page.Items), count)
	}
	staff := page.Items[:count]
	for i := range staff { // lists may leave the version out
		if err := w.call(ctx, http.MethodGet, "/api/staff/"+staff[i].ID, nil, &staff[i]); err != nil {
			return nil, err
		}
	}
	return staff, nil
}

func (w *writeLoad) run(ctx context.Context, staff []writtenStaff, length time.Duration) writeFindings {
	var found writeFindings
	var mu sync.Mutex
	begin := time.Now()
	var wg sync.WaitGroup
	for _, s := range staff {
		wg.Go(func() {
			writes := int64(0)
			err := func() error {
				for ; time.Since(begin) < length; writes++ {
					body := map[string]any{"version": s.Version, "name": fmt.Sprintf("测量人员%d", s.Version%2)}
					if err := w.call(ctx, http.MethodPut, "/api/staff/"+s.ID, body, &s); err != nil {
						return err
					}
				}
				return nil
			}()
			mu.Lock()
			defer mu.Unlock()
			found.Writes += writes
			if err != nil && !errors.Is(err, context.Canceled) {
				if found.Failures++; found.Problem == "" {
					found.Problem = err.Error()
				}
			}
		})
	}
	wg.Wait()
	found.Seconds = time.Since(begin).Seconds()
	return found
}
