package live_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/httpapi/httpapitest"
	"yingda/internal/platform/httpapi/live"
)

// BenchmarkBroadcast measures from Broadcast to the arrival at each of 2,000 clients over loopback TCP,
// the clients in the same process on the same cores. The goal is p99 below 50 ms on two cores.
func BenchmarkBroadcast(b *testing.B) {
	for _, users := range []int{1, 2000} {
		b.Run(fmt.Sprintf("clients=2000/users=%d", users), func(b *testing.B) { benchmarkBroadcast(b, 2000, users) })
	}
}

func benchmarkBroadcast(b *testing.B, clients, users int) {
	hub := live.New(live.Config{Logger: quiet, Clock: clock.System(), PerUser: clients, User: func(r *http.Request) (string, error) {
		return r.Header.Get("User"), nil
	}})
	require.NoError(b, hub.Start(b.Context()))
	api := httpapi.New(httpapi.Config{Logger: quiet, Clock: clock.System()})
	api.Mount("GET /api/live", httpapi.SignedIn, hub)
	url := strings.TrimPrefix(httpapitest.New(b, api).URL, "http://")

	arrived := make(chan time.Time, clients)
	var wg sync.WaitGroup
	var conns []net.Conn
	for i := range clients {
		conn, r := openRaw(b, url, i%users)
		conns = append(conns, conn)
		wg.Go(func() {
			for {
				payload, err := readFrame(r)
				if err != nil {
					return
				}
				if strings.HasPrefix(payload, `{"type":"event"`) {
					arrived <- time.Now()
				}
			}
		})
	}
	data := map[string]any{"id": "0190c0de-0000-7000-8000-000000000000", "state": "sent", "queue": "话费", "waiting": 12}
	var delays []time.Duration
	b.ResetTimer()
	for b.Loop() {
		began := time.Now()
		require.NoError(b, hub.Broadcast("messages.changed", data))
		for range clients {
			delays = append(delays, (<-arrived).Sub(began))
		}
	}
	b.StopTimer()
	slices.Sort(delays)
	at := func(q float64) float64 { return delays[int(q*float64(len(delays)-1))].Seconds() * 1000 }
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
	b.ReportMetric(at(1), "max-ms")
	for _, c := range conns {
		_ = c.Close()
	}
	wg.Wait()
	require.NoError(b, hub.Stop(b.Context()))
}

// openRaw opens a connection with as little client as possible, and reads up to the snapshot.
func openRaw(b *testing.B, addr string, user int) (net.Conn, *bufio.Reader) {
	conn, err := net.Dial("tcp", addr)
	require.NoError(b, err)
	_, err = fmt.Fprintf(conn, "GET /api/live HTTP/1.1\r\nHost: localhost\r\nUser: u%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n", user)
	require.NoError(b, err)
	r := bufio.NewReaderSize(conn, 1024)
	for {
		line, err := r.ReadString('\n')
		require.NoError(b, err)
		if line == "\r\n" {
			break
		}
	}
	for {
		payload, err := readFrame(r)
		require.NoError(b, err)
		if strings.HasPrefix(payload, `{"type":"snapshot"`) {
			return conn, r
		}
	}
}

func readFrame(r *bufio.Reader) (string, error) {
	var h [2]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return "", err
	}
	n := int(h[1])
	if n == 126 {
		if _, err := io.ReadFull(r, h[:]); err != nil {
			return "", err
		}
		n = int(binary.BigEndian.Uint16(h[:]))
	}
	payload := make([]byte, n)
	_, err := io.ReadFull(r, payload)
	return string(payload), err
}
