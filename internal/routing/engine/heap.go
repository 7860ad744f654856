package engine

// node is the place of something in one heap: of a contact among those that wait, of an agent among those that are free
// for a line, of a deadline among deadlines. It knows its place, so that it is taken out without a search.
type node struct {
	pos     int32 // from 1; 0: it is in none
	contact *contact
	agent   *agent
	line    *line
	lost    *lost
}

type entry struct {
	major, minor int64
	node         *node
}

// heap gives its least entry at once and takes any out in O(log n). The keys lie in it, so that most comparisons
// touch nothing else; tie decides between equal keys.
type heap struct {
	items []entry
	tie   func(a, b *node) bool
}

func (h *heap) less(a, b *entry) bool {
	if a.major != b.major {
		return a.major < b.major
	}
	if a.minor != b.minor {
		return a.minor < b.minor
	}
	return h.tie(a.node, b.node)
}

// top gives the least, nil when there is none.
func (h *heap) top() *node {
	if len(h.items) == 0 {
		return nil
	}
	return h.items[0].node
}

func (h *heap) push(major, minor int64, n *node) {
	h.items = append(h.items, entry{major, minor, n})
	h.up(len(h.items) - 1)
}

// remove takes a node out that is in this heap; one that is in none stays so.
func (h *heap) remove(n *node) {
	if n.pos == 0 {
		return
	}
	i, last := int(n.pos)-1, len(h.items)-1
	n.pos = 0
	moved := h.items[last]
	h.items[last] = entry{}
	h.items = h.items[:last]
	if i == last {
		return
	}
	h.items[i] = moved
	if !h.down(i) {
		h.up(i)
	}
}

func (h *heap) up(i int) {
	e := h.items[i]
	for i > 0 {
		parent := (i - 1) / 2
		if !h.less(&e, &h.items[parent]) {
			break
		}
		h.put(i, h.items[parent])
		i = parent
	}
	h.put(i, e)
}

// down says whether the entry moved.
func (h *heap) down(i int) bool {
	e, from := h.items[i], i
	for {
		child := 2*i + 1
		if child >= len(h.items) {
			break
		}
		if child+1 < len(h.items) && h.less(&h.items[child+1], &h.items[child]) {
			child++
		}
		if !h.less(&h.items[child], &e) {
			break
		}
		h.put(i, h.items[child])
		i = child
	}
	h.put(i, e)
	return i != from
}

func (h *heap) put(i int, e entry) {
	h.items[i] = e
	e.node.pos = int32(i + 1)
}

// first gives the least n in order, without changing the heap; it costs O(n²) whatever the heap's size.
func (h *heap) first(n int) []*node {
	var out []*node
	if len(h.items) == 0 || n <= 0 {
		return out
	}
	edge := []int{0} // entries whose parents are in out already
	for len(out) < n && len(edge) > 0 {
		best := 0
		for k := 1; k < len(edge); k++ {
			if h.less(&h.items[edge[k]], &h.items[edge[best]]) {
				best = k
			}
		}
		i := edge[best]
		edge[best] = edge[len(edge)-1]
		edge = edge[:len(edge)-1]
		out = append(out, h.items[i].node)
		for child := 2*i + 1; child <= 2*i+2 && child < len(h.items); child++ {
			edge = append(edge, child)
		}
	}
	return out
}
