package archtest

import (
	"fmt"
	"go/ast"
	"strings"
)

// checkRoom: every package under internal/ has its place.
func checkRoom(t *Tree) []Finding {
	var found []Finding
	for _, p := range t.Packages {
		if p.Kind != Nowhere {
			continue
		}
		f := p.Files[0]
		found = append(found, t.found(f, f.AST.Name.Pos(), fmt.Sprintf("%s is in no room of docs/architecture.md", p.Dir),
			"put it into the domain whose words it uses, or add a row to the table and say why in docs/decisions"))
	}
	return found
}

// eachImport calls fn for every import of a package of our own.
func (t *Tree) eachImport(fn func(f *File, at *ast.ImportSpec, to Place)) {
	for _, p := range t.Packages {
		for _, f := range p.Files {
			for _, s := range f.AST.Imports {
				if dir, ours := strings.CutPrefix(imported(s), module+"/"); ours {
					fn(f, s, placeOf(dir, t.Rooms))
				}
			}
		}
	}
}

// checkOrder: imports only point up.
func checkOrder(t *Tree) []Finding {
	var found []Finding
	t.eachImport(func(f *File, at *ast.ImportSpec, to Place) {
		if problem, remedy := wrongWay(f, to, t.Rooms); problem != "" {
			found = append(found, t.found(f, at.Pos(), problem, remedy))
		}
	})
	return found
}

// wrongWay says what is wrong with an import, or "".
func wrongWay(f *File, to Place, rooms *Rooms) (problem, remedy string) {
	from := f.Package.Place
	forTest := f.Test || from.Helper
	if to.Helper && !forTest && from.Kind != ForTest && from.Kind != Beside {
		return fmt.Sprintf("the product imports the test helper %s", to.Dir), "move what both need into the package itself"
	}
	switch from.Kind {
	case Platform:
		if to.Kind == Domain || to.Kind == Beside || to.Kind == Command || to.Kind == Nowhere {
			return fmt.Sprintf("platform imports %s", to.Dir),
				"platform knows no word of the business: take what is needed as an argument or a small interface"
		}
	case Domain:
		return wrongWayOfDomain(from, to, forTest, rooms)
	case Assets:
		if to.Kind == Domain || to.Kind == Beside || to.Kind == Command {
			return fmt.Sprintf("%s imports %s", from.Dir, to.Dir), "assets are embedded files only"
		}
	case Beside, Command, ForTest, Nowhere: // they may import all; app is checkApp's
	}
	return "", ""
}

func wrongWayOfDomain(from, to Place, forTest bool, rooms *Rooms) (problem, remedy string) {
	switch to.Kind {
	case Platform:
		return "", ""
	case Domain:
	case Beside, Command, ForTest, Assets, Nowhere:
		return fmt.Sprintf("the domain %s imports %s", from.Room, to.Dir), "domains import platform and domains above them only"
	}
	if to.Room == from.Room {
		return "", ""
	}
	if !rooms.above(to.Room, from.Room) {
		return fmt.Sprintf("%s imports %s, which stands below it in the order", from.Room, to.Room),
			"declare a small interface where you need it and let app join it, or publish an event that " + to.Room + " consumes"
	}
	if to.Sub != "" && !(to.Helper && forTest) {
		return fmt.Sprintf("%s imports %s, an inner package of %s", from.Room, to.Dir, to.Room),
			"use the root package " + to.Room + "; inner packages are for itself, simulation, demo, bench and the command line"
	}
	return "", ""
}

// checkApp: nobody imports the place where all is joined, but those who start it.
func checkApp(t *Tree) []Finding {
	var found []Finding
	t.eachImport(func(f *File, at *ast.ImportSpec, to Place) {
		from := f.Package.Place
		isApp := to.Kind == Beside && to.Room == "app"
		allowed := from.Kind == Command || from.Kind == ForTest || from.Kind == Beside && under(from.Room, "app", "command", "bench")
		if isApp && !allowed {
			found = append(found, t.found(f, at.Pos(), from.Dir+" imports internal/app",
				"only cmd, internal/command, internal/bench and test may; ask for what you need through an interface"))
		}
		toCommand := to.Kind == Command || to.Kind == Beside && to.Room == "command"
		if toCommand && from.Kind != Command && from.Kind != ForTest && from.Room != "command" {
			found = append(found, t.found(f, at.Pos(), from.Dir+" imports the command line", "only cmd and test may"))
		}
	})
	return found
}
