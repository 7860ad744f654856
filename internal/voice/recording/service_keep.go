package recording

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/voice/recording/timeline"
	"yingda/internal/voice/sdp"
)

// Keep stores audio that is there already as a recording: A-law of the customer and of our side from start.Began on.
// It goes the way of every other recording. For demonstrations and for taking over what another system recorded.
//
// Unchecked: no request leads here; the program itself decides what it fills in.
func (s *Service) Keep(ctx context.Context, start Start, customer, ours []byte) (ID, error) {
	if start.Call == [16]byte{} || start.Began.IsZero() {
		return ID{}, fault.New(fault.Invalid, "voice.invalid_recording", "a recording that is kept needs its call and its beginning")
	}
	id := ident.New[recordingKind]()
	dir, err := os.MkdirTemp("", "recording-")
	if err != nil {
		return ID{}, fmt.Errorf("make room for a recording: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, id.String()+journalSuffix)
	if err := s.writeJournal(path, id, start, customer, ours); err != nil {
		return ID{}, err
	}
	return id, s.shelve(ctx, path)
}

// writeJournal writes what a recorder would have written.
func (s *Service) writeJournal(path string, id ID, start Start, customer, ours []byte) error {
	u := id.UUID()
	file := append([]byte(journalMagic), u[:]...)
	number := 0
	put := func(value []byte) error {
		sealed, err := s.cfg.Ring.Seal(sealSpool, place(id, number), value)
		if err != nil {
			return fmt.Errorf("seal a value of a journal: %w", err)
		}
		number++
		file = binary.BigEndian.AppendUint32(file, uint32(len(sealed))) // some kilobytes
		file = append(file, sealed...)
		return nil
	}
	if err := put(marshal(valueHead, s.headOf(start))); err != nil {
		return err
	}
	length := max(len(customer), len(ours))
	for second := 0; second < length; second += timeline.Rate {
		value := []byte{valuePackets}
		for at := second; at < min(length, second+timeline.Rate); at += timeline.Rate / 50 {
			value = appendFrame(value, true, at, customer)
			value = appendFrame(value, false, at, ours)
		}
		if err := put(value); err != nil {
			return err
		}
	}
	if err := put(marshal(valueEnd, end{timeline.Duration(int64(length))})); err != nil {
		return err
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		return fmt.Errorf("write a journal: %w", err)
	}
	return nil
}

// appendFrame adds 20 ms of one side, as far as it goes.
func appendFrame(to []byte, remote bool, at int, audio []byte) []byte {
	if at >= len(audio) {
		return to
	}
	frame := audio[at:min(len(audio), at+timeline.Rate/50)]
	return appendPacket(to, remote, 1, uint32(at), time.Duration(at)*time.Second/timeline.Rate, sdp.PCMA, frame) // RTP timestamps wrap
}
