package voice

import (
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/secret"
)

// Group is trunks that may stand in for each other: those to one carrier or one exchange.
type Group struct {
	ID        GroupID               `json:"id" audit:"-"`
	Code      string                `json:"code"` // by which numbers and calls name it
	Name      string                `json:"name"`
	Centre    organization.CentreID `json:"centre_id"`
	Note      string                `json:"note"`
	Trunks    int                   `json:"trunks" audit:"-"`
	Version   int                   `json:"version" audit:"-"`
	UpdatedAt time.Time             `json:"updated_at" audit:"-"`
	UpdatedBy string                `json:"updated_by" audit:"-"`
}

// GroupSpec is what is given when a group is made or changed.
type GroupSpec struct {
	Code   string
	Name   string
	Centre organization.CentreID
	Note   string
}

// Transport is how SIP travels to a trunk.
type Transport string

// The transports.
const (
	UDP Transport = "udp"
	TCP Transport = "tcp"
	TLS Transport = "tls"
)

// CallerHeader says which header of a trunk's calls names the caller.
type CallerHeader string

// The headers.
const (
	FromPAI  CallerHeader = "pai"  // P-Asserted-Identity (RFC 3325), else From
	FromFrom CallerHeader = "from" // From
	FromRPID CallerHeader = "rpid" // Remote-Party-ID (draft-ietf-sip-privacy-04), else From
)

// Trunk is one line to a carrier or an exchange, with the hosts that serve it.
type Trunk struct {
	ID          TrunkID               `json:"id" audit:"-"`
	Group       GroupID               `json:"group_id"`
	GroupCode   string                `json:"group" audit:"-"`
	Centre      organization.CentreID `json:"centre_id" audit:"-"` // of the group
	Name        string                `json:"name"`
	Hosts       []string              `json:"hosts"` // host or host:port, in the order to try; calls from them are the trunk's
	Transport   Transport             `json:"transport"`
	Username    string                `json:"username"`
	HasPassword bool                  `json:"has_password"`
	Register    bool                  `json:"register"`  // we register there
	Priority    int                   `json:"priority"`  // 1 to 100, lower is tried first
	Weight      int                   `json:"weight"`    // 1 to 100, share among trunks of equal priority
	MaxCalls    int                   `json:"max_calls"` // 0: no limit
	Codecs      []string              `json:"codecs"`    // PCMA, PCMU, in the order we prefer
	InbandDTMF  bool                  `json:"inband_dtmf"`
	Quiet       bool                  `json:"quiet"` // the carrier answers no OPTIONS: calls alone tell whether it works
	CallerFrom  CallerHeader          `json:"caller_header"`
	Disabled    bool                  `json:"disabled"`
	Note        string                `json:"note"`
	Version     int                   `json:"version" audit:"-"`
	UpdatedAt   time.Time             `json:"updated_at" audit:"-"`
	UpdatedBy   string                `json:"updated_by" audit:"-"`
}

// TrunkSpec is what is given when a trunk is made or changed.
type TrunkSpec struct {
	Group      GroupID
	Name       string
	Hosts      []string
	Transport  Transport
	Username   string
	Password   *secret.String // nil: as it was; empty: none
	Register   bool
	Priority   int
	Weight     int
	MaxCalls   int
	Codecs     []string
	InbandDTMF bool
	Quiet      bool
	CallerFrom CallerHeader
	Disabled   bool
	Note       string
}

// Faults of trunks and groups.
var (
	ErrNoTrunk    = fault.New(fault.NotFound, "voice.no_such_trunk", "there is no such trunk")
	ErrNoGroup    = fault.New(fault.NotFound, "voice.no_such_trunk_group", "there is no such trunk group")
	ErrTrunkTaken = fault.New(fault.Conflict, "voice.trunk_name_taken", "another trunk has this name").WithRemedy("choose another name")
	ErrGroupTaken = fault.New(fault.Conflict, "voice.trunk_group_taken", "another trunk group has this code").WithRemedy("choose another code")
	ErrGroupInUse = fault.New(fault.Conflict, "voice.trunk_group_in_use", "trunks or called numbers use this group").
			WithRemedy("move or delete them first")
)

var groupCode = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)

// normalise trims and checks everything at once. The id, version and editor are not filled in.
func (e GroupSpec) normalise(in surroundings) (Group, error) {
	var f fault.Fields
	g := Group{Code: strings.TrimSpace(e.Code), Name: strings.TrimSpace(e.Name), Centre: e.Centre, Note: strings.TrimSpace(e.Note)}
	if g.Code == "" {
		f.Add("body.code", fieldRequired, "is missing")
	} else {
		f.Check(groupCode.MatchString(g.Code), "body.code", fieldFormat, "is letters, digits, . _ and -, at most 64")
	}
	checkText(&f, "body.name", g.Name, 1, 100)
	checkText(&f, "body.note", g.Note, 0, 1000)
	in.checkCentre(&f, g.Centre)
	return g, f.Err("voice.invalid_trunk_group", "the trunk group cannot be saved as it is")
}

