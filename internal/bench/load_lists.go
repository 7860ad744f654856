package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"
)

// listFindings is what the generator "lists" prints.
type listFindings struct {
	Milliseconds []float64            `json:"milliseconds"`
	ByKind       map[string][]float64 `json:"by_kind"`
	Failures     int64                `json:"failures"`
	Problem      string               `json:"problem"` // of the first failure
	Foreign      int64                `json:"foreign"` // answers with somebody of a centre that was not asked for
}

// loadLists asks for lists of staff at a steady rate, whatever the answers take.
func loadLists() Load {
	var address, headers, centre, team string
	var rate int
	var length time.Duration
	return Load{
		Name: "lists",
		Flags: func(fs *pflag.FlagSet) {
			fs.StringVar(&address, "url", "", "address of the installation")
			fs.StringVar(&headers, "headers", "", headersHelp)
			fs.StringVar(&centre, "centre", "", "a centre of the asker's province")
			fs.StringVar(&team, "team", "", "a team of it")
			fs.IntVar(&rate, "rate", 50, "calls a second")
			fs.DurationVar(&length, "for", 20*time.Second, "how long")
		},
		Run: func(ctx context.Context, stdout io.Writer) error {
			who, err := readHeaders(headers)
			if err != nil {
				return err
			}
			l := &listLoad{
				client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32, DisableCompression: true}}, address: address, header: who.of(0),
				centre: centre, team: team, found: listFindings{ByKind: map[string][]float64{}},
			}
			defer l.client.CloseIdleConnections()
			for i := range len(l.kinds()) * 3 { // connections and caches are warm before it counts
				l.ask(ctx, i, time.Now(), false)
			}
			l.run(ctx, rate, length)
			return json.NewEncoder(stdout).Encode(l.found)
		},
	}
}

type listLoad struct {
	client       *http.Client
	address      string
	header       http.Header
	centre, team string
	pages        sync.Map // cursor of the next page

	mu    sync.Mutex
	found listFindings
}

// listKind is one way in which people look at the list.
type listKind struct {
	name  string
	query url.Values
}

// kinds are asked in turn.
func (l *listLoad) kinds() []listKind {
	return []listKind{
		{"all", url.Values{}},
		{"page", url.Values{"limit": {"200"}}},
		{"centre", url.Values{"centre": {l.centre}}},
		{"team", url.Values{"team": {l.team}, "state": {"active"}}},
		{"name", url.Values{"q": {"王芳"}}},
		{"pinyin", url.Values{"q": {"lm"}}},
		{"number", url.Values{"q": {"M0123"}}},
		{"nobody", url.Values{"q": {"欧阳"}}},
	}
}

// run starts each call when it is due: a slow answer delays no other, and waiting counts.
func (l *listLoad) run(ctx context.Context, rate int, length time.Duration) {
	begin := time.Now()
	var wg sync.WaitGroup
	defer wg.Wait()
	for i := 0; ; i++ {
		due := begin.Add(time.Duration(i) * time.Second / time.Duration(rate))
		if due.Sub(begin) >= length || ctx.Err() != nil {
			return
		}
		time.Sleep(time.Until(due))
		wg.Go(func() { l.ask(ctx, i, due, true) })
	}
}

func (l *listLoad) ask(ctx context.Context, i int, due time.Time, counts bool) {
	kind := l.kinds()[i%len(l.kinds())]
	query := kind.query
	if kind.name == "page" { // go on where the last one ended
		if after, ok := l.pages.Load(kind.name); ok {
			query.Set("after", after.(string))
		}
	}
	foreign, next, err := l.get(ctx, "/api/staff?"+query.Encode(), kind.name == "centre")
	took := float64(time.Since(due).Microseconds()) / 1000
	if kind.name == "page" {
		l.pages.Store(kind.name, next)
	}
	if !counts {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		if l.found.Failures++; l.found.Problem == "" {
			l.found.Problem = err.Error()
		}
		return
	}
	if foreign {
		l.found.Foreign++
	}
	l.found.Milliseconds = append(l.found.Milliseconds, took)
	l.found.ByKind[kind.name] = append(l.found.ByKind[kind.name], took)
}

// get reads a list to its end and tells whether somebody of it belongs elsewhere.
func (l *listLoad) get(ctx context.Context, path string, ofCentre bool) (foreign bool, next string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.address+path, nil)
	if err != nil {
		return false, "", err
	}
	request.Header = l.header
	answer, err := l.client.Do(request)
	if err != nil {
		return false, "", err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %.300s", path, answer.Status, raw)
	}
	if err != nil {
		return false, "", err
	}
	var page struct {
		Items []struct {
			Number string `json:"number"`
			Centre string `json:"centre_id"`
		} `json:"items"`
		Next string `json:"next"`
	}
	if err := json.Unmarshal(raw, &page); err != nil {
		return false, "", err
	}
	if len(page.Items) == 0 && !strings.Contains(path, "q=") {
		return false, "", fmt.Errorf("%s: an empty list", path)
	}
	for _, item := range page.Items {
		foreign = foreign || ofCentre && item.Centre != l.centre
	}
	return foreign, page.Next, nil
}
