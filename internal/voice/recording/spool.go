package recording

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/secret"
)

const (
	journalSuffix = ".journal"
	badSuffix     = ".unreadable"
	turns         = 20 // a second is cut into so many turns, so that writing is spread over it
	syncers       = 4
	shelvers      = 2
	firstRetry    = 2 * time.Second
	lastRetry     = time.Minute
)

// spoolConfig says where journals are written and what becomes of them.
type spoolConfig struct {
	Dir    string
	Node   string
	Every  time.Duration // how often what is in memory is written; default 1 s
	Ring   *secret.Ring
	Clock  clock.Clock
	Logger *slog.Logger
	// Shelve stores the finished journal at a path; the file is removed when it returns nil.
	Shelve func(ctx context.Context, path string) error
}

// spool writes down the calls of this process. A lifecycle.Service.
type spool struct {
	cfg   spoolConfig
	group *lifecycle.Group

	mu       sync.Mutex
	running  bool
	lock     *os.File
	turns    [turns]map[*Recorder]bool
	turn     int
	live     int
	finished []*Recorder // to be written for the last time
	dirty    []*Recorder // to be synced
	failures int64       // writes that failed lately
	failedAt time.Time
	waiting  []item        // to be shelved, in no order
	left     int           // calls that are finished and not stored yet
	settled  chan struct{} // closed while left is 0
	writeNow chan struct{} // a token: something finished, or the first recorder came
	syncNow  chan struct{}
	shelfNow chan struct{}
}

// item is a journal to be shelved.
type item struct {
	path  string
	due   time.Time
	tries int
}

func newSpool(cfg spoolConfig) *spool {
	s := &spool{
		cfg: cfg, writeNow: make(chan struct{}, 1), syncNow: make(chan struct{}, syncers), shelfNow: make(chan struct{}, shelvers), settled: make(chan struct{}),
	}
	close(s.settled)
	for i := range s.turns {
		s.turns[i] = map[*Recorder]bool{}
	}
	var parts []lifecycle.Service
	for i := range shelvers {
		parts = append(parts, lifecycle.NewLoop(fmt.Sprintf("recording-shelf-%d", i), cfg.Logger, s.shelfLoop))
	}
	for i := range syncers {
		parts = append(parts, lifecycle.NewLoop(fmt.Sprintf("recording-sync-%d", i), cfg.Logger, s.syncLoop))
	}
	parts = append(parts, lifecycle.NewLoop("recording-write", cfg.Logger, s.writeLoop))
	s.group = lifecycle.NewGroup("recording", cfg.Logger, parts...)
	return s
}

// Name implements lifecycle.Service.
func (s *spool) Name() string { return "recording" }

// Start takes the directory and queues what an earlier process left in it.
func (s *spool) Start(ctx context.Context) error {
	if err := s.open(); err != nil {
		return err
	}
	if err := s.group.Start(ctx); err != nil {
		s.close()
		return err
	}
	s.mu.Lock()
	s.running = true
	s.mu.Unlock()
	return nil
}

func (s *spool) open() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock != nil {
		return nil
	}
	if err := os.MkdirAll(s.cfg.Dir, 0o700); err != nil {
		return fmt.Errorf("make the directory of recordings: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(s.cfg.Dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open the directory of recordings: %w", err)
	}
	if err := lockFile(lock); err != nil {
		_ = lock.Close()
		return ErrSpoolTaken.WithCause(err)
	}
	entries, err := os.ReadDir(s.cfg.Dir)
	if err != nil {
		_ = lock.Close()
		return fmt.Errorf("look into the directory of recordings: %w", err)
	}
	s.lock = lock
	now := s.cfg.Clock.Now()
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), journalSuffix) {
			s.waiting = append(s.waiting, item{path: filepath.Join(s.cfg.Dir, e.Name()), due: now})
			s.owe(1)
		}
	}
	if n := len(s.waiting); n > 0 {
		s.cfg.Logger.Info("recordings that an earlier process left are stored now", "recordings", n)
	}
	return nil
}

func (s *spool) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock != nil {
		_ = s.lock.Close()
		s.lock = nil
	}
}

// Stop ends what is still recording, writes it down, and leaves storing to the next start.
func (s *spool) Stop(ctx context.Context) error {
	s.mu.Lock()
	s.running = false
	var open []*Recorder
	for _, turn := range s.turns {
		for r := range turn {
			open = append(open, r)
		}
	}
	started := s.lock != nil // else nobody writes
	s.mu.Unlock()
	var errs []error
	if started {
		for _, r := range open {
			if _, err := r.Finish(ctx); err != nil {
				errs = append(errs, err)
			}
		}
	}
	errs = append(errs, s.group.Stop(ctx))
	s.close()
	return errors.Join(errs...)
}

