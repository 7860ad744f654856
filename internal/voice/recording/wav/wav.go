// Package wav puts the header of a WAV file before stereo A-law, so that browsers and people's own programs play it.
//
// The header is RIFF with the chunks fmt (format 6, WAVE_FORMAT_ALAW), fact and data (Microsoft, Multimedia
// Programming Interface and Data Specifications 1.0, and RFC 2361). It is the same for the same length, so a file can
// be served in parts. Pure.
package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// HeaderBytes is the length of the header.
const HeaderBytes = 58

const (
	formatALaw = 6
	channels   = 2
	rate       = 8000
	bits       = 8
)

// Header is for so many bytes of audio.
func Header(size int64) []byte {
	h := make([]byte, 0, HeaderBytes)
	chunk := func(name string, length int64) {
		h = append(h, name...)
		h = binary.LittleEndian.AppendUint32(h, uint32(min(length, 1<<32-1)))
	}
	u16 := func(values ...uint16) {
		for _, v := range values {
			h = binary.LittleEndian.AppendUint16(h, v)
		}
	}
	chunk("RIFF", HeaderBytes-8+size+size%2)
	h = append(h, "WAVE"...)
	chunk("fmt ", 18)
	u16(formatALaw, channels)
	h = binary.LittleEndian.AppendUint32(h, rate)
	h = binary.LittleEndian.AppendUint32(h, rate*channels)
	u16(channels, bits, 0)
	chunk("fact", 4)
	h = binary.LittleEndian.AppendUint32(h, uint32(min(size/channels, 1<<32-1)))
	chunk("data", size)
	return h
}

// File is audio with its header in front, readable at any place. Not for concurrent use.
type File struct {
	header []byte
	audio  io.ReadSeeker
	size   int64
	at     int64
	inside int64 // where audio stands; -1: not known
}

// NewFile puts the header before so many bytes of audio.
func NewFile(audio io.ReadSeeker, size int64) *File {
	return &File{header: Header(size), audio: audio, size: size, inside: -1}
}

// Size is the length of the whole file.
func (f *File) Size() int64 { return HeaderBytes + f.size }

// Read implements io.Reader.
func (f *File) Read(p []byte) (int, error) {
	if f.at < HeaderBytes {
		n := copy(p, f.header[f.at:])
		f.at += int64(n)
		return n, nil
	}
	place := f.at - HeaderBytes
	if place >= f.size {
		return 0, io.EOF
	}
	if f.inside != place {
		if _, err := f.audio.Seek(place, io.SeekStart); err != nil {
			f.inside = -1
			return 0, fmt.Errorf("find a place in a recording: %w", err)
		}
	}
	if left := f.size - place; int64(len(p)) > left {
		p = p[:left]
	}
	n, err := f.audio.Read(p)
	f.at += int64(n)
	f.inside = place + int64(n)
	if errors.Is(err, io.EOF) && f.inside < f.size {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

var errBefore = errors.New("place before the beginning of the file")

// Seek implements io.Seeker.
func (f *File) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += f.at
	case io.SeekEnd:
		offset += f.Size()
	default:
		return 0, fmt.Errorf("seek: unknown whence %d", whence)
	}
	if offset < 0 {
		return 0, errBefore
	}
	f.at = offset
	return offset, nil
}
