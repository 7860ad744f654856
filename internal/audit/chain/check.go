package chain

import (
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

const (
	// LateAfter is how long after its time an entry may be sealed although batches were made meanwhile: longer than
	// any transaction of this program lives.
	LateAfter = time.Hour
	// KeptAfter is how long after a batch its head must be kept elsewhere.
	KeptAfter = 15 * time.Minute
	// near is how far around its place the true number of a batch is looked for.
	near = 256
)

// Head is a head that is kept outside of the database.
type Head struct {
	Number int64     `json:"number"`
	MadeAt time.Time `json:"made_at"`
	Head   Hash      `json:"head"`
	Source string    `json:"-"` // where it is kept, in words
}

// Checker compares entries with batches and batches with each other, each read once, in the order of ids and
// numbers. What it keeps in memory are entries not yet met in both; as entries are sealed in about the order of
// their time, these are few.
type Checker struct {
	report  func(Finding)
	keys    map[string]ed25519.PublicKey
	trusted []string // ids; empty: every key whose id fits
	heads   map[int64][]Head
	looked  bool // for heads

	expected map[uuid.UUID]listed   // in a batch, entry not met yet
	met      map[uuid.UUID]Hash     // entry met, batch not yet
	sealed   map[uuid.UUID]struct{} // met in both lately, to notice a second listing
	lately   []uuid.UUID

	last      Batch // without its list
	batches   int64
	entries   int64
	gaps      []gap
	badKeys   map[string]bool
	madeTimes []made // times of batches, for late entries
}

type listed struct {
	hash  Hash
	batch int64
	made  time.Time
}

type made struct {
	number int64
	at     time.Time
}

// gap is where batches are missing: between the times of its neighbours.
type gap struct {
	first, last int64
	after, by   time.Time
}

// Config is what a checker is told beforehand.
type Config struct {
	Keys    map[string]ed25519.PublicKey // by the id they are stored under
	Trusted []ed25519.PublicKey          // if any, only these may have signed
	Heads   []Head                       // kept elsewhere
	Kept    bool                         // the place where every head is kept was looked at, so that the newest must be among Heads
	// After is the last batch before those that are checked; its number is 0 when all are.
	After Batch
	// Report is called for each finding, as it is found.
	Report func(Finding)
}

// New makes a checker. Keys that do not fit their ids are reported at once.
func New(cfg Config) *Checker {
	c := &Checker{
		report: cfg.Report, keys: map[string]ed25519.PublicKey{}, heads: map[int64][]Head{}, badKeys: map[string]bool{},
		expected: map[uuid.UUID]listed{}, met: map[uuid.UUID]Hash{}, sealed: map[uuid.UUID]struct{}{}, last: cfg.After,
		looked: cfg.Kept,
	}
	for id, key := range cfg.Keys {
		if KeyID(key) != id {
			c.badKeys[id] = true
			c.report(Finding{Wrong: KeyChanged, Text: fmt.Sprintf("the public key stored as %s is another one (%s)", id, KeyID(key))})
			continue
		}
		c.keys[id] = key
	}
	for _, key := range cfg.Trusted {
		c.trusted = append(c.trusted, KeyID(key))
		c.keys[KeyID(key)] = key
		delete(c.badKeys, KeyID(key))
	}
	for _, h := range cfg.Heads {
		c.heads[h.Number] = append(c.heads[h.Number], h)
	}
	return c
}

// Batch takes the next batch. It does not keep the list.
func (c *Checker) Batch(b Batch) {
	c.batches++
	c.link(b)
	c.content(b)
	c.signature(b)
	for _, h := range c.heads[b.Number] {
		if h.Head != b.Head {
			c.report(Finding{Wrong: HeadDiffers, Batch: b.Number, At: h.MadeAt,
				Text: fmt.Sprintf("batch %d has the head %s; kept %s is %s", b.Number, b.Head, h.Source, h.Head)})
		}
	}
	c.madeTimes = append(c.madeTimes, made{b.Number, b.MadeAt})
	b.items(func(i Item) { c.list(b, i) })
	b.List = nil
	c.last = b
}

// link checks that the batch follows the one before.
func (c *Checker) link(b Batch) {
	switch want := c.last.Number + 1; {
	case b.Number > want:
		c.gaps = append(c.gaps, gap{want, b.Number - 1, c.last.MadeAt, b.MadeAt})
		c.report(Finding{Wrong: BatchMissing, Batch: want, At: c.last.MadeAt, Text: missingBatches(want, b.Number-1)})
	case b.Previous != c.last.Head:
		c.report(Finding{Wrong: BatchUnlinked, Batch: b.Number, At: b.MadeAt,
			Text: fmt.Sprintf("batch %d follows the head %s, but the batch before it has %s", b.Number, b.Previous, c.last.Head)})
	}
}

func missingBatches(from, to int64) string {
	if from == to {
		return fmt.Sprintf("batch %d is missing", from)
	}
	return fmt.Sprintf("batches %d to %d are missing", from, to)
}

// content checks that the head was made of what the batch says.
func (c *Checker) content(b Batch) {
	if b.head(b.Number) == b.Head && len(b.List) == b.Size*itemSize {
		return
	}
	for n := max(1, b.Number-near); n <= b.Number+near; n++ {
		if b.head(n) == b.Head {
			c.report(Finding{Wrong: BatchReordered, Batch: b.Number, At: b.MadeAt,
				Text: fmt.Sprintf("batch %d was made as batch %d", b.Number, n)})
			return
		}
	}
	c.report(Finding{Wrong: BatchChanged, Batch: b.Number, At: b.MadeAt,
		Text: fmt.Sprintf("batch %d was changed: its head does not fit its content, so nothing vouches for its %d entries", b.Number, b.Size)})
}

func (c *Checker) signature(b Batch) {
	key, have := c.keys[b.KeyID]
	switch {
	case len(c.trusted) > 0 && !slices.Contains(c.trusted, b.KeyID):
		c.report(Finding{Wrong: KeyForeign, Batch: b.Number, At: b.MadeAt,
			Text: fmt.Sprintf("batch %d is signed with the key %s, which is not the one given", b.Number, b.KeyID)})
	case c.badKeys[b.KeyID]: // reported once, with the key
	case !have:
		c.badKeys[b.KeyID] = true
		c.report(Finding{Wrong: KeyUnknown, Batch: b.Number, At: b.MadeAt,
			Text: fmt.Sprintf("from batch %d on the key %s is named, which is not there", b.Number, b.KeyID)})
	case !ed25519.Verify(key, b.Head[:], b.Signature):
		c.report(Finding{Wrong: SignatureWrong, Batch: b.Number, At: b.MadeAt,
			Text: fmt.Sprintf("the signature of batch %d was not made by the key %s", b.Number, b.KeyID)})
	}
}

// list notes an entry that a batch names.
func (c *Checker) list(b Batch, i Item) {
	id := i.ID.String()
	at := entryTime(i.ID)
	if was, twice := c.expected[i.ID]; twice {
		c.report(Finding{Wrong: EntryTwice, Entry: id, Batch: b.Number, At: at, Text: fmt.Sprintf("the entry %s is listed in batch %d and in batch %d", id, was.batch, b.Number)})
		return
	}
	if _, twice := c.sealed[i.ID]; twice {
		c.report(Finding{Wrong: EntryTwice, Entry: id, Batch: b.Number, At: at, Text: fmt.Sprintf("the entry %s is listed in batch %d and in one before", id, b.Number)})
		return
	}
	if since, late := c.passedOver(at, b.Number); late {
		c.report(Finding{Wrong: EntryBackdated, Entry: id, Batch: b.Number, At: at,
			Text: fmt.Sprintf("the entry %s says %s, but was first there for batch %d of %s, after %s had been sealed without it",
				id, at.Format(time.RFC3339), b.Number, b.MadeAt.Format(time.RFC3339), since.Format(time.RFC3339))})
	}
	if hash, have := c.met[i.ID]; have {
		delete(c.met, i.ID)
		c.compare(i.ID, hash, listed{i.Hash, b.Number, b.MadeAt})
		return
	}
	c.expected[i.ID] = listed{i.Hash, b.Number, b.MadeAt}
}

// passedOver reports that a batch was made more than LateAfter after the time, and before the batch given.
func (c *Checker) passedOver(at time.Time, number int64) (since time.Time, late bool) {
	for len(c.madeTimes) > 2 && c.madeTimes[1].number < number {
		c.madeTimes = c.madeTimes[1:]
	}
	before := c.madeTimes[0]
	return before.at, before.number < number && before.at.Sub(at) > LateAfter
}

// Entry takes the next entry.
func (c *Checker) Entry(id uuid.UUID, hash Hash) {
	c.entries++
	if l, have := c.expected[id]; have {
		delete(c.expected, id)
		c.compare(id, hash, l)
		return
	}
	c.met[id] = hash
}

// compare ends the way of an entry that is there and listed.
func (c *Checker) compare(id uuid.UUID, hash Hash, l listed) {
	if hash != l.hash {
		c.report(Finding{Wrong: EntryChanged, Entry: id.String(), Batch: l.batch, At: entryTime(id),
			Text: fmt.Sprintf("the entry %s of %s was changed after batch %d had sealed it", id, entryTime(id).Format(time.RFC3339), l.batch)})
	}
	c.sealed[id] = struct{}{}
	if c.lately = append(c.lately, id); len(c.lately) > 100_000 {
		for _, old := range c.lately[:50_000] {
			delete(c.sealed, old)
		}
		c.lately = slices.Clone(c.lately[50_000:])
	}
}

// Expected gives the listed entries that were not met yet: a caller that read only a part of the entries looks
// for these by id before Finish.
func (c *Checker) Expected() []uuid.UUID {
	ids := make([]uuid.UUID, 0, len(c.expected))
	for id := range c.expected {
		ids = append(ids, id)
	}
	return sorted(ids)
}

// Unsealed gives the entries that no batch lists: they must be pending.
func (c *Checker) Unsealed() []uuid.UUID {
	ids := make([]uuid.UUID, 0, len(c.met))
	for id := range c.met {
		ids = append(ids, id)
	}
	return sorted(ids)
}

func sorted(ids []uuid.UUID) []uuid.UUID {
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return strings.Compare(string(a[:]), string(b[:])) })
	return ids
}