// begin makes a recorder. It touches no disk: the file is made with the first second of audio.
func (s *spool) begin(h head) (*Recorder, error) {
	r := &Recorder{id: ident.New[recordingKind](), head: h, spool: s, done: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.running {
		return nil, ErrNotRunning
	}
	least := 0
	for i := range s.turns {
		if len(s.turns[i]) < len(s.turns[least]) {
			least = i
		}
	}
	r.turn = least
	s.turns[least][r] = true
	if s.live++; s.live == 1 {
		token(s.writeNow)
	}
	return r, nil
}

func token(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// owe counts journals that are to be stored.
func (s *spool) owe(n int) {
	was := s.left
	s.left += n
	switch {
	case was == 0 && s.left > 0:
		s.settled = make(chan struct{})
	case was > 0 && s.left == 0:
		close(s.settled)
	}
}

// settle waits until everything that was finished is stored.
func (s *spool) settle(ctx context.Context) error {
	for {
		s.mu.Lock()
		settled, left := s.settled, s.left
		s.mu.Unlock()
		if left == 0 {
			return nil
		}
		select {
		case <-settled:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// finish has a recorder written for the last time.
func (s *spool) finish(r *Recorder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finished = append(s.finished, r)
	s.owe(1)
	token(s.writeNow)
}

// writeLoop writes the recorders of one turn after the other, and finished ones at once.
func (s *spool) writeLoop(ctx context.Context) error {
	timer := s.cfg.Clock.NewTimer(time.Hour)
	defer timer.Stop()
	ticking := false
	var scratch []byte
	for {
		if !ticking && s.recording() {
			timer.Reset(s.cfg.Every / turns)
			ticking = true
		}
		select {
		case <-ctx.Done():
			s.writeFinished(scratch)
			return ctx.Err()
		case <-s.writeNow:
		case <-timer.C():
			ticking = false
			for _, r := range s.nextTurn() {
				scratch = s.write(r, scratch)
				s.written(r, false)
				runtime.Gosched() // calls go first
			}
		}
		scratch = s.writeFinished(scratch)
	}
}

// recording reports that there is anything to be written.
func (s *spool) recording() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.live > 0
}

// nextTurn gives the recorders of the next turn.
func (s *spool) nextTurn() []*Recorder {
	s.mu.Lock()
	defer s.mu.Unlock()
	due := make([]*Recorder, 0, len(s.turns[s.turn]))
	for r := range s.turns[s.turn] {
		due = append(due, r)
	}
	s.turn = (s.turn + 1) % turns
	return due
}

func (s *spool) writeFinished(scratch []byte) []byte {
	s.mu.Lock()
	list := s.finished
	s.finished = nil
	for _, r := range list {
		delete(s.turns[r.turn], r)
		s.live--
	}
	s.mu.Unlock()
	for _, r := range list {
		scratch = s.write(r, scratch)
		s.written(r, true)
	}
	return scratch
}

// written queues a recorder for a sync; the last one also closes its file.
func (s *spool) written(r *Recorder, last bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.last = r.last || last
	if !r.queued && (last || r.size > r.synced) {
		r.queued = true
		s.dirty = append(s.dirty, r)
		token(s.syncNow)
	}
	r.synced = r.size
}

// syncLoop makes written journals survive a power failure.
func (s *spool) syncLoop(ctx context.Context) error {
	for {
		r, last := s.nextDirty()
		if r == nil {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-s.syncNow:
			}
			continue
		}
		r.files.RLock()
		if r.file != nil {
			if err := syncFile(r.file); err != nil {
				s.trouble()
				s.cfg.Logger.Error("recording cannot be synced", "recording_id", r.id, "error", err)
			}
		}
		r.files.RUnlock()
		if last {
			s.complete(r)
		}
	}
}

func (s *spool) nextDirty() (r *Recorder, last bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.dirty) == 0 {
		return nil, false
	}
	r = s.dirty[0]
	s.dirty = slices.Delete(s.dirty, 0, 1)
	r.queued = false
	if len(s.dirty) > 0 {
		token(s.syncNow)
	}
	return r, r.last
}

// complete closes a journal and queues it for the shelf.
func (s *spool) complete(r *Recorder) {
	r.files.Lock()
	made := r.file != nil
	if made {
		_ = r.file.Close() // synced above
		r.file = nil
	}
	r.files.Unlock()
	s.mu.Lock()
	if made {
		s.waiting = append(s.waiting, item{path: s.path(r.id), due: s.cfg.Clock.Now()})
		token(s.shelfNow)
	} else {
		s.owe(-1)
	}
	s.mu.Unlock()
	close(r.done)
}
