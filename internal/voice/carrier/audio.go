package carrier

import (
	"encoding/binary"
	"io"
	"math"
	"sort"
	"sync"
	"time"

	"yingda/internal/platform/fault"
)

// Codec is an RTP payload type of G.711 (RFC 3551).
type Codec uint8

// The codecs of the telephone network.
const (
	PCMU Codec = 0
	PCMA Codec = 8
)

func (c Codec) String() string {
	switch c {
	case PCMU:
		return "PCMU"
	case PCMA:
		return "PCMA"
	default:
		return "unknown"
	}
}

// rate is the clock of G.711 and of telephone-event beside it, per second.
const rate = 8000

// frame is one packet of 20 ms.
const (
	frameTime    = 20 * time.Millisecond
	frameSamples = rate / 50
)

// law is one G.711 table: every byte's value, and the byte nearest to every value.
type law struct {
	decode [256]int16
	encode [65536]byte // by uint16 of the sample
	quiet  byte        // the byte of silence
}

// laws are worked out on first use from the formulas of G.711, tables 1a and 2a.
var laws = [...]func() *law{
	PCMU: sync.OnceValue(func() *law { return newLaw(expandMu, 0xFF) }),
	PCMA: sync.OnceValue(func() *law { return newLaw(expandA, 0xD5) }),
}

func (c Codec) law() *law { return laws[c]() }

// known reports whether the codec can be spoken.
func (c Codec) known() bool { return c == PCMU || c == PCMA }

// expandA gives the 16-bit value of an A-law byte: even bits inverted, then sign, 3 bits of segment, 4 of step.
func expandA(b byte) int16 {
	b ^= 0x55
	segment, step := int(b>>4&7), int(b&15)
	value := step*2 + 1
	if segment > 0 {
		value = (step*2 + 33) << (segment - 1)
	}
	if b&0x80 == 0 {
		value = -value
	}
	return int16(value * 8)
}

// expandMu gives the 16-bit value of a mu-law byte: all bits inverted, and a bias of 33 in the 14-bit scale.
func expandMu(b byte) int16 {
	b = ^b
	segment, step := int(b>>4&7), int(b&15)
	value := (step*2+33)<<segment - 33
	if b&0x80 != 0 {
		value = -value
	}
	return int16(value * 4)
}

func newLaw(expand func(byte) int16, quiet byte) *law {
	l := &law{quiet: quiet}
	order := make([]int, 256)
	for b := range 256 {
		l.decode[b] = expand(byte(b))
		order[b] = b
	}
	sort.Slice(order, func(i, j int) bool { return l.decode[order[i]] < l.decode[order[j]] })
	at := 0
	for v := math.MinInt16; v <= math.MaxInt16; v++ {
		for at+1 < len(order) && nearer(v, l.decode[order[at+1]], l.decode[order[at]]) {
			at++
		}
		l.encode[uint16(int16(v))] = byte(order[at])
	}
	l.encode[0] = quiet
	return l
}

func nearer(v int, a, b int16) bool {
	da, db := v-int(a), v-int(b)
	return da*da <= db*db
}

// Source gives the sound that is sent, 160 samples (20 ms) a time. At the end it fills with silence and reports false.
// It is called by one goroutine at a time.
type Source interface {
	Next(frame *[frameSamples]int16) bool
}

// Silence is a source of nothing.
func Silence() Source { return silence{} }

type silence struct{}

func (silence) Next(frame *[frameSamples]int16) bool {
	*frame = [frameSamples]int16{}
	return true
}

// Tone is a sine of so many hertz at -9 dBov, for d, or without end when d is 0.
func Tone(hz float64, d time.Duration) Source {
	t := &tone{step: 2 * math.Pi * hz / rate, left: -1}
	if d > 0 {
		t.left = int(d * rate / time.Second)
	}
	return t
}

const toneLevel = 11600 // peak; -9 dB of full scale

type tone struct {
	step, phase float64
	left        int // samples; -1: without end
}

func (t *tone) Next(frame *[frameSamples]int16) bool {
	for i := range frame {
		frame[i] = 0
		if t.left == 0 {
			continue
		}
		frame[i] = int16(toneLevel * math.Sin(t.phase))
		if t.phase += t.step; t.phase > 2*math.Pi {
			t.phase -= 2 * math.Pi
		}
		if t.left > 0 {
			t.left--
		}
	}
	return t.left != 0
}

// Samples is a source of 8 kHz samples, once or again and again.
func Samples(pcm []int16, loop bool) Source { return &samples{pcm: pcm, loop: loop && len(pcm) > 0} }

type samples struct {
	pcm  []int16
	at   int
	loop bool
}

func (s *samples) Next(frame *[frameSamples]int16) bool {
	for i := range frame {
		if s.at >= len(s.pcm) && s.loop {
			s.at = 0
		}
		if s.at >= len(s.pcm) {
			frame[i] = 0
			continue
		}
		frame[i] = s.pcm[s.at]
		s.at++
	}
	return s.loop || s.at < len(s.pcm)
}

