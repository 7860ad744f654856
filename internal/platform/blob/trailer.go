package blob

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"time"
)

// The trailer follows the content of each file:
//
//	bytes 0-7     "YDBLOB1\n"
//	bytes 8-15    size of the content, big endian
//	bytes 16-47   its SHA-256
//	byte 48       length of the content type
//	bytes 49-175  content type
//	bytes 176-251 zero
//	bytes 252-255 CRC-32 (IEEE) of bytes 0-251
const (
	trailerSize  = 256
	trailerMagic = "YDBLOB1\n"
)

func formatTrailer(i Info) []byte {
	t := make([]byte, trailerSize)
	copy(t, trailerMagic)
	binary.BigEndian.PutUint64(t[8:], uint64(i.Size))
	copy(t[16:48], i.SHA256[:])
	t[48] = byte(len(i.ContentType))
	copy(t[49:], i.ContentType)
	binary.BigEndian.PutUint32(t[252:], crc32.ChecksumIEEE(t[:252]))
	return t
}

func parseTrailer(t []byte) (Info, bool) {
	if len(t) != trailerSize || string(t[:8]) != trailerMagic || crc32.ChecksumIEEE(t[:252]) != binary.BigEndian.Uint32(t[252:]) || t[48] > maxContentType {
		return Info{}, false
	}
	size := binary.BigEndian.Uint64(t[8:])
	if size > 1<<62 {
		return Info{}, false
	}
	return Info{Size: int64(size), SHA256: SHA256(t[16:48]), ContentType: string(t[49 : 49+t[48]])}, true
}

func readTrailer(f *os.File, key string) (Info, error) {
	stat, err := f.Stat()
	if err != nil {
		return Info{}, fileFault("read a file", err)
	}
	if stat.Size() < trailerSize {
		return Info{}, ErrDamaged
	}
	t := make([]byte, trailerSize)
	if _, err := f.ReadAt(t, stat.Size()-trailerSize); err != nil && !errors.Is(err, io.EOF) {
		return Info{}, fileFault("read a file", err)
	}
	info, ok := parseTrailer(t)
	if !ok || info.Size != stat.Size()-trailerSize {
		return Info{}, ErrDamaged
	}
	info.Key, info.StoredAt = key, stat.ModTime().UTC().Truncate(time.Second)
	return info, nil
}
