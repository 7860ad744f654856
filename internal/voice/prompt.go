package voice

import (
	"encoding/binary"
	"strings"
	"time"

	"yingda/internal/organization"
	"yingda/internal/platform/fault"
)

// Limits of a prompt.
const (
	maxPromptBytes  = 20 << 20
	maxPromptLength = 30 * time.Minute
)

// Prompt is a recording that callers hear.
type Prompt struct {
	ID         PromptID              `json:"id" audit:"-"`
	Name       string                `json:"name"`
	Centre     organization.CentreID `json:"centre_id"`
	BlobKey    string                `json:"-" audit:"-"`
	SHA256     string                `json:"sha256"` // hexadecimal
	Bytes      int64                 `json:"bytes"`
	Duration   time.Duration         `json:"duration_ms"`
	SampleRate int                   `json:"sample_rate"`
	Channels   int                   `json:"channels"`
	Note       string                `json:"note"`
	Version    int                   `json:"version" audit:"-"`
	UpdatedAt  time.Time             `json:"updated_at" audit:"-"`
	UpdatedBy  string                `json:"updated_by" audit:"-"`
}

// PromptSpec is what is given when a prompt is made or changed.
type PromptSpec struct {
	Name   string
	Centre organization.CentreID // never changes
	Note   string
}

// Faults of prompts.
var (
	ErrNoPrompt    = fault.New(fault.NotFound, "voice.no_such_prompt", "there is no such prompt")
	ErrPromptTaken = fault.New(fault.Conflict, "voice.prompt_name_taken", "another prompt of this centre has this name").WithRemedy("choose another name")
	ErrPromptInUse = fault.New(fault.Conflict, "voice.prompt_in_use", "a called number plays this prompt").
			WithRemedy("choose another prompt there first")
	// ErrNotWAV is the sentinel of a file that cannot be a prompt; the message says why.
	ErrNotWAV = fault.New(fault.Invalid, "voice.not_a_prompt", "the file cannot be a prompt").
			WithRemedy("save it as WAV, 16-bit PCM, mono or stereo, 8 to 48 kHz")
)

// Sound is what a file of sound says about itself.
type Sound struct {
	Rate, Channels int
	Duration       time.Duration
}

func notWAV(format string, args ...any) error {
	return fault.New(fault.Invalid, ErrNotWAV.Code, format, args...).WithRemedy("%s", ErrNotWAV.Remedy)
}

// ReadWAV checks that data is a WAV file of 16-bit PCM (RIFF, Microsoft and IBM 1991), mono or stereo, 8 to 48 kHz, of
// at least 100 ms and at most 30 minutes. Errors are [ErrNotWAV] with the reason.
func ReadWAV(data []byte) (Sound, error) {
	if len(data) > maxPromptBytes {
		return Sound{}, notWAV("the file is larger than %d MB", maxPromptBytes>>20)
	}
	if len(data) < 12 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WAVE" {
		return Sound{}, notWAV("the file is no WAV file")
	}
	var s Sound
	for rest := data[12:]; len(rest) >= 8; {
		kind, size := string(rest[:4]), int(binary.LittleEndian.Uint32(rest[4:]))
		body := rest[8:]
		switch kind {
		case "fmt ":
			if size > len(body) {
				return Sound{}, notWAV("the file is cut short")
			}
			var err error
			if s, err = readFormat(body[:size]); err != nil {
				return Sound{}, err
			}
		case "data":
			// A recorder that was cut off leaves a length that is too long; what is there is played.
			return s.finish(min(size, len(body)))
		}
		if size+size%2 >= len(body) {
			break
		}
		rest = body[size+size%2:]
	}
	return Sound{}, notWAV("the file has no sound in it")
}

func readFormat(b []byte) (Sound, error) {
	const pcm, extensible = 1, 0xfffe
	if len(b) < 16 {
		return Sound{}, notWAV("the file is cut short")
	}
	tag := int(binary.LittleEndian.Uint16(b))
	if tag == extensible && len(b) >= 26 {
		tag = int(binary.LittleEndian.Uint16(b[24:])) // the first half of the sub-format is the tag
	}
	s := Sound{Channels: int(binary.LittleEndian.Uint16(b[2:])), Rate: int(binary.LittleEndian.Uint32(b[4:]))}
	switch bits := binary.LittleEndian.Uint16(b[14:]); {
	case tag != pcm || bits != 16:
		return Sound{}, notWAV("the file is not 16-bit PCM")
	case s.Channels != 1 && s.Channels != 2:
		return Sound{}, notWAV("the file has %d channels", s.Channels)
	case s.Rate < 8000 || s.Rate > 48000:
		return Sound{}, notWAV("the file has %d samples a second", s.Rate)
	}
	return s, nil
}

// finish works the length out of the bytes of sound.
func (s Sound) finish(bytes int) (Sound, error) {
	if s.Rate == 0 {
		return Sound{}, notWAV("the file does not say its format")
	}
	frames := bytes / (2 * s.Channels)
	s.Duration = time.Duration(frames) * time.Second / time.Duration(s.Rate)
	switch {
	case s.Duration < 100*time.Millisecond:
		return Sound{}, notWAV("the file has no sound in it")
	case s.Duration > maxPromptLength:
		return Sound{}, notWAV("the sound is longer than %d minutes", int(maxPromptLength.Minutes()))
	}
	return s, nil
}

// normalise trims and checks everything at once.
func (e PromptSpec) normalise(in surroundings) (Prompt, error) {
	var f fault.Fields
	p := Prompt{Name: strings.TrimSpace(e.Name), Centre: e.Centre, Note: strings.TrimSpace(e.Note)}
	checkText(&f, "query.name", p.Name, 1, 100)
	checkText(&f, "query.note", p.Note, 0, 1000)
	in.checkCentre(&f, p.Centre)
	return p, f.Err("voice.invalid_prompt", "the prompt cannot be saved as it is")
}
