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

// deadlines are socket calls, which want the machine's time.
var deadlines = []string{"SetDeadline", "SetReadDeadline", "SetWriteDeadline"}

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
		var sockets []ast.Node
		if f.Package.Kind == Platform {
			sockets = callsOf(f, deadlines)
		}
		t.eachUse(f, "time", func(s *ast.SelectorExpr) {
			inDeadline := slices.ContainsFunc(sockets, func(n ast.Node) bool { return n.Pos() <= s.Pos() && s.End() <= n.End() })
			if slices.Contains(names, s.Sel.Name) && !inDeadline {
				found = append(found, t.found(f, s.Pos(), "time."+s.Sel.Name+" reads the machine's clock",
					"take a clock.Clock (clock.Sleep to wait), or the time as an argument in a pure package"))
			}
		})
	})
	return found
}

// callsOf finds the calls of methods with one of the names.
func callsOf(f *File, names []string) []ast.Node {
	var calls []ast.Node
	ast.Inspect(f.AST, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if fn, ok := call.Fun.(*ast.SelectorExpr); ok && slices.Contains(names, fn.Sel.Name) {
				calls = append(calls, call)
			}
		}
		return true
	})
	return calls
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
