package archtest

import (
	"go/ast"
	"slices"
	"strings"
)

// eachLibrary calls fn for each import by the product of a package that is not ours.
func (t *Tree) eachLibrary(prefixes []string, fn func(f *File, at *ast.ImportSpec)) {
	t.product(func(f *File) {
		for _, s := range f.AST.Imports {
			if under(imported(s), prefixes...) {
				fn(f, s)
			}
		}
	})
}

// isFile reports a file that is one of the kinds, or a part of it: store.go, store_list.go.
func isFile(f *File, kinds ...string) bool {
	name := strings.TrimSuffix(f.Name, ".go")
	return slices.ContainsFunc(kinds, func(kind string) bool { return name == kind || strings.HasPrefix(name, kind+"_") })
}

// checkPgx: SQL stays where transactions are opened and rows mapped.
func checkPgx(t *Tree) []Finding {
	var found []Finding
	t.eachLibrary([]string{"github.com/jackc/pgx/v5", "github.com/jackc/pgx"}, func(f *File, at *ast.ImportSpec) {
		switch p := f.Package; {
		case p.Kind == Platform, p.Kind == Beside, p.Kind == Domain && isFile(f, "store", "service", "jobs"):
		default:
			found = append(found, t.found(f, at.Pos(), imported(at)+" is imported in "+f.Name,
				"in a domain pgx belongs to store.go, service.go and jobs.go (or parts of them, store_list.go); give other files plain values"))
		}
	})
	return found
}

// serving and calling are the names of net/http that belong to one side only.
var (
	serving = []string{"ListenAndServe", "ListenAndServeTLS", "Serve", "ServeTLS", "Server", "HandleFunc", "Handle", "NewServeMux"}
	calling = []string{"Get", "Head", "Post", "PostForm", "DefaultClient", "Client", "Transport", "DefaultTransport"}
)

// checkHTTP: a domain serves in api.go and calls in gateway/, over platform.
func checkHTTP(t *Tree) []Finding {
	var found []Finding
	t.eachLibrary([]string{"github.com/danielgtaylor/huma/v2", "net/http", "github.com/coder/websocket"}, func(f *File, at *ast.ImportSpec) {
		p := f.Package
		if p.Kind != Domain {
			return
		}
		api, gateway := isFile(f, "api"), under(p.Sub, "gateway")
		if !api && (!gateway || imported(at) != "net/http") {
			found = append(found, t.found(f, at.Pos(), imported(at)+" is imported in "+f.Name,
				"serve HTTP in api.go through platform/httpapi, call it in gateway/ over platform/httpclient"))
		}
	})
	t.product(func(f *File) {
		if f.Package.Kind != Domain {
			return
		}
		t.eachUse(f, "net/http", func(s *ast.SelectorExpr) {
			switch name := s.Sel.Name; {
			case slices.Contains(serving, name):
				found = append(found, t.found(f, s.Pos(), "http."+name+" in a domain", "register the route through platform/httpapi"))
			case slices.Contains(calling, name):
				found = append(found, t.found(f, s.Pos(), "http."+name+" in a domain",
					"take a client of platform/httpclient: it has time-outs, a breaker and the guard against internal addresses"))
			}
		})
	})
	return found
}

// checkRiver: jobs are declared in one file.
func checkRiver(t *Tree) []Finding {
	var found []Finding
	t.eachLibrary([]string{"github.com/riverqueue"}, func(f *File, at *ast.ImportSpec) {
		p := f.Package
		if !under(p.Dir, "internal/platform/jobs") && !(p.Kind == Domain && isFile(f, "jobs", "service")) {
			found = append(found, t.found(f, at.Pos(), imported(at)+" is imported in "+f.Name,
				"declare and enqueue jobs in jobs.go or service.go, through platform/jobs"))
		}
	})
	return found
}

// checkNATS: the bus may be replaced, so one package knows it.
func checkNATS(t *Tree) []Finding {
	var found []Finding
	for _, p := range t.Packages {
		if under(p.Dir, "internal/platform/bus") {
			continue
		}
		for _, f := range p.Files {
			for _, s := range f.AST.Imports {
				if under(imported(s), "github.com/nats-io") {
					found = append(found, t.found(f, s.Pos(), imported(s)+" outside platform/bus", "use platform/bus, and bustest in tests"))
				}
			}
		}
	}
	return found
}

// checkVoice: SIP and RTP libraries change often; one domain knows them.
func checkVoice(t *Tree) []Finding {
	var found []Finding
	t.eachLibrary([]string{"github.com/emiago", "github.com/pion"}, func(f *File, at *ast.ImportSpec) {
		if !under(f.Package.Dir, "internal/voice") {
			found = append(found, t.found(f, at.Pos(), imported(at)+" outside voice",
				"use the words of package voice; for tools, demo and tests there is voice/carrier"))
		}
	})
	return found
}

// eachUse calls fn for each pkg.Name in the file where pkg is the import named.
func (t *Tree) eachUse(f *File, importPath string, fn func(s *ast.SelectorExpr)) {
	name := localName(f, importPath)
	if name == "" {
		return
	}
	ast.Inspect(f.AST, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == name {
				fn(s)
			}
		}
		return true
	})
}

// localName is what the file calls an import, or "" when it does not import it.
func localName(f *File, importPath string) string {
	for _, s := range f.AST.Imports {
		if imported(s) != importPath {
			continue
		}
		if s.Name != nil {
			return s.Name.Name
		}
		return importPath[strings.LastIndex(importPath, "/")+1:]
	}
	return ""
}
