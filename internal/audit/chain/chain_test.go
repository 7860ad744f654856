package chain_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/audit/chain"
)

var (
	key   = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	begin = time.Date(2026, 11, 21, 4, 0, 0, 0, time.UTC)
)

// row is an entry as a checker sees it.
type row struct {
	id   uuid.UUID
	hash chain.Hash
}

// idAt makes an id of a time, as the audit does.
func idAt(at time.Time, n uint32) (id uuid.UUID) {
	binary.BigEndian.PutUint64(id[:], uint64(at.UnixMilli())<<16|0x7000)
	id[8] = 0x80
	binary.BigEndian.PutUint32(id[12:], n)
	return id
}

// house is an audit in memory.
type house struct {
	rows    []row
	batches []chain.Batch
	heads   []chain.Head
}

// build makes batches of the sizes given, a minute apart.
func build(sizes ...int) house {
	var h house
	var last chain.Batch
	n := uint32(0)
	for i, size := range sizes {
		at := begin.Add(time.Duration(i) * time.Minute)
		var items []chain.Item
		for range size {
			n++
			r := row{idAt(at, n), chain.HashEntry([][]byte{[]byte("a"), binary.BigEndian.AppendUint32(nil, n)})}
			h.rows = append(h.rows, r)
			items = append(items, chain.Item{ID: r.id, Hash: r.hash})
		}
		last = chain.Seal(last.Number+1, last.Head, at.Add(5*time.Second), items, key)
		h.batches = append(h.batches, last)
	}
	h.heads = []chain.Head{{Number: last.Number, MadeAt: last.MadeAt, Head: last.Head, Source: "kept"}}
	return h
}

// check feeds a checker as the service does.
func (h house) check(pending ...uuid.UUID) []chain.Finding {
	found := []chain.Finding{}
	public := key.Public().(ed25519.PublicKey)
	c := chain.New(chain.Config{
		Keys: map[string]ed25519.PublicKey{chain.KeyID(public): public}, Heads: h.heads, Kept: true,
		Report: func(f chain.Finding) { found = append(found, f) },
	})
	rows := slices.Clone(h.rows)
	slices.SortFunc(rows, func(a, b row) int { return bytes.Compare(a.id[:], b.id[:]) })
	batches := h.batches
	for _, r := range rows {
		for len(batches) > 0 {
			first := batches[0].First()
			if bytes.Compare(first[:], r.id[:]) > 0 {
				break
			}
			c.Batch(batches[0])
			batches = batches[1:]
		}
		c.Entry(r.id, r.hash)
	}
	for _, b := range batches {
		c.Batch(b)
	}
	c.Finish(pending, begin.Add(time.Hour))
	return found
}

func sizes(t *rapid.T) []int {
	return rapid.SliceOfN(rapid.IntRange(1, 6), 1, 12).Draw(t, "sizes")
}

func TestAWholeChainIsWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := build(sizes(t)...)
		require.Empty(t, h.check())
		waiting := row{id: idAt(begin.Add(time.Hour), 9999)}
		h.rows = append(h.rows, waiting)
		require.Empty(t, h.check(waiting.id))
	})
}

func TestEveryChangeOfOneEntryIsNamedByItsId(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := build(sizes(t)...)
		i := rapid.IntRange(0, len(h.rows)-1).Draw(t, "entry")
		victim := h.rows[i]
		want := chain.EntryChanged
		switch rapid.SampledFrom([]string{"change", "delete", "insert"}).Draw(t, "act") {
		case "change":
			h.rows[i].hash[rapid.IntRange(0, 31).Draw(t, "byte")] ^= 1
		case "delete":
			h.rows = slices.Delete(h.rows, i, i+1)
			want = chain.EntryMissing
		case "insert":
			victim = row{id: idAt(begin.Add(time.Duration(i)*time.Second), 100_000)}
			h.rows = append(h.rows, victim)
			want = chain.EntryInserted
		}
		found := h.check()
		require.Len(t, found, 1)
		require.Equal(t, want, found[0].Wrong)
		require.Equal(t, victim.id.String(), found[0].Entry)
		require.Contains(t, found[0].Text, found[0].Entry)
	})
}

