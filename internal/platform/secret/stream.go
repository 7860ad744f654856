package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"

	"yingda/internal/platform/fault"
)

// The stream is the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its
// Nonce-Reuse Misuse-Resistance, CRYPTO 2015) over AES-256-GCM:
//
//	bytes 0-3   "YDS1"
//	byte 4      binary logarithm of the chunk size (16: 64 KiB)
//	bytes 5-11  random nonce prefix
//	chunks      chunk size of ciphertext and 16-byte tag each; the last one is 0 to chunk size long
//
// The nonce of a chunk is the prefix, its number (4 bytes), and 1 for the last chunk, else 0. So a chunk opens only at
// its place, and a stream cut at a chunk's border misses its last chunk. The header is associated data.
// An empty stream has one empty chunk; otherwise the last chunk is never empty.
const (
	streamMagic  = "YDS1"
	streamHeader = 12
	chunkLog     = 16
	chunkPlain   = 1 << chunkLog
	chunkSealed  = chunkPlain + tagSize
)

// Faults of reading a stream.
var (
	ErrTruncated   = fault.New(fault.Unavailable, "secret.truncated", "an encrypted file is cut short")
	ErrStreamWrong = fault.New(fault.Unavailable, "secret.stream_not_authentic", "an encrypted file is damaged, or its key belongs to another")
)

// StreamSize is how long the encrypted form of size bytes is.
func StreamSize(size int64) int64 {
	chunks := max(1, (size+chunkPlain-1)/chunkPlain)
	return streamHeader + size + chunks*tagSize
}

type chunkCipher struct {
	aead   cipher.AEAD
	header [streamHeader]byte
}

func (c *chunkCipher) nonce(index uint32, last bool) []byte {
	n := make([]byte, 12)
	copy(n, c.header[5:])
	binary.BigEndian.PutUint32(n[7:], index)
	if last {
		n[11] = 1
	}
	return n
}

func newChunkCipher(key DataKey) (*chunkCipher, error) {
	block, err := aes.NewCipher(key.key[:])
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &chunkCipher{aead: aead}, err
}

// StreamWriter encrypts what is written to it. Close writes the last chunk and is needed; it does not close
// the writer below. A stream that was never closed reads as truncated.
type StreamWriter struct {
	c     *chunkCipher
	to    io.Writer
	plain []byte
	out   []byte
	index uint32
	err   error // sticky: after a failed write nothing more is written
}

// NewStreamWriter begins a stream on to. One data key is for one stream.
func NewStreamWriter(key DataKey, to io.Writer) (*StreamWriter, error) {
	c, err := newChunkCipher(key)
	if err != nil {
		return nil, err
	}
	copy(c.header[:], streamMagic)
	c.header[4] = chunkLog
	_, _ = rand.Read(c.header[5:]) // never fails
	if _, err := to.Write(c.header[:]); err != nil {
		return nil, fmt.Errorf("write stream header: %w", err)
	}
	return &StreamWriter{c: c, to: to, plain: make([]byte, 0, chunkPlain), out: make([]byte, 0, chunkSealed)}, nil
}

// Write encrypts p; full chunks go down once it is known that they are not the last.
func (w *StreamWriter) Write(p []byte) (int, error) {
	written := 0
	for w.err == nil && len(p) > 0 {
		if len(w.plain) == chunkPlain {
			w.flush(false)
			continue
		}
		n := copy(w.plain[len(w.plain):chunkPlain], p)
		w.plain = w.plain[:len(w.plain)+n]
		p = p[n:]
		written += n
	}
	return written, w.err
}

// Close ends the stream.
func (w *StreamWriter) Close() error {
	if w.err == nil {
		w.flush(true)
	}
	if errors.Is(w.err, errStreamClosed) {
		return nil
	}
	return w.err
}

var errStreamClosed = errors.New("the stream is closed")

func (w *StreamWriter) flush(last bool) {
	w.out = w.c.aead.Seal(w.out[:0], w.c.nonce(w.index, last), w.plain, w.c.header[:])
	if _, err := w.to.Write(w.out); err != nil {
		w.err = fmt.Errorf("write stream chunk %d: %w", w.index, err)
		return
	}
	switch {
	case last:
		w.err = errStreamClosed
	case w.index == math.MaxUint32:
		w.err = fault.New(fault.Limit, "secret.stream_too_long", "an encrypted file cannot be longer than 256 TiB")
	}
	w.index++
	w.plain = w.plain[:0]
}

// StreamReader decrypts at any position, so that a browser can jump in a recording. It keeps one chunk. Safe for
// concurrent ReadAt; Read and Seek share one position.
type StreamReader struct {
	c    *chunkCipher
	size int64 // of the plain text
	last int64 // number of the last chunk

	mu     sync.Mutex
	from   io.ReadSeeker
	at     int64 // position of Read in the plain text
	loaded int64 // chunk in plain; -1: none
	plain  []byte
	sealed []byte
}

