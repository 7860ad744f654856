package recording

import (
	"time"

	"github.com/google/uuid"

	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/privacy"
)

type recordingKind struct{}

// ID is of a recording.
type ID = ident.ID[recordingKind]

// Direction says who called whom.
type Direction string

// The directions; unknown is empty.
const (
	Inbound  Direction = "in"
	Outbound Direction = "out"
	Internal Direction = "internal"
)

// Start is what is known of a call when its recording begins. Only Call is needed.
type Start struct {
	Call        uuid.UUID             // the call, as the node and the list of calls name it
	Centre      organization.CentreID // whose rules and whose people; zero: the nation's
	Direction   Direction
	Customer    privacy.Phone     // the number on the left channel
	Line        string            // our number that was called or calls; belongs to nobody
	Staff       uuid.UUID         // who speaks on the right; zero: nobody yet
	StaffNumber string            // 工号
	Labels      map[string]string // more to be shown, such as {"trunk": "SZ-1"}; at most 20, short, nothing personal
	Began       time.Time         // zero: now
}

// Pause is a stretch of silence that was asked for, from the beginning of the recording.
type Pause struct {
	From, To time.Duration
}

// Info is what is known of a recording that has ended.
type Info struct {
	ID       ID
	Call     uuid.UUID
	Began    time.Time
	Duration time.Duration
	Pauses   []Pause
	Dropped  int64 // packets that could not be kept
}

// State is whether the audio can be heard.
type State string

// The states.
const (
	Kept   State = "kept"
	Erased State = "erased"
)

// Reason is why a recording was erased.
type Reason string

// The reasons.
const (
	ByRetention Reason = "retention"
	ByRequest   Reason = "request"
)

// Place is where the audio is.
type Place string

// The places; moved: in the archive, while the copy in the main store is still to be removed.
const (
	InMain    Place = "main"
	Moved     Place = "moved"
	InArchive Place = "archive"
	Nowhere   Place = "none"
)

// Purpose is what somebody hears a recording for. It stands in the audit.
type Purpose string

// The purposes.
const (
	ForComplaint Purpose = "complaint" // 投诉核查
	ForQuality   Purpose = "quality"   // 质检
	ForTraining  Purpose = "training"  // 培训
	ForService   Purpose = "service"   // 业务核实
	ForLegal     Purpose = "legal"     // 司法、监管调阅
	ForTechnical Purpose = "technical" // 排查故障
)

// Purposes lists them in the order people read them.
func Purposes() []Purpose {
	return []Purpose{ForComplaint, ForQuality, ForTraining, ForService, ForLegal, ForTechnical}
}

// Recording is a stored recording.
type Recording struct {
	ID          ID
	Call        uuid.UUID
	Centre      organization.CentreID // zero: the nation's
	Began       time.Time
	Duration    time.Duration
	Direction   Direction
	Customer    string // masked
	Line        string
	StaffNumber string
	Labels      map[string]string
	Pauses      []Pause
	Dropped     int64  // packets that this machine could not keep
	Misplaced   int64  // packets that came too late for their place
	Cut         bool   // the machine failed during the call
	Peaks       []byte // loudness of up to [PeakParts] equal parts from 0 to 255, left and right alternating
	Size        int64  // bytes of A-law
	SHA256      [32]byte
	State       State
	Place       Place
	Hold        Hold
	ErasedAt    *time.Time
	ErasedWhy   Reason
	ErasedBy    string
	Version     int
}

// Hold says that a recording is kept whatever the rules say, and why.
type Hold struct {
	On     bool
	Reason string
	By     string
	At     *time.Time
}

// Faults of this package.
var (
	ErrNoRecording = fault.New(fault.NotFound, "voice.no_such_recording", "there is no such recording")
	ErrErased      = fault.New(fault.NotFound, "voice.recording_erased", "the recording was erased; only the note of it is left")
	ErrOnHold      = fault.New(fault.Conflict, "voice.recording_on_hold", "the recording is on hold and cannot be erased").
			WithRemedy("release the hold first, if nothing needs it any more")
	ErrChangedMeanwhile = fault.New(fault.Conflict, "voice.recording_changed_meanwhile", "somebody changed this recording meanwhile").
				WithRemedy("look at what changed and try again")
	ErrNotRunning = fault.New(fault.Unavailable, "voice.recording_not_running", "this process does not record calls").
			WithRemedy("recording runs in processes with the role voice, between their start and their stop")
	ErrSpoolTaken = fault.New(fault.Unavailable, "voice.recording_spool_taken", "another process records into the same directory").
			WithRemedy("give each process a data directory of its own")
)
