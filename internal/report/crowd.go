package report

import (
	"container/heap"

	"github.com/google/uuid"
)

// crowd counts how many calls there are at once. Calls are added in the order in which they began; one that ends at the
// moment when another begins is over.
type crowd struct {
	most    map[uuid.UUID]int
	present map[uuid.UUID]*ends
}

func newCrowd() *crowd { return &crowd{most: map[uuid.UUID]int{}, present: map[uuid.UUID]*ends{}} }

func (c *crowd) add(key uuid.UUID, from, to int64) {
	p := c.present[key]
	if p == nil {
		p = &ends{}
		c.present[key] = p
	}
	for p.Len() > 0 && (*p)[0] <= from {
		heap.Pop(p)
	}
	heap.Push(p, to)
	c.most[key] = max(c.most[key], p.Len())
}

// ends are the moments at which present calls end, the earliest on top.
type ends []int64

func (e ends) Len() int           { return len(e) }
func (e ends) Less(i, j int) bool { return e[i] < e[j] }
func (e ends) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }

// Push and Pop are for container/heap.
func (e *ends) Push(v any) {
	if moment, ok := v.(int64); ok {
		*e = append(*e, moment)
	}
}

// Pop takes the last.
func (e *ends) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}
