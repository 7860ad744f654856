package engine

import "encoding/binary"

// tree is the line of those who wait in one queue, in order, with everyone's exact place: a treap whose weights come
// from the contacts' ids, so that the same contacts always make the same tree. All costs are O(log n) as expected.
type tree struct{ root *contact }

func (t *tree) len() int { return size(t.root) }

func size(c *contact) int {
	if c == nil {
		return 0
	}
	return int(c.size)
}

// weigh gives the weight of an id: its bits mixed (the finisher of splitmix64), because ids made by time are in order.
func weigh(id ContactID) uint64 {
	x := binary.LittleEndian.Uint64(id[:8]) ^ binary.BigEndian.Uint64(id[8:])*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (t *tree) insert(c *contact) {
	c.left, c.right, c.size = nil, nil, 1
	t.root = insert(t.root, c)
}

func insert(at, c *contact) *contact {
	if at == nil {
		return c
	}
	if c.weight > at.weight {
		c.left, c.right = split(at, c)
		c.size = int32(1 + size(c.left) + size(c.right))
		return c
	}
	if before(c, at) {
		at.left = insert(at.left, c)
	} else {
		at.right = insert(at.right, c)
	}
	at.size++
	return at
}

// split parts a tree into those before c and those after.
func split(at, c *contact) (left, right *contact) {
	if at == nil {
		return nil, nil
	}
	if before(at, c) {
		at.right, right = split(at.right, c)
		left = at
	} else {
		left, at.left = split(at.left, c)
		right = at
	}
	at.size = int32(1 + size(at.left) + size(at.right))
	return left, right
}

// remove takes out a contact that is in the tree.
func (t *tree) remove(c *contact) {
	t.root = remove(t.root, c)
	c.left, c.right, c.size = nil, nil, 0
}

func remove(at, c *contact) *contact {
	switch {
	case at == c:
		return merge(c.left, c.right)
	case before(c, at):
		at.left = remove(at.left, c)
	default:
		at.right = remove(at.right, c)
	}
	at.size--
	return at
}

func merge(a, b *contact) *contact {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.weight > b.weight:
		a.right = merge(a.right, b)
		a.size = int32(1 + size(a.left) + size(a.right))
		return a
	default:
		b.left = merge(a, b.left)
		b.size = int32(1 + size(b.left) + size(b.right))
		return b
	}
}

// ahead counts who is before c, which need not be in the tree itself.
func (t *tree) ahead(c *contact) int {
	n := 0
	for at := t.root; at != nil; {
		if before(at, c) {
			n += 1 + size(at.left)
			at = at.right
		} else {
			at = at.left
		}
	}
	return n
}

// all calls f with each in order.
func (t *tree) all(f func(*contact)) { walk(t.root, f) }

func walk(at *contact, f func(*contact)) {
	if at != nil {
		walk(at.left, f)
		f(at)
		walk(at.right, f)
	}
}