// Result is what was checked.
type Result struct {
	Batches int64
	Entries int64
	Last    Batch // without its list
}

// Finish reports what is left over. pending are the entries that wait to be sealed; now is the verifier's time.
func (c *Checker) Finish(pending []uuid.UUID, now time.Time) Result {
	for _, id := range c.Expected() {
		l := c.expected[id]
		text := fmt.Sprintf("the entry %s of %s is missing; batch %d sealed it", id, entryTime(id).Format(time.RFC3339), l.batch)
		if l.hash == Gone {
			text = fmt.Sprintf("the entry %s of %s was taken away before batch %d could seal it", id, entryTime(id).Format(time.RFC3339), l.batch)
		}
		c.report(Finding{Wrong: EntryMissing, Entry: id.String(), Batch: l.batch, At: entryTime(id), Text: text})
	}
	waiting := map[uuid.UUID]bool{}
	for _, id := range pending {
		waiting[id] = true
		if _, there := c.met[id]; !there {
			if _, done := c.sealed[id]; done {
				continue
			}
			c.report(Finding{Wrong: EntryMissing, Entry: id.String(), At: entryTime(id), Text: fmt.Sprintf("the entry %s of %s is missing; it was waiting to be sealed", id, entryTime(id).Format(time.RFC3339))})
		}
	}
	cut := c.keptHeads(now)
	for _, id := range c.Unsealed() {
		c.unsealed(id, waiting[id], cut)
	}
	return Result{Batches: c.batches, Entries: c.entries, Last: c.last}
}

