package httpapi

import (
	"path"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// schemaNames names the schemas of the API description. Domains do not know each other's types, so two may have
// the same name: the second one gets its package's name in front. A struct without a name, such as a request's
// body, is called after what it stands in; the second of a name gets a number.
type schemaNames struct {
	mu    sync.Mutex
	taken map[string]reflect.Type
}

func newSchemaNames() *schemaNames { return &schemaNames{taken: map[string]reflect.Type{}} }

// name is a namer of huma's registry; it is asked for a type again and again and answers the same.
func (n *schemaNames) name(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return name
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	prefix := ""
	if domain := path.Base(t.PkgPath()); t.Name() != "" {
		prefix = strings.ToUpper(domain[:1]) + domain[1:]
	}
	candidate := name
	for i := 1; ; i++ {
		if first, taken := n.taken[candidate]; !taken || first == t {
			n.taken[candidate] = t
			return candidate
		}
		candidate = prefix + name
		if i > 1 || prefix == "" {
			candidate += strconv.Itoa(i + 1)
		}
	}
}
