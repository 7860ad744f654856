package routing

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"
)

// Subjects of the bus.
const (
	epochSubject   = "routing.epoch"   // a leader says that it leads
	upSubject      = "routing.up"      // from clients to the leader
	downSubject    = "routing.down."   // and the node in hexadecimal: from the leader to one client
	commandSubject = "routing.command" // from any process to the leader, answered
	viewSubject    = "routing.view"    // the same, only to look
	agentSubject   = "routing.agents"  // what the leader tells of agents to all processes
)

const (
	helloEvery    = 500 * time.Millisecond // a client is heard at least this often
	silentAfter   = 3 * time.Second        // a client that is not heard for this long is lost, with all its contacts
	resendAfter   = 300 * time.Millisecond // what was not acknowledged is sent again
	truthEvery    = 5 * time.Second        // a client repeats its standings
	truthPart     = 400                    // standings in one message, which stays well below 1 MiB
	enqueuePeriod = 5 * time.Second        // how long a contact waits for a leader
)

// downOf is the subject of a node; its name may have characters that subjects have not.
func downOf(node string) string { return downSubject + hex.EncodeToString([]byte(node)) }

// up is what a client sends. Its items have sequences: First is that of the first. Base is the lowest sequence that the
// client still has; a leader that does not know the client begins there.
type up struct {
	Node     string `json:"node"`
	Instance uint64 `json:"instance"` // of the client; another one is a node that was started again
	Epoch    uint64 `json:"epoch"`    // the highest that it has seen; 0: none
	Base     uint64 `json:"base"`
	First    uint64 `json:"first,omitempty"`
	Items    []item `json:"items,omitempty"`
	Got      uint64 `json:"got"` // orders of this epoch up to this sequence have arrived
	Truth    *truth `json:"truth,omitempty"`
	Bye      bool   `json:"bye,omitempty"`
}

// item is one message of a client: exactly one field is set, none when it was taken back.
type item struct {
	Enqueue *Entry      `json:"enqueue,omitempty"` // Caller is the keyed hash
	Report  *Report     `json:"report,omitempty"`
	Phone   *phoneState `json:"phone,omitempty"`
}

// phoneState is how a phone is, as one node sees it.
type phoneState struct {
	Number    string `json:"number"`
	Reachable bool   `json:"reachable,omitempty"`
	Busy      bool   `json:"busy,omitempty"`
}

// truth is one part of all that a client stands for. Without parts it only says that nothing changed.
type truth struct {
	Part      int          `json:"part"`
	Parts     int          `json:"parts"` // 0: as the leader has it already, by Hash
	Hash      uint64       `json:"hash"`
	Standings []Standing   `json:"standings,omitempty"`
	Phones    []phoneState `json:"phones,omitempty"`
}

// down is what a leader sends to a client. Orders have sequences within an epoch: First is that of the first.
type down struct {
	Epoch     uint64  `json:"epoch"`
	Leader    string  `json:"leader"`
	Instance  uint64  `json:"instance"` // of the client for whom it is
	Ack       uint64  `json:"ack"`      // items up to this sequence are applied
	First     uint64  `json:"first,omitempty"`
	Orders    []order `json:"orders,omitempty"`
	WantTruth bool    `json:"want_truth,omitempty"`
}

// order is an [Order] with what only the answer to an Enqueue has.
type order struct {
	Order
	KeyAt time.Time `json:"key_at,omitzero"`
}

// announced is what a new leader tells everybody.
type announced struct {
	Epoch  uint64 `json:"epoch"`
	Leader string `json:"leader"`
}

// split makes parts of a truth that fit into messages.
func split(standings []Standing, phones []phoneState) []truth {
	hash := hashOf(standings, phones)
	parts := max(1, (len(standings)+truthPart-1)/truthPart, (len(phones)+4*truthPart-1)/(4*truthPart))
	list := make([]truth, parts)
	for i := range list {
		list[i] = truth{Part: i, Parts: parts, Hash: hash, Standings: cut(standings, i, truthPart), Phones: cut(phones, i, 4*truthPart)}
	}
	return list
}

func cut[T any](list []T, i, size int) []T {
	return list[min(i*size, len(list)):min((i+1)*size, len(list))]
}

// hashOf tells whether two truths are the same, whatever their order.
func hashOf(standings []Standing, phones []phoneState) uint64 {
	sum := uint64(len(standings))<<32 + uint64(len(phones))
	for _, s := range standings {
		h := fnv.New64a()
		_, _ = fmt.Fprint(h, s.Entry.Contact, s.Entry.Queue, s.Entry.KeyAt.UnixNano(), s.Desk.Agent, s.Reservation, s.Accepted)
		sum += h.Sum64()
	}
	for _, p := range phones {
		h := fnv.New64a()
		_, _ = fmt.Fprint(h, p.Number, p.Reachable, p.Busy)
		sum += h.Sum64()
	}
	return sum
}

func sortedPhones(m map[string]phoneState) []phoneState {
	list := make([]phoneState, 0, len(m))
	for _, p := range m {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b phoneState) int { return strings.Compare(a.Number, b.Number) })
	return list
}

// encode writes a message. Messages are plain structs, which always can be written.
func encode(v any) []byte {
	data, _ := json.Marshal(v)
	return data
}
