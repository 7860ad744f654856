package engine

import (
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// someContact gives a contact with a small key, so that keys meet.
func someContact(t *rapid.T, n int) *contact {
	c := &contact{Contact: Contact{ID: uuid.UUID{15: byte(n), 14: byte(n >> 8)}}}
	c.major, c.minor = int64(rapid.IntRange(0, 2).Draw(t, "priority")), int64(rapid.IntRange(0, 9).Draw(t, "key"))
	c.weight, c.wait.contact = weigh(c.ID), c
	return c
}

func TestTheTreeKnowsEverybodysPlace(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var tr tree
		var sorted []*contact
		for n := range rapid.IntRange(1, 300).Draw(t, "steps") {
			if len(sorted) > 0 && rapid.IntRange(0, 2).Draw(t, "out") == 0 {
				i := rapid.IntRange(0, len(sorted)-1).Draw(t, "which")
				tr.remove(sorted[i])
				sorted = slices.Delete(sorted, i, i+1)
			} else {
				c := someContact(t, n)
				i, _ := slices.BinarySearchFunc(sorted, c, compare)
				require.Equal(t, i, tr.ahead(c), "before it is in")
				tr.insert(c)
				sorted = slices.Insert(sorted, i, c)
			}
			require.Equal(t, len(sorted), tr.len())
		}
		var all []*contact
		tr.all(func(c *contact) { all = append(all, c) })
		require.Equal(t, len(sorted), len(all))
		for i, c := range sorted {
			require.Same(t, c, all[i])
			require.Equal(t, i, tr.ahead(c))
		}
	})
}

func TestTheTreeIsNotDeepWhenIdsAndKeysRise(t *testing.T) {
	t.Parallel()
	var tr tree
	for n := range 50_000 {
		c := &contact{Contact: Contact{ID: uuid.UUID{13: byte(n >> 16), 14: byte(n >> 8), 15: byte(n)}}, minor: int64(n)}
		c.weight = weigh(c.ID)
		tr.insert(c)
	}
	var depth func(*contact) int
	depth = func(c *contact) int {
		if c == nil {
			return 0
		}
		return 1 + max(depth(c.left), depth(c.right))
	}
	require.Less(t, depth(tr.root), 60)
}

func TestTheHeapGivesTheLeastAndTakesAnyOut(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := heap{tie: func(a, b *node) bool { return before(a.contact, b.contact) }}
		var sorted []*contact
		for n := range rapid.IntRange(1, 200).Draw(t, "steps") {
			if len(sorted) > 0 && rapid.IntRange(0, 2).Draw(t, "out") == 0 {
				i := rapid.IntRange(0, len(sorted)-1).Draw(t, "which")
				h.remove(&sorted[i].wait)
				h.remove(&sorted[i].wait)
				sorted = slices.Delete(sorted, i, i+1)
			} else {
				c := someContact(t, n)
				h.push(c.major, c.minor, &c.wait)
				i, _ := slices.BinarySearchFunc(sorted, c, compare)
				sorted = slices.Insert(sorted, i, c)
			}
			for i, n := range h.first(5) {
				require.Same(t, sorted[i], n.contact)
			}
			require.Len(t, h.first(5), min(5, len(sorted)))
			if len(sorted) > 0 {
				require.Same(t, sorted[0], h.top().contact)
			}
		}
		for i := range h.items {
			require.Equal(t, i+1, int(h.items[i].node.pos))
		}
	})
}
