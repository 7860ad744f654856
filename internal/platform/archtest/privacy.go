package archtest

import (
	"fmt"
	"go/ast"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// personal are the words that make a field's name look like a person's data, alone or at its end: "caller_phone".
// platform/privacy refuses exact names when a route is registered; this test is wider and comes earlier.
var personal = []string{
	"phone", "phones", "phone_number", "mobile", "mobile_number", "msisdn", "caller", "callee", "caller_number", "called_number",
	"recipient", "recipients", "email", "emails", "email_address", "id_number", "id_card", "certificate_number", "passport",
	"address", "home_address", "postal_address", "customer_name", "contact_name", "person_name", "full_name", "real_name",
	"birthday", "bank_account", "card_number",
}

// notPersonal end like one of them and are none.
var notPersonal = []string{"ip_address", "mac_address", "listen_address", "server_address", "remote_address"}

// asks are the endings of types that come in, which hold what the sender already knows.
var asks = []string{"Request", "Input", "Query", "Params", "Command"}

// checkPrivacy: what an API gives out about a person has a type or a tag of platform/privacy.
func checkPrivacy(t *Tree) []Finding {
	var found []Finding
	t.product(func(f *File) {
		if !isFile(f, "api") || f.Package.Kind != Domain && f.Package.Kind != Platform {
			return
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if slices.ContainsFunc(asks, func(end string) bool { return strings.HasSuffix(spec.Name.Name, end) }) {
				return false
			}
			ast.Inspect(spec.Type, func(n ast.Node) bool {
				if field, ok := n.(*ast.Field); ok {
					found = append(found, t.untagged(f, spec.Name.Name, field)...)
				}
				return true
			})
			return false
		})
	})
	return found
}

// untagged reports a plain string field that looks personal.
func (t *Tree) untagged(f *File, owner string, field *ast.Field) []Finding {
	if !plainString(field.Type) {
		return nil
	}
	tag := tagOf(field)
	if _, ok := tag.Lookup("privacy"); ok {
		return nil
	}
	var found []Finding
	for _, name := range field.Names {
		shown := snake(name.Name)
		if j, _, _ := strings.Cut(tag.Get("json"), ","); j != "" {
			shown = j
		}
		if shown != "-" && name.IsExported() && looksPersonal(shown) {
			found = append(found, t.found(f, field.Pos(), fmt.Sprintf("%s.%s goes out as a plain string", owner, name.Name),
				"give it a type of platform/privacy and its tag, such as privacy:\"phone\"; privacy:\"-\" where it is deliberately public"))
		}
	}
	return found
}

func tagOf(field *ast.Field) reflect.StructTag {
	if field.Tag == nil {
		return ""
	}
	text, err := strconv.Unquote(field.Tag.Value)
	if err != nil {
		return ""
	}
	return reflect.StructTag(text)
}

// plainString reports string, *string and []string.
func plainString(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.StarExpr:
		return plainString(e.X)
	case *ast.ArrayType:
		return plainString(e.Elt)
	case *ast.Ident:
		return e.Name == "string"
	}
	return false
}

func looksPersonal(name string) bool {
	if slices.Contains(notPersonal, name) {
		return false
	}
	return slices.ContainsFunc(personal, func(p string) bool { return name == p || strings.HasSuffix(name, "_"+p) })
}

// snake writes a Go name the way JSON has it: CallerPhone becomes caller_phone, IDNumber id_number.
func snake(name string) string {
	runes := []rune(name)
	var b strings.Builder
	for i, r := range runes {
		upper := unicode.IsUpper(r)
		if i > 0 && upper && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
