package telemetry

import "slices"

// other is the label value of everything outside the closed list.
const other = "other"

// series holds one child per combination of label values, made beforehand: the series are there, at 0, from the
// first scrape, and recording needs neither a lock nor memory.
type series[T any] struct {
	labels   []Label
	children []T // in the order of counting through the labels, the last one fastest
	slow     func(values ...string) T
}

func newSeries[T any](labels []Label, child func(values ...string) T) series[T] {
	s := series[T]{labels: labels, slow: child}
	values := make([]string, len(labels))
	var fill func(depth int)
	fill = func(depth int) {
		if depth == len(labels) {
			s.children = append(s.children, child(values...))
			return
		}
		for _, v := range labels[depth].Values {
			values[depth] = v
			fill(depth + 1)
		}
	}
	fill(0)
	return s
}

func (s *series[T]) at(values []string) T {
	index := 0
	for i, l := range s.labels {
		position := -1
		if i < len(values) {
			position = slices.Index(l.Values, values[i])
		}
		if position < 0 {
			return s.slow(s.closed(values)...)
		}
		index = index*len(l.Values) + position
	}
	return s.children[index]
}

// closed replaces what is unknown or missing by "other".
func (s *series[T]) closed(values []string) []string {
	list := make([]string, len(s.labels))
	for i, l := range s.labels {
		list[i] = other
		if i < len(values) && slices.Contains(l.Values, values[i]) {
			list[i] = values[i]
		}
	}
	return list
}

func names(labels []Label) []string {
	list := make([]string, len(labels))
	for i, l := range labels {
		list[i] = l.Name
	}
	return list
}