// NewStreamReader opens a stream. It reads the header and the last chunk at once, so that a file cut short or
// opened with a wrong key is known before its length is told to anybody. Errors: ErrTruncated, ErrStreamWrong.
func NewStreamReader(key DataKey, from io.ReadSeeker) (*StreamReader, error) {
	c, err := newChunkCipher(key)
	if err != nil {
		return nil, err
	}
	length, err := from.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("find the end of a stream: %w", err)
	}
	if length < streamHeader+tagSize {
		return nil, ErrTruncated
	}
	if _, err := from.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("find the start of a stream: %w", err)
	}
	if _, err := io.ReadFull(from, c.header[:]); err != nil {
		return nil, fmt.Errorf("read stream header: %w", err)
	}
	if string(c.header[:4]) != streamMagic || c.header[4] != chunkLog {
		return nil, ErrStreamWrong
	}
	body := length - streamHeader
	chunks := (body + chunkSealed - 1) / chunkSealed
	if tail := body - (chunks-1)*chunkSealed; tail < tagSize || chunks > math.MaxUint32+1 || (tail == tagSize && chunks > 1) {
		return nil, ErrTruncated
	}
	r := &StreamReader{c: c, from: from, size: body - chunks*tagSize, last: chunks - 1, loaded: -1}
	if err := r.load(r.last); err != nil {
		if errors.Is(err, ErrStreamWrong) && r.opensAsInner(r.last) {
			return nil, ErrTruncated
		}
		return nil, err
	}
	return r, nil
}

// opensAsInner tells a stream cut at a chunk's border from a damaged one, for the person who looks for the cause.
func (r *StreamReader) opensAsInner(index int64) bool {
	_, err := r.c.aead.Open(nil, r.c.nonce(uint32(index), false), r.sealed, r.c.header[:])
	return err == nil
}

// Size is the length of the plain text.
func (r *StreamReader) Size() int64 { return r.size }

// Read implements io.Reader.
func (r *StreamReader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(p) == 0 {
		return 0, nil
	}
	n, err := r.readAt(p, r.at)
	r.at += int64(n)
	return n, err
}

// ReadAt implements io.ReaderAt.
func (r *StreamReader) ReadAt(p []byte, off int64) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if off < 0 {
		return 0, errNegative
	}
	n := 0
	for n < len(p) {
		m, err := r.readAt(p[n:], off+int64(n))
		n += m
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

var errNegative = errors.New("position before the start of the stream")

// Seek implements io.Seeker.
func (r *StreamReader) Seek(offset int64, whence int) (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.size
	default:
		return 0, fmt.Errorf("seek: unknown whence %d", whence)
	}
	if offset < 0 {
		return 0, errNegative
	}
	r.at = offset
	return offset, nil
}

// readAt gives what one chunk holds from off on.
func (r *StreamReader) readAt(p []byte, off int64) (int, error) {
	if off >= r.size {
		return 0, io.EOF
	}
	if err := r.load(off / chunkPlain); err != nil {
		return 0, err
	}
	return copy(p, r.plain[off%chunkPlain:]), nil
}

func (r *StreamReader) load(index int64) error {
	if r.loaded == index {
		return nil
	}
	r.loaded = -1
	last := index == r.last
	length := int64(chunkSealed)
	if last {
		length = r.size - index*chunkPlain + tagSize
	}
	if r.sealed == nil {
		r.sealed, r.plain = make([]byte, chunkSealed), make([]byte, 0, chunkPlain)
	}
	r.sealed = r.sealed[:length]
	if _, err := r.from.Seek(streamHeader+index*chunkSealed, io.SeekStart); err != nil {
		return fmt.Errorf("find stream chunk %d: %w", index, err)
	}
	if _, err := io.ReadFull(r.from, r.sealed); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return ErrTruncated.WithCause(err)
		}
		return fmt.Errorf("read stream chunk %d: %w", index, err)
	}
	plain, err := r.c.aead.Open(r.plain[:0], r.c.nonce(uint32(index), last), r.sealed, r.c.header[:])
	if err != nil {
		return ErrStreamWrong.WithCause(fmt.Errorf("stream chunk %d: %w", index, err))
	}
	r.plain, r.loaded = plain, index
	return nil
}

// RecoverStream copies what is whole of a stream that was never closed, such as the recording of a call during which the
// machine failed. It returns the bytes copied; nothing that does not authenticate is copied. Errors other than
// ErrStreamWrong (not even the first chunk opens) come from reading and writing.
func RecoverStream(key DataKey, from io.Reader, to io.Writer) (int64, error) {
	c, err := newChunkCipher(key)
	if err != nil {
		return 0, err
	}
	if _, err := io.ReadFull(from, c.header[:]); err != nil {
		return 0, ErrTruncated.WithCause(err)
	}
	var copied int64
	sealed := make([]byte, chunkSealed)
	for index := uint32(0); ; index++ {
		n, readErr := io.ReadFull(from, sealed)
		if readErr != nil && !errors.Is(readErr, io.EOF) && !errors.Is(readErr, io.ErrUnexpectedEOF) {
			return copied, fmt.Errorf("read stream chunk %d: %w", index, readErr)
		}
		last := false
		plain, err := c.aead.Open(nil, c.nonce(index, false), sealed[:n], c.header[:])
		if err != nil {
			last = true
			plain, err = c.aead.Open(nil, c.nonce(index, true), sealed[:n], c.header[:])
		}
		if err != nil {
			if index == 0 && n == chunkSealed {
				return 0, ErrStreamWrong.WithCause(err)
			}
			return copied, nil // the unfinished end
		}
		m, err := to.Write(plain)
		copied += int64(m)
		if err != nil || last || readErr != nil {
			return copied, err
		}
	}
}
