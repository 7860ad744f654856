package recording

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// write puts what a recorder holds into its journal, with one write to the file. scratch is memory of the caller.
func (s *spool) write(r *Recorder, scratch []byte) []byte {
	t := r.take()
	scratch = scratch[:0]
	begun := r.next
	var err error
	if r.file == nil && !r.broken {
		scratch, err = s.create(r, scratch)
	}
	seal := func(value []byte) {
		if err == nil {
			scratch, err = s.seal(r, scratch, value)
		}
	}
	for _, m := range t.marks {
		seal(marshal(valueMark, m))
	}
	for _, filled := range t.filled[:t.count] {
		seal(filled.data)
	}
	if t.ended {
		seal(marshal(valueEnd, end{t.length}))
	}
	if err == nil && len(scratch) > 0 && !r.broken {
		_, err = r.file.Write(scratch)
	}
	if err != nil || r.broken {
		s.failed(r, t, begun, err)
	} else {
		r.size += int64(len(scratch))
	}
	for _, filled := range t.filled[:t.count] {
		slabs.Put(filled)
	}
	return scratch
}

// marshal makes a value of what JSON can always say.
func marshal(kind byte, v any) []byte {
	body, _ := json.Marshal(v) // strings and numbers
	return append([]byte{kind}, body...)
}

// create makes the file and begins it with the head.
func (s *spool) create(r *Recorder, to []byte) ([]byte, error) {
	f, err := os.OpenFile(s.path(r.id), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		r.broken = true
		return to, fmt.Errorf("make a journal: %w", err)
	}
	r.files.Lock()
	r.file = f
	r.files.Unlock()
	to = append(to, journalMagic...)
	id := r.id.UUID()
	to = append(to, id[:]...)
	return s.seal(r, to, marshal(valueHead, r.head))
}

func (s *spool) path(id ID) string { return filepath.Join(s.cfg.Dir, id.String()+journalSuffix) }

// seal appends a value to what will be written.
func (s *spool) seal(r *Recorder, to, value []byte) ([]byte, error) {
	sealed, err := s.cfg.Ring.Seal(sealSpool, place(r.id, r.next), value)
	if err != nil {
		return to, fmt.Errorf("seal a value of a journal: %w", err)
	}
	r.next++
	to = binary.BigEndian.AppendUint32(to, uint32(len(sealed))) // some kilobytes
	return append(to, sealed...), nil
}

// failed cuts off what was written by half, counts what is lost, and says so.
func (s *spool) failed(r *Recorder, t taken, begun int, err error) {
	lost := int64(0)
	for _, filled := range t.filled[:t.count] {
		for rest, ok := filled.data[1:], true; ok; lost++ {
			if _, rest, ok = readPacket(rest); !ok {
				break
			}
		}
	}
	r.lose(lost)
	s.trouble()
	if err == nil {
		return // it was broken before
	}
	s.cfg.Logger.Error("recording cannot be written down", "recording_id", r.id, "error", err)
	if r.file == nil || r.size == 0 || r.file.Truncate(r.size) != nil {
		r.broken = true
		return
	}
	if _, err := r.file.Seek(r.size, 0); err != nil {
		r.broken = true
	}
	r.next = begun
	if t.ended { // the end is all that is small enough to be tried once more
		if scratch, err := s.seal(r, nil, marshal(valueEnd, end{t.length})); err == nil {
			if _, err = r.file.Write(scratch); err != nil {
				r.broken = true
			}
		}
	}
}