// Whatever one byte of a batch is changed, something is named, and the batch is.
func TestEveryChangeOfOneBatchIsNamed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := build(sizes(t)...)
		i := rapid.IntRange(0, len(h.batches)-1).Draw(t, "batch")
		b := &h.batches[i]
		number := b.Number
		switch rapid.SampledFrom([]string{"time", "size", "list", "previous", "head", "signature", "key", "number", "delete", "swap"}).Draw(t, "act") {
		case "time":
			b.MadeAt = b.MadeAt.Add(time.Microsecond)
		case "size":
			b.Size++
		case "list":
			b.List = slices.Clone(b.List)
			b.List[rapid.IntRange(0, len(b.List)-1).Draw(t, "byte")] ^= 1
		case "previous":
			b.Previous[3] ^= 1
		case "head":
			b.Head[3] ^= 1
		case "signature":
			b.Signature = slices.Clone(b.Signature)
			b.Signature[5] ^= 1
		case "key":
			b.KeyID = "0123456789abcdef"
		case "number":
			b.Number += 1000
		case "delete":
			h.batches = slices.Delete(h.batches, i, i+1)
		case "swap":
			j := (i + 1) % len(h.batches)
			if j == i {
				return
			}
			h.batches[i], h.batches[j] = h.batches[j], h.batches[i]
			h.batches[i].Number, h.batches[j].Number = h.batches[j].Number, h.batches[i].Number
		}
		found := h.check()
		require.NotEmpty(t, found)
		named := slices.ContainsFunc(found, func(f chain.Finding) bool { return f.Batch == number || f.Batch == number+1000 })
		require.True(t, named, "%+v", found)
	})
}

func TestColumnsCannotBorrowFromEachOther(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		column := rapid.Ptr(rapid.SliceOfN(rapid.Byte(), 0, 4), true)
		draw := func(name string) (columns [][]byte) {
			for _, p := range rapid.SliceOfN(column, 0, 4).Draw(t, name) {
				if p == nil {
					columns = append(columns, nil)
				} else {
					columns = append(columns, append([]byte{}, *p...))
				}
			}
			return columns
		}
		a, b := draw("a"), draw("b")
		same := len(a) == len(b)
		for i := range a {
			same = same && (a[i] == nil) == (b[i] == nil) && bytes.Equal(a[i], b[i])
		}
		require.Equal(t, same, chain.HashEntry(a) == chain.HashEntry(b))
	})
}

// The form of what is hashed must never change: old batches would no longer verify.
func TestTheFormOfHashesIsFixed(t *testing.T) {
	t.Parallel()
	id := uuid.MustParse("01980000-0000-7000-8000-000000000001")
	entry := chain.HashEntry([][]byte{id[:], {0, 0, 0, 0, 0, 0, 0, 1}, []byte("person"), nil, []byte("")})
	b := chain.Seal(2, chain.Hash{1}, begin, []chain.Item{{ID: id, Hash: entry}}, key)
	require.Equal(t, goldenEntry, entry.String())
	require.Equal(t, goldenHead, b.Head.String())
	require.Equal(t, goldenSignature, hex.EncodeToString(b.Signature[:8]))
	require.Equal(t, "fe812c12f3ab4ce6", b.KeyID)
}

func TestKeysAreWrittenAndReadInOneForm(t *testing.T) {
	t.Parallel()
	public, _, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	back, err := chain.ParseKey(" " + chain.FormatKey(public) + "\n")
	require.NoError(t, err)
	require.Equal(t, public, back)
	for _, wrong := range []string{"", "ed25519:", "ed25519:AAAA", strings.TrimPrefix(chain.FormatKey(public), "ed25519:"), chain.FormatKey(public) + "="} {
		_, err := chain.ParseKey(wrong)
		require.Error(t, err, wrong)
	}
	var h chain.Hash
	require.Error(t, h.UnmarshalText([]byte("00")))
	require.Error(t, h.UnmarshalText(bytes.Repeat([]byte("g"), 64)))
}

func TestAnEntryInTwoBatchesIsNamed(t *testing.T) {
	t.Parallel()
	h := build(2, 2)
	last := h.batches[1]
	b := chain.Seal(3, last.Head, last.MadeAt.Add(time.Second), []chain.Item{{ID: h.rows[0].id, Hash: h.rows[0].hash}}, key)
	h.batches = append(h.batches, b)
	h.heads = nil
	found := h.check()
	require.Contains(t, []chain.Wrong{found[0].Wrong, found[len(found)-1].Wrong}, chain.EntryTwice)
}

func FuzzParseKey(f *testing.F) {
	f.Add("ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	f.Fuzz(func(t *testing.T, s string) {
		if k, err := chain.ParseKey(s); err == nil {
			require.Equal(t, strings.TrimSpace(s), chain.FormatKey(k))
		}
	})
}

// Computed by another implementation (Python's hashlib and cryptography) from the description in doc.go.
const (
	goldenEntry     = "d9fe35fb1a0bc25726e2becb8e55b0da78222e263f468ca0784a3a8e5fd1b38e"
	goldenHead      = "2a1b82991b00c55e7aec944f903fa5abb275eebb238007bf7d16cbc20d10eb92"
	goldenSignature = "fc8824014273674e"
)