// normalise trims and checks everything at once. old is what is changed; the zero value for a new trunk. Whether the
// group is there is the use case's question.
func (e TrunkSpec) normalise(old Trunk) (Trunk, error) {
	var f fault.Fields
	t := Trunk{
		Group: e.Group, Name: strings.TrimSpace(e.Name), Transport: e.Transport, Username: strings.TrimSpace(e.Username),
		HasPassword: old.HasPassword, Register: e.Register, Priority: e.Priority, Weight: e.Weight, MaxCalls: e.MaxCalls,
		Codecs: e.Codecs, InbandDTMF: e.InbandDTMF, Quiet: e.Quiet, CallerFrom: e.CallerFrom, Disabled: e.Disabled, Note: strings.TrimSpace(e.Note),
	}
	if e.Password != nil {
		t.HasPassword = !e.Password.IsZero()
		checkText(&f, "body.password", e.Password.Reveal(), 0, 128)
	}
	f.Check(!t.Group.IsZero(), "body.group_id", fieldRequired, "is missing")
	checkText(&f, "body.name", t.Name, 1, 100)
	checkText(&f, "body.note", t.Note, 0, 1000)
	checkText(&f, "body.username", t.Username, 0, 128)
	f.Check(!strings.ContainsAny(t.Username, "\r\n\"<>@ "), "body.username", fieldFormat, "has characters that no SIP user has")
	t.Hosts = checkHosts(&f, e.Hosts)
	f.Check(slices.Contains([]Transport{UDP, TCP, TLS}, t.Transport), "body.transport", fieldUnknown, "is not udp, tcp or tls")
	f.Check(slices.Contains([]CallerHeader{FromPAI, FromFrom, FromRPID}, t.CallerFrom), "body.caller_header", fieldUnknown, "is not pai, from or rpid")
	f.Check(t.Priority >= 1 && t.Priority <= 100, "body.priority", fieldRange, "is not between 1 and 100")
	f.Check(t.Weight >= 1 && t.Weight <= 100, "body.weight", fieldRange, "is not between 1 and 100")
	f.Check(t.MaxCalls >= 0 && t.MaxCalls <= 100_000, "body.max_calls", fieldRange, "is not between 0 and 100000")
	checkCodecs(&f, t.Codecs)
	f.Check(!t.Register || t.Username != "", "body.username", fieldRequired, "is missing: a trunk that we register at has a user")
	f.Check(!t.Register || t.HasPassword, "body.password", fieldRequired, "is missing: a trunk that we register at has a password")
	return t, f.Err("voice.invalid_trunk", "the trunk cannot be saved as it is")
}

func checkCodecs(f *fault.Fields, codecs []string) {
	f.Check(len(codecs) > 0, "body.codecs", fieldRequired, "is missing")
	for i, c := range codecs {
		f.Check((c == "PCMA" || c == "PCMU") && !slices.Contains(codecs[:i], c), "body.codecs", fieldUnknown, "is PCMA, PCMU or both")
	}
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\.?$`)

// checkHosts reads host, host:port, address and [address]:port.
func checkHosts(f *fault.Fields, hosts []string) []string {
	var list []string
	for _, h := range hosts {
		if h = strings.TrimSpace(h); h == "" {
			continue
		}
		if !isHost(h) {
			f.Add("body.hosts", fieldFormat, "is not a host or host:port")
			continue
		}
		if slices.Contains(list, h) {
			f.Add("body.hosts", fieldUnfitting, "names a host twice")
			continue
		}
		list = append(list, h)
	}
	f.Check(len(list) > 0, "body.hosts", fieldRequired, "is missing")
	f.Check(len(list) <= 8, "body.hosts", fieldTooLong, "has more than 8 hosts")
	return list
}

func isHost(h string) bool {
	host := h
	if name, port, err := net.SplitHostPort(h); err == nil {
		n, err := strconv.Atoi(port)
		if err != nil || n < 1 || n > 65535 {
			return false
		}
		host = name
	}
	addr, err := netip.ParseAddr(host)
	if err == nil {
		return addr.IsValid() && !addr.IsUnspecified() && !addr.IsMulticast() && addr.Zone() == ""
	}
	allDigits := strings.Trim(host, "0123456789.") == ""
	return len(host) <= 253 && !allDigits && hostName.MatchString(host)
}
