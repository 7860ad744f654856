package numbering

import (
	"fmt"
	"time"

	"yingda/internal/numbering/home"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/sheet"
)

// VersionState is where a version of segments is; see the package comment.
type VersionState string

// The states.
const (
	Reading   VersionState = "reading"
	Refused   VersionState = "refused"
	Cancelled VersionState = "cancelled"
	Ready     VersionState = "ready"
	InUse     VersionState = "active"
	Retired   VersionState = "retired"
	Removed   VersionState = "removed"
)

// SegmentVersion is a file of segments and what became of it.
type SegmentVersion struct {
	Number      int
	Name        string
	FileName    string
	FileBytes   int64
	State       VersionState
	RowsRead    int
	RowsTotal   int // about, while reading
	BasedOn     int // the version in use when it was read; 0: none
	Difference  Difference
	Wrong       int           // rows that were refused
	Problems    []LineProblem // the first of them
	CreatedBy   string
	CreatedAt   time.Time
	ReadAt      *time.Time
	ActivatedBy string
	ActivatedAt *time.Time
}

// Difference counts what a version changes of another.
type Difference struct {
	Added   int `json:"added"`
	Changed int `json:"changed"`
	Removed int `json:"removed"`
	Same    int `json:"same"`
}

// LineProblem is what is wrong with a line of the file.
type LineProblem struct {
	Line int `json:"line"`
	sheet.Problem
}

// Segment is one segment of a version.
type Segment struct {
	Prefix uint32
	home.Traits
}

// SegmentChange is one segment that differs between two versions.
type SegmentChange struct {
	Prefix uint32
	Act    string // "add", "change" or "remove"
	Old    home.Traits
	New    home.Traits
}

// keepVersions is how many versions that were in use stay for rolling back.
const keepVersions = 3

// maxProblems is how many wrong lines are kept; the rest is counted.
const maxProblems = 200

// Faults of versions.
var (
	ErrNoVersion = fault.New(fault.NotFound, "numbering.no_such_segment_version", "there is no such version of number segments")
	ErrNotReady  = fault.New(fault.Conflict, "numbering.segment_version_not_ready", "this version cannot be put into use").
			WithRemedy("wait until it is read, or import the file again")
	ErrNotOpen = fault.New(fault.Conflict, "numbering.segment_version_not_open", "this version cannot be cancelled any more").
			WithRemedy("to go back, put an earlier version into use")
	// ErrOtherInUse is returned when the difference that was looked at is to a version no longer in use.
	ErrOtherInUse = fault.New(fault.Conflict, "numbering.other_version_in_use", "another version came into use meanwhile").
			WithRemedy("look at the difference to it first")
)

// segmentFileKey names a file in the store.
func segmentFileKey(number int, id string) string {
	return fmt.Sprintf("numbering/segments/%06d-%s", number, id)
}
