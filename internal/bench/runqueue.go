package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// runQueue notes how long the threads of a process wait for a processor while they could run, so that lateness which
// the machine caused can be told from lateness of our own. Linux's schedstat (kernel documentation, sched-stats).
type runQueue struct {
	pid    int
	cancel context.CancelFunc
	done   sync.WaitGroup
	mu     sync.Mutex
	looks  []queueLook
}

// queueLook is the longest wait of any thread since the look before.
type queueLook struct {
	at     time.Time
	waited time.Duration
}

// lookEvery is the time between two looks; half of the least lateness that counts.
const lookEvery = 20 * time.Millisecond

// watchRunQueue begins to look; stop ends it.
func watchRunQueue(ctx context.Context, pid int) *runQueue {
	ctx, cancel := context.WithCancel(ctx)
	q := &runQueue{pid: pid, cancel: cancel}
	q.done.Go(func() {
		before := map[string]int64{}
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			q.look(before)
		}
	})
	return q
}

func (q *runQueue) look(before map[string]int64) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", q.pid))
	worst := int64(0)
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			continue // the thread ended
		}
		fields := strings.Fields(string(raw))
		if len(fields) < 2 {
			continue
		}
		waited, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			continue
		}
		if last, ok := before[name]; ok {
			worst = max(worst, waited-last)
		}
		before[name] = waited
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.looks = append(q.looks, queueLook{time.Now(), time.Duration(worst)})
}

func (q *runQueue) stop() {
	q.cancel()
	q.done.Wait()
}

// between gives the most that threads can have waited in a stretch of time; a wait is seen at the look after it.
func (q *runQueue) between(from, to time.Time) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	var total time.Duration
	i := sort.Search(len(q.looks), func(i int) bool { return !q.looks[i].at.Before(from) })
	for ; i < len(q.looks); i++ {
		total += q.looks[i].waited
		if q.looks[i].at.After(to.Add(lookEvery)) {
			break
		}
	}
	return total
}
