package recording

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"yingda/internal/voice/recording/timeline"
	"yingda/internal/voice/sdp"
)

const (
	// slabBytes holds a second of both directions with packets of 20 ms.
	slabBytes = 20 << 10
	// maxSlabs is how many of them one recorder may fill before the disk takes them: ten seconds.
	maxSlabs = 10
)

// slab is memory that packets wait in. It begins with the kind of the value that it becomes.
type slab struct{ data []byte }

var slabs = sync.Pool{New: func() any { return &slab{data: make([]byte, 0, slabBytes)} }}

func newSlab() *slab {
	s := slabs.Get().(*slab)
	s.data = append(s.data[:0], valuePackets)
	return s
}

// Recorder takes down one call. It is a tap of both media legs or of one; its methods are safe for concurrent use.
type Recorder struct {
	id    ID
	head  head
	spool *spool
	done  chan struct{} // closed when the journal is complete or given up

	mu      sync.Mutex
	filled  [maxSlabs]*slab // the first count of them
	count   int
	marks   []mark
	pauses  []Pause // To is zero while it lasts
	dropped int64   // since the last mark
	lost    int64   // all in all
	paused  bool
	length  time.Duration // set by Finish
	ended   bool

	// Of the goroutine that writes.
	next   int   // number of the next value
	size   int64 // of the file up to the last whole value
	broken bool  // nothing more can be written

	files sync.RWMutex // held for writing to set file, for reading to sync it
	file  *os.File

	// Guarded by spool.mu.
	turn   int
	queued bool  // for a sync
	last   bool  // the end is written
	synced int64 // size when it was queued last
}

// ID is the recording's.
func (r *Recorder) ID() ID { return r.id }

// Audio takes the audio of one packet that came from the remote or was sent to it. arrival is when it came or left;
// timestamp and ssrc are of the RTP packet (RFC 3550). It copies and returns at once; it never waits for the disk.
func (r *Recorder) Audio(fromRemote bool, ssrc, timestamp uint32, arrival time.Time, codec sdp.Codec, payload []byte) {
	at := arrival.Sub(r.head.Began)
	if at < 0 || len(payload) == 0 || len(payload) > timeline.MaxPacket || codec != sdp.PCMA && codec != sdp.PCMU {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended || r.paused {
		return
	}
	if r.count == 0 || len(r.filled[r.count-1].data)+packetHeader+len(payload) > slabBytes {
		if r.count == maxSlabs {
			r.dropped++
			r.lost++
			return
		}
		r.filled[r.count] = newSlab()
		r.count++
	}
	s := r.filled[r.count-1]
	s.data = appendPacket(s.data, fromRemote, ssrc, timestamp, at, codec, payload)
}

// Pause leaves silence from now on, on both sides: nothing that is said reaches even the memory of this package.
func (r *Recorder) Pause() { r.pause(true) }

// Resume records again.
func (r *Recorder) Resume() { r.pause(false) }

func (r *Recorder) pause(on bool) {
	at := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended || r.paused == on {
		return
	}
	r.paused = on
	if on {
		r.marks = append(r.marks, mark{At: at, Act: actPause})
		r.pauses = append(r.pauses, Pause{From: at})
		return
	}
	r.marks = append(r.marks, mark{At: at, Act: actResume})
	r.pauses[len(r.pauses)-1].To = at
}

func (r *Recorder) now() time.Duration { return max(0, r.spool.cfg.Clock.Now().Sub(r.head.Began)) }

// Finish ends the recording. It returns when the journal is safe on disk, usually within milliseconds; storing goes on
// in the background and survives a failure of this process. Called again it gives the same. The error is ctx's, or
// that the journal could not be written; what was written before is stored all the same.
func (r *Recorder) Finish(ctx context.Context) (Info, error) {
	at := r.now()
	r.mu.Lock()
	first := !r.ended
	if first {
		r.ended, r.length = true, at
		if n := len(r.pauses); r.paused {
			r.pauses[n-1].To = at
		}
	}
	r.mu.Unlock()
	if first {
		r.spool.finish(r)
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		return r.info(), ctx.Err()
	}
	if r.broken {
		return r.info(), errBroken
	}
	return r.info(), nil
}

var errBroken = errors.New("the recording could not be written down whole")

func (r *Recorder) info() Info {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Info{
		ID: r.id, Call: r.head.Call, Began: r.head.Began, Duration: r.length, Pauses: append([]Pause(nil), r.pauses...), Dropped: r.lost,
	}
}

// taken is what a recorder had in memory.
type taken struct {
	filled [maxSlabs]*slab
	count  int
	marks  []mark
	ended  bool
	length time.Duration
}

// take empties the recorder's memory.
func (r *Recorder) take() taken {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := taken{filled: r.filled, count: r.count, marks: r.marks, ended: r.ended, length: r.length}
	if r.dropped > 0 {
		t.marks = append(t.marks, mark{Act: actDropped, Dropped: r.dropped})
	}
	r.filled, r.count, r.marks, r.dropped = [maxSlabs]*slab{}, 0, nil, 0
	return t
}

// lose counts what was taken and could not be written.
func (r *Recorder) lose(packets int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost += packets
	r.dropped += packets
}
