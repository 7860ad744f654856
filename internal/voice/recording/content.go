package recording

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"math"
	"runtime"
	"time"

	"yingda/internal/platform/secret"
	"yingda/internal/voice/media/g711"
	"yingda/internal/voice/recording/timeline"
)

// PeakParts is into how many equal parts a recording is cut for its picture.
const PeakParts = 400

// content is a finished journal as the encrypted stream that is stored. It is an io.Reader that lays out as it is read,
// so that an hour of audio needs no more memory than a minute; what was found on the way is known at its end.
type content struct {
	journal *journal
	line    *timeline.Line
	stream  *secret.StreamWriter
	out     bytes.Buffer
	done    bool

	hash    hash.Hash
	size    int64
	loud    []loudness // of each tenth of a second
	pauses  []Pause
	dropped int64
	last    time.Duration // the end of the latest packet
	ended   bool
	length  time.Duration
}

// loudness is the largest sample of both sides.
type loudness [2]int16

const samplesPerLoudness = timeline.Rate / 10

func newContent(j *journal, key secret.DataKey) (*content, error) {
	c := &content{journal: j, hash: sha256.New()}
	c.line = timeline.New(frames{c})
	var err error
	c.stream, err = secret.NewStreamWriter(key, &c.out)
	return c, err
}

// frames takes what is laid out.
type frames struct{ c *content }

func (f frames) Write(p []byte) (int, error) {
	f.c.hash.Write(p)
	f.c.measure(p)
	f.c.size += int64(len(p))
	return f.c.stream.Write(p)
}

// measure notes how loud it is.
func (c *content) measure(p []byte) {
	table := g711.ALawTable()
	at := c.size / timeline.FrameBytes
	for i := 0; i+1 < len(p); i, at = i+2, at+1 {
		part := int(at / samplesPerLoudness)
		if part == len(c.loud) {
			c.loud = append(c.loud, loudness{})
		}
		l := &c.loud[part]
		l[0] = max(l[0], magnitude(table[p[i]]))
		l[1] = max(l[1], magnitude(table[p[i+1]]))
	}
}

// magnitude leaves out the least step, which is what silence decodes to.
func magnitude(v int16) int16 {
	switch {
	case v < -8:
		return -v
	case v > 8:
		return v
	}
	return 0
}

// Read implements io.Reader.
func (c *content) Read(p []byte) (int, error) {
	for c.out.Len() == 0 {
		if c.done {
			return 0, io.EOF
		}
		c.out.Reset()
		if err := c.advance(); err != nil {
			return 0, err
		}
	}
	return c.out.Read(p)
}

// advance takes one value of the journal: some 0.2 ms of work. Between two of them others go first, because the media
// threads of this process carry calls.
func (c *content) advance() error {
	runtime.Gosched()
	kind, body, err := c.journal.value()
	if errors.Is(err, io.EOF) {
		return c.finish()
	}
	if err != nil {
		return err
	}
	switch kind {
	case valuePackets:
		for {
			p, rest, ok := readPacket(body)
			if !ok {
				return nil
			}
			body = rest
			c.last = max(c.last, p.Arrival+timeline.Duration(int64(len(p.Audio))))
			if err := c.line.Add(p); err != nil {
				return err
			}
		}
	case valueMark:
		var m mark
		if err := json.Unmarshal(body, &m); err != nil {
			return err
		}
		c.mark(m)
	case valueEnd:
		var e end
		if err := json.Unmarshal(body, &e); err != nil {
			return err
		}
		c.ended, c.length = true, e.Length
	}
	return nil
}

func (c *content) mark(m mark) {
	switch m.Act {
	case actPause:
		c.last = max(c.last, m.At)
		c.pauses = append(c.pauses, Pause{From: m.At})
		c.line.Pause(m.At, 0)
	case actResume:
		c.last = max(c.last, m.At)
		if n := len(c.pauses); n > 0 {
			c.pauses[n-1].To = m.At
		}
		c.line.Resume(m.At)
	case actDropped:
		c.dropped += m.Dropped
	}
}

// finish ends the audio where the call ended, or where a failing machine stopped to write.
func (c *content) finish() error {
	if !c.ended {
		c.length = c.last
	}
	if err := c.line.Finish(c.length); err != nil {
		return err
	}
	c.length = timeline.Duration(c.size / timeline.FrameBytes)
	if n := len(c.pauses); n > 0 && c.pauses[n-1].To == 0 {
		c.pauses[n-1].To = c.length
	}
	c.done = true
	return c.stream.Close()
}

// peaks draws the whole in PeakParts parts, the square root of the loudness from 0 to 255; fewer for what is shorter.
func (c *content) peaks() []byte {
	parts := min(PeakParts, len(c.loud))
	drawn := make([]byte, 0, 2*parts)
	for i := range parts {
		var most loudness
		for _, l := range c.loud[i*len(c.loud)/parts : (i+1)*len(c.loud)/parts] {
			most[0], most[1] = max(most[0], l[0]), max(most[1], l[1])
		}
		drawn = append(drawn, scale(most[0]), scale(most[1]))
	}
	return drawn
}

func scale(v int16) byte { return byte(math.Sqrt(float64(v)/math.MaxInt16)*255 + 0.5) }
