package bus

import (
	"sync"
	"time"
)

// watchlist is what the health page looks at: streams opened here, subscriptions that lost messages, consumers whose
// handler keeps failing, and the last time that storing failed. Keys are subjects and names from the code, a closed set.
type watchlist struct {
	mu        sync.Mutex
	streams   map[string]*Stream
	slows     map[string]slowness
	stuck     map[string]int // consumer → attempts of the message it cannot get past
	storeFail time.Time
	storeWhy  string
}

type slowness struct {
	dropped uint64 // since first
	first   time.Time
	last    time.Time
}

// slowMemory is how long the health page shows a slow subscription after its last loss.
const slowMemory = 10 * time.Minute

func (w *watchlist) slow(subject string, lost uint64, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.slows == nil {
		w.slows = map[string]slowness{}
	}
	s := w.slows[subject]
	if now.Sub(s.last) > slowMemory {
		s = slowness{first: now}
	}
	s.dropped += lost
	s.last = now
	w.slows[subject] = s
}

func (w *watchlist) stream(s *Stream) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.streams == nil {
		w.streams = map[string]*Stream{}
	}
	w.streams[s.config.Name] = s
}

// attempts notes how often a consumer's present message was tried in vain; 0 forgets it.
func (w *watchlist) attempts(consumer string, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n == 0 {
		delete(w.stuck, consumer)
		return
	}
	if w.stuck == nil {
		w.stuck = map[string]int{}
	}
	w.stuck[consumer] = n
}

// stored notes the outcome of storing a message; why is "" when it went well.
func (w *watchlist) stored(why string, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.storeWhy = why
	if why != "" {
		w.storeFail = now
	}
}
