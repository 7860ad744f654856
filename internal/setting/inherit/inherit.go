// Package inherit decides what value holds at a centre, given what every centre above it says (H-14). It is
// pure: values in, values and their explanation out.
//
// # Words
//
// A [Level] is one centre's word about one setting; a path of levels goes from the nation down to the centre
// asked for. A level may set a value, and a level that does may lock it for those below: [Fixed], nobody below
// may differ; [Floor], those below may only be stricter.
//
// # Rules
//
//   - Without a word of its own a level has its parent's value; the first has the default.
//   - A floor binds everything below the level that sets it. A value below that is laxer yields: the floor's
//     value holds in its place, for as long as the floor stands. Several floors bind together.
//   - Below a fixed level nothing that is set counts.
//   - A value that yields or does not count is kept and explained, never changed.
//
// # Invariants
//
// The value in force satisfies every floor above it; below a fixed level it is that level's value; without
// the last level's word it is the value of the level above.
package inherit

// Lock is what a level demands of those below it.
type Lock string

// The locks.
const (
	Open  Lock = ""      // those below may set what they like
	Floor Lock = "floor" // those below may only be stricter
	Fixed Lock = "fixed" // nobody below may differ
)

// Level is what one centre says. Value and Lock count only when Set.
type Level[V any] struct {
	Set   bool
	Value V
	Lock  Lock
}

// Verdict says what became of a level's own word.
type Verdict string

// The verdicts.
const (
	Inherited Verdict = "inherited" // it says nothing
	Applied   Verdict = "applied"   // its value holds there
	Yielded   Verdict = "yielded"   // laxer than a floor above, whose value holds in its place
	Ignored   Verdict = "ignored"   // a level above fixed another
)

// Default is the place of the built-in default where a place in the path is named.
const Default = -1

// Step explains one level.
type Step[V any] struct {
	Verdict   Verdict
	Effective V
	Source    int // place in the path of the level whose value is in force here, or Default
	Bound     int // place of the level by which a word yielded or was ignored; Default when neither
}

// Result is what holds at the last level, and why.
type Result[V any] struct {
	Value V
	// Source is the level whose value it is; Default when nobody set one.
	Source int
	// Floor is the level whose floor binds the next word below; Default when none does.
	Floor int
	// Fixed is the level that fixed the value; Default when none did. A word below it does not count.
	Fixed int
	// Steps explains each level of the path.
	Steps []Step[V]
}

// Stricter compares two values: positive when a is stricter than b, negative when laxer, 0 when equally strict.
type Stricter[V any] func(a, b V) int

// Resolve decides what holds at the end of the path. stricter may be nil for settings that know no order;
// a floor is then like Fixed, so that it can never be undercut.
func Resolve[V any](fallback V, path []Level[V], stricter Stricter[V]) Result[V] {
	r := Result[V]{Value: fallback, Source: Default, Floor: Default, Fixed: Default, Steps: make([]Step[V], len(path))}
	var floor V
	for i, level := range path {
		step := &r.Steps[i]
		*step = Step[V]{Verdict: Inherited, Bound: Default}
		switch {
		case !level.Set:
		case r.Fixed != Default:
			step.Verdict, step.Bound = Ignored, r.Fixed
		case r.Floor != Default && stricter(level.Value, floor) < 0:
			step.Verdict, step.Bound = Yielded, r.Floor
			r.Value, r.Source = floor, r.Floor
		default:
			step.Verdict = Applied
			r.Value, r.Source = level.Value, i
		}
		step.Effective, step.Source = r.Value, r.Source
		if !level.Set || r.Fixed != Default {
			continue
		}
		switch {
		case level.Lock == Fixed, level.Lock == Floor && stricter == nil:
			r.Fixed = i
		case level.Lock == Floor && step.Verdict == Applied:
			// Applied is at least as strict as the floor before, so this one alone binds from here on.
			r.Floor, floor = i, level.Value
		}
	}
	return r
}
