package archtest

import (
	"go/ast"
	"slices"
)

// clockNames are functions of package time that read or wait for the machine's clock. Platform may make timers: its
// waits for sockets and processes are real.
var (
	clockNames    = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
	platformClock = []string{"Now", "Sleep", "After", "Tick"}
)

// checkClock: time comes from platform/clock, so that tests and the simulator can move it.
func checkClock(t *Tree) []Finding {
	var found []Finding
	t.product(func(f *File) {
		var names []string
		switch f.Package.Kind {
		case Domain:
			names = clockNames
		case Platform:
			names = platformClock
		case Beside, Command, ForTest, Assets, Nowhere:
			return
		}
		t.eachUse(f, "time", func(s *ast.SelectorExpr) {
			if slices.Contains(names, s.Sel.Name) {
				found = append(found, t.found(f, s.Pos(), "time."+s.Sel.Name+" reads the machine's clock",
					"take a clock.Clock (clock.Sleep to wait), or the time as an argument in a pure package"))
			}
		})
	})
	return found
}

// checkPanic: a running program answers with an error. What can only be wrong in the code may panic at start-up.
func checkPanic(t *Tree) []Finding {
	var found []Finding
	t.product(func(f *File) {
		ast.Inspect(f.AST, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if name, ok := call.Fun.(*ast.Ident); ok && name.Name == "panic" {
				found = append(found, t.found(f, call.Pos(), "panic outside start-up",
					"return an error; registration that only a programmer can get wrong is listed in archtest/allow.go"))
			}
			return true
		})
	})
	return found
}
