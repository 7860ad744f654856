package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/spf13/pflag"
)

// liveFindings is what the generator "live" prints after its line "ready".
type liveFindings struct {
	Clients   int     `json:"clients"`
	Events    int     `json:"events"` // distinct events, each expected by every client
	Received  int     `json:"received"`
	Missed    int     `json:"missed"`
	P50Millis float64 `json:"p50_ms"`
	P99Millis float64 `json:"p99_ms"`
	MaxMillis float64 `json:"max_ms"`
}

// loadLive opens many live connections, says "ready", collects the delays between the moment an event
// was published (its "at") and its arrival until standard input ends, and prints what it found.
func loadLive() Load {
	var url, topic, headers string
	var clients int
	return Load{
		Name: "live",
		Flags: func(fs *pflag.FlagSet) {
			fs.StringVar(&url, "url", "", "ws://host:port/api/live")
			fs.StringVar(&headers, "headers", "", headersHelp)
			fs.StringVar(&topic, "topic", "", "topic that is measured")
			fs.IntVar(&clients, "clients", 2000, "connections at once")
		},
		Run: func(ctx context.Context, stdout io.Writer) error {
			who, err := readHeaders(headers)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			l := &liveLoad{topic: topic}
			var wg sync.WaitGroup
			for i := range clients {
				conn, err := openLive(ctx, url, who.of(i))
				if err != nil {
					cancel()
					return fmt.Errorf("open live connection %d of %d: %w", i+1, clients, err)
				}
				wg.Go(func() { l.read(ctx, conn) })
			}
			fmt.Fprintln(stdout, "ready")
			_, err = io.Copy(io.Discard, os.Stdin)
			cancel()
			wg.Wait()
			return errors.Join(err, json.NewEncoder(stdout).Encode(l.findings(clients)))
		},
	}
}

// liveLoad keeps what arrived as it is: understanding it at once would slow the arrival of the next.
type liveLoad struct {
	topic string

	mu      sync.Mutex
	arrived []arrival
}

type arrival struct {
	raw []byte
	at  time.Time
}

// openLive connects and reads up to the snapshot, so that every later event is measured.
func openLive(ctx context.Context, url string, header http.Header) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{CompressionMode: websocket.CompressionDisabled, HTTPHeader: header})
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(1 << 20)
	for {
		_, raw, err := conn.Read(ctx)
		if err != nil {
			return nil, err
		}
		if strings.Contains(string(raw[:min(len(raw), 40)]), `"snapshot"`) {
			return conn, nil
		}
	}
}

func (l *liveLoad) read(ctx context.Context, conn *websocket.Conn) {
	defer func() { _ = conn.CloseNow() }()
	for {
		_, raw, err := conn.Read(ctx)
		at := time.Now()
		if err != nil {
			return
		}
		l.mu.Lock()
		l.arrived = append(l.arrived, arrival{raw, at})
		l.mu.Unlock()
	}
}

func (l *liveLoad) findings(clients int) liveFindings {
	l.mu.Lock()
	defer l.mu.Unlock()
	var delays []float64
	events := map[time.Time]bool{} // by the moment of publication
	for _, a := range l.arrived {
		var event struct {
			Type, Topic string
			At          time.Time
		}
		if json.Unmarshal(a.raw, &event) != nil || event.Type != "event" || event.Topic != l.topic {
			continue
		}
		delays = append(delays, a.at.Sub(event.At).Seconds()*1000)
		events[event.At] = true
	}
	f := liveFindings{Clients: clients, Events: len(events), Received: len(delays)}
	f.Missed = clients*len(events) - len(delays)
	f.P50Millis = Quantile(delays, 0.50)
	f.P99Millis = Quantile(delays, 0.99)
	f.MaxMillis = Quantile(delays, 1)
	return f
}

// readyLine reads the generator's "ready".
func readyLine(r *bufio.Reader) error {
	line, err := r.ReadString('\n')
	if err == nil && strings.TrimSpace(line) != "ready" {
		err = fmt.Errorf("the load generator said %q", line)
	}
	return err
}