// maxWAV bounds a file to speak: ten minutes of stereo at 48 kHz.
const maxWAV = 10 * 60 * 48000 * 4

// ReadWAV reads a RIFF WAVE file of 16-bit PCM, any rate and one or two channels, to 8 kHz samples of one channel.
// Two channels are mixed; other rates are interpolated, which is good enough to be heard and measured.
func ReadWAV(r io.Reader) ([]int16, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxWAV+1))
	if err != nil {
		return nil, fault.New(fault.Invalid, "carrier.bad_wav", "The sound file cannot be read.").WithCause(err)
	}
	bad := func(why string) error {
		return fault.New(fault.Invalid, "carrier.bad_wav", "The sound file is not usable: %s.", why).
			WithRemedy("make it with: sox IN -r 8000 -c 1 -b 16 OUT.wav")
	}
	switch {
	case len(data) > maxWAV:
		return nil, bad("it is larger than 110 MB")
	case len(data) < 12 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WAVE":
		return nil, bad("it is not a RIFF WAVE file")
	}
	var channels, from int
	for at := 12; at+8 <= len(data); {
		kind, size := string(data[at:at+4]), int(binary.LittleEndian.Uint32(data[at+4:]))
		body := data[at+8:]
		size = min(size, len(body)) // streamed files carry no true length
		body = body[:size]
		switch {
		case kind == "fmt " && size >= 16:
			channels, from = int(binary.LittleEndian.Uint16(body[2:])), int(binary.LittleEndian.Uint32(body[4:]))
			format, bits := binary.LittleEndian.Uint16(body), binary.LittleEndian.Uint16(body[14:])
			if (format != 1 && format != 0xFFFE) || bits != 16 || channels < 1 || channels > 2 || from < 4000 || from > 192000 {
				return nil, bad("it is not 16-bit PCM with one or two channels")
			}
		case kind == "data" && channels == 0:
			return nil, bad("its format comes after its data")
		case kind == "data":
			return resample(mono(body, channels), from), nil
		}
		at += 8 + size + size%2
	}
	return nil, bad("it has no data")
}

func mono(data []byte, channels int) []int16 {
	pcm := make([]int16, len(data)/2/channels)
	for i := range pcm {
		sum := 0
		for c := range channels {
			sum += int(int16(binary.LittleEndian.Uint16(data[(i*channels+c)*2:])))
		}
		pcm[i] = int16(sum / channels)
	}
	return pcm
}

// resample interpolates linearly to 8 kHz; from a higher rate it averages what falls into one sample.
func resample(pcm []int16, from int) []int16 {
	if from == rate || len(pcm) == 0 {
		return pcm
	}
	out := make([]int16, len(pcm)*rate/from)
	for i := range out {
		begin := float64(i) * float64(from) / rate
		width := max(1, from/rate)
		sum, n := 0.0, 0
		for k := range width {
			at := int(begin) + k
			if at+1 >= len(pcm) {
				break
			}
			part := begin - math.Floor(begin)
			sum += float64(pcm[at])*(1-part) + float64(pcm[at+1])*part
			n++
		}
		if n > 0 {
			out[i] = int16(sum / float64(n))
		}
	}
	return out
}

// WAV writes 8 kHz samples of one channel as a 16-bit WAVE file.
func WAV(w io.Writer, pcm []int16) error {
	head := make([]byte, 44, 44+2*len(pcm))
	copy(head, "RIFF")
	binary.LittleEndian.PutUint32(head[4:], uint32(36+2*len(pcm)))
	copy(head[8:], "WAVEfmt ")
	binary.LittleEndian.PutUint32(head[16:], 16)
	binary.LittleEndian.PutUint16(head[20:], 1)
	binary.LittleEndian.PutUint16(head[22:], 1)
	binary.LittleEndian.PutUint32(head[24:], rate)
	binary.LittleEndian.PutUint32(head[28:], rate*2)
	binary.LittleEndian.PutUint16(head[32:], 2)
	binary.LittleEndian.PutUint16(head[34:], 16)
	copy(head[36:], "data")
	binary.LittleEndian.PutUint32(head[40:], uint32(2*len(pcm)))
	for _, s := range pcm {
		head = binary.LittleEndian.AppendUint16(head, uint16(s))
	}
	_, err := w.Write(head)
	return err
}

// EncodePCM gives the samples as G.711.
func EncodePCM(c Codec, pcm []int16) []byte {
	out := make([]byte, len(pcm))
	table := c.law()
	for i, v := range pcm {
		out[i] = table.encode[uint16(v)]
	}
	return out
}

// Analyse tells what 8 kHz samples sound like, for instance those of a recording.
func Analyse(pcm []int16) Heard {
	h := Heard{PCM: pcm, Packets: len(pcm) / frameSamples}
	h.analyse()
	return h
}
