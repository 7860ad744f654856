package archtest

import (
	"go/ast"
	"slices"
	"strings"
)

// unchecked begins the line of a method's comment that says why it asks nobody for permission.
const unchecked = "Unchecked: "

// lifecycleMethods are of lifecycle.Service: the program's own.
var lifecycleMethods = []string{"Start", "Stop"}

// checkPermission: a use case begins with who asks. A use case is an exported method of a domain's Service that takes
// a context and can fail; one that takes a transaction too is a part of another use case, which has asked.
func checkPermission(t *Tree) []Finding {
	var found []Finding
	t.product(func(f *File) {
		if f.Package.Kind != Domain {
			return
		}
		for _, d := range f.AST.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || !isUseCase(fn) || strings.Contains(fn.Doc.Text(), unchecked) || beginsWithPermission(fn) {
				continue
			}
			found = append(found, t.found(f, fn.Pos(), fn.Name.Name+" does not begin with who asks",
				"make `scope, err := actor.Allow(ctx, ...)` its first statement; or say in its comment on a line of its own: \""+unchecked+"why\""))
		}
	})
	return found
}

func isUseCase(fn *ast.FuncDecl) bool {
	if fn.Recv == nil || !fn.Name.IsExported() || slices.Contains(lifecycleMethods, fn.Name.Name) || len(fn.Recv.List) != 1 {
		return false
	}
	star, ok := fn.Recv.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	if name, ok := star.X.(*ast.Ident); !ok || !strings.HasSuffix(name.Name, "Service") {
		return false
	}
	params, results := fn.Type.Params.List, fn.Type.Results
	if len(params) == 0 || !isSelector(params[0].Type, "context", "Context") || results == nil || len(results.List) == 0 {
		return false
	}
	if last, ok := results.List[len(results.List)-1].Type.(*ast.Ident); !ok || last.Name != "error" {
		return false
	}
	return !slices.ContainsFunc(params, func(p *ast.Field) bool { return isSelector(p.Type, "pgx", "Tx") })
}

func isSelector(e ast.Expr, pkg, name string) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != name {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == pkg
}

// beginsWithPermission accepts a first statement that asks actor, or the domain's own allow function, and a method
// that is nothing but a call of another one.
func beginsWithPermission(fn *ast.FuncDecl) bool {
	if fn.Body == nil || len(fn.Body.List) == 0 {
		return false
	}
	first := fn.Body.List[0]
	if _, only := first.(*ast.ReturnStmt); only && len(fn.Body.List) == 1 && callsOwnMethod(first) {
		return true
	}
	asks := false
	ast.Inspect(first, func(n ast.Node) bool {
		if _, closure := n.(*ast.FuncLit); closure {
			return false
		}
		if call, ok := n.(*ast.CallExpr); ok {
			switch fun := call.Fun.(type) {
			case *ast.SelectorExpr:
				asks = asks || isSelector(fun, "actor", "Allow") || isSelector(fun, "actor", "Require") || strings.HasPrefix(fun.Sel.Name, "allow")
			case *ast.Ident:
				asks = asks || strings.HasPrefix(fun.Name, "allow")
			}
		}
		return true
	})
	return asks
}

// callsOwnMethod reports `return s.Other(ctx, ...)`.
func callsOwnMethod(n ast.Stmt) bool {
	ret := n.(*ast.ReturnStmt)
	if len(ret.Results) != 1 {
		return false
	}
	call, ok := ret.Results[0].(*ast.CallExpr)
	if !ok {
		return false
	}
	fun, ok := call.Fun.(*ast.SelectorExpr)
	return ok && fun.Sel.IsExported()
}
