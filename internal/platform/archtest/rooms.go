package archtest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// heading is the section of docs/architecture.md that holds the table.
const heading = "## Rooms: one total order"

// beside are the packages under internal/ that stand beside the order.
var beside = []string{"app", "command", "bench", "simulation", "demo"}

var packageName = regexp.MustCompile("`([a-z]+)`")

// Rooms is the total order of the domains: each may import those before it.
type Rooms struct{ domains []string }

// ParseRooms reads the table: the second column of each row names packages in backticks, left to right. The row of
// `platform` is the ground and no domain.
func ParseRooms(text string) (*Rooms, error) {
	_, section, ok := strings.Cut(text, heading)
	if !ok {
		return nil, fmt.Errorf("docs/architecture.md has no section %q", heading)
	}
	if before, _, more := strings.Cut(section, "\n## "); more {
		section = before
	}
	r := &Rooms{}
	ground := false
	for line := range strings.Lines(section) {
		cells := strings.Split(line, "|")
		if len(cells) < 5 {
			continue
		}
		for _, m := range packageName.FindAllStringSubmatch(cells[2], -1) {
			switch name := m[1]; {
			case name == "platform":
				ground = true
			case slices.Contains(r.domains, name) || slices.Contains(beside, name):
				return nil, fmt.Errorf("docs/architecture.md names the room %q twice", name)
			default:
				r.domains = append(r.domains, name)
			}
		}
	}
	if !ground || len(r.domains) == 0 {
		return nil, fmt.Errorf("docs/architecture.md: no table of rooms below %q", heading)
	}
	return r, nil
}

// Domains gives the order.
func (r *Rooms) Domains() []string { return slices.Clone(r.domains) }

// has reports a domain.
func (r *Rooms) has(domain string) bool { return slices.Contains(r.domains, domain) }

// above reports that domain a comes before domain b.
func (r *Rooms) above(a, b string) bool {
	return slices.Index(r.domains, a) < slices.Index(r.domains, b)
}

// Kind is what sort of place a package stands in.
type Kind string

// The kinds of place.
const (
	Platform Kind = "platform"
	Domain   Kind = "domain"
	Beside   Kind = "beside" // app, command, bench, simulation, demo
	Command  Kind = "cmd"
	ForTest  Kind = "test"
	Assets   Kind = "assets" // migrations, web
	Nowhere  Kind = "nowhere"
)

// Place is where a package stands.
type Place struct {
	Dir    string // internal/routing/engine
	Kind   Kind
	Room   string // of a domain or a package beside: routing; of platform: the package, postgres
	Sub    string // below the room: engine
	Helper bool   // a package that serves tests of others: routingtest, bustest
}

// placeOf classifies a directory.
func placeOf(dir string, rooms *Rooms) Place {
	parts := strings.Split(dir, "/")
	p := Place{Dir: dir, Kind: Nowhere, Helper: isHelper(parts)}
	switch parts[0] {
	case "cmd":
		p.Kind = Command
	case "test":
		p.Kind = ForTest
	case "migrations", "web":
		p.Kind = Assets
	case "internal":
		p.inside(parts[1:], rooms)
	}
	return p
}

func (p *Place) inside(parts []string, rooms *Rooms) {
	if len(parts) == 0 {
		return
	}
	switch {
	case parts[0] == "platform":
		p.Kind = Platform
		if parts = parts[1:]; len(parts) == 0 {
			return
		}
	case slices.Contains(beside, parts[0]):
		p.Kind = Beside
	case rooms.has(parts[0]):
		p.Kind = Domain
	}
	p.Room, p.Sub = parts[0], strings.Join(parts[1:], "/")
}

// isHelper reports a directory named after its parent with "test" behind: routing/routingtest, bus/bustest.
func isHelper(parts []string) bool {
	for i := 1; i < len(parts); i++ {
		if parts[i] == parts[i-1]+"test" {
			return true
		}
	}
	return false
}