// unsealed says why an entry that no batch lists is wrong, if it is.
func (c *Checker) unsealed(id uuid.UUID, waits bool, cut time.Time) {
	at := entryTime(id)
	words := fmt.Sprintf("the entry %s of %s ", id, at.Format(time.RFC3339))
	i := slices.IndexFunc(c.gaps, func(g gap) bool { return at.After(g.after.Add(-LateAfter)) && !at.After(g.by) })
	switch {
	case waits && c.last.MadeAt.Sub(at) > LateAfter:
		c.report(Finding{Wrong: PendingStale, Entry: id.String(), At: at, Text: words + "waits to be sealed, while later ones were sealed"})
	case waits:
	case !at.After(cut):
		c.report(Finding{Wrong: EntryUnsealed, Entry: id.String(), At: at, Text: words + "has lost its seal: its batch was cut off"})
	case i >= 0:
		c.report(Finding{Wrong: EntryUnsealed, Entry: id.String(), At: at, Text: words + "has no seal, and " + missingBatches(c.gaps[i].first, c.gaps[i].last)})
	default:
		c.report(Finding{Wrong: EntryInserted, Entry: id.String(), At: at, Text: words + "was inserted past the program: no batch seals it, and it does not wait to be sealed"})
	}
}

// keptHeads compares the end of the chain with what is kept elsewhere. When the end was cut off it gives the time
// of the last batch that is known to have been.
func (c *Checker) keptHeads(now time.Time) (cut time.Time) {
	newest := int64(0)
	var last Head
	for number, heads := range c.heads {
		newest = max(newest, number)
		for _, h := range heads {
			if number > c.last.Number && number >= last.Number {
				last = h
			}
		}
	}
	if last.Number > 0 {
		cut = last.MadeAt
		c.report(Finding{Wrong: ChainCut, Batch: c.last.Number + 1, At: c.last.MadeAt,
			Text: fmt.Sprintf("the chain was cut off after batch %d: the head %s is that of batch %d of %s, so %s",
				c.last.Number, last.Source, last.Number, last.MadeAt.UTC().Format(time.RFC3339), missingBatches(c.last.Number+1, last.Number))})
	}
	if c.looked && newest < c.last.Number && now.Sub(c.last.MadeAt) > KeptAfter {
		c.report(Finding{Wrong: HeadMissing, Batch: c.last.Number, At: c.last.MadeAt,
			Text: fmt.Sprintf("no head is kept outside of the database for the batches after %d; the last batch is %d of %s", newest, c.last.Number, c.last.MadeAt.UTC().Format(time.RFC3339))})
	}
	return cut
}
