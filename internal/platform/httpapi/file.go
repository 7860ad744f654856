package httpapi

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// File is an answer to be saved, such as an exported list.
type File struct {
	Name string // as it will be saved, in any script
	Type string // media type
	// Write writes the content. An error before the first byte becomes a problem; after it, the connection
	// is cut, so that nobody takes half a file for a whole one.
	Write func(w io.Writer) error
}

// TypeXLSX is the media type of Excel files (ISO/IEC 29500).
const TypeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// fileResponse is what privacy and huma see of such an endpoint: nothing personal by type. What a file may
// hold is the use case's decision, and the table it writes masks by the same types.
type fileResponse struct{}

// RegisterFile adds an endpoint that answers with a file. The handler's deadline (Route.Timeout) covers the
// writing too; make it longer for long lists.
func RegisterFile[I any](a *API, rt Route, handler func(ctx context.Context, in *I) (*File, error)) {
	a.registers.Lock()
	defer a.registers.Unlock()
	e := newEndpoint[I, fileResponse](a, rt)
	a.pending = a.newRoute(rt.pattern(), rt.Permission)
	op := e.operation()
	op.DefaultStatus = http.StatusOK
	op.Responses = map[string]*huma.Response{"200": {
		Description: "The file",
		Content:     map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
	}}
	huma.Register(a.huma, op, func(_ context.Context, in *I) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			a.sendFile(hc, e.route, func(ctx context.Context) (*File, error) { return handler(ctx, in) })
		}}, nil
	})
}

func (a *API) sendFile(hc huma.Context, rt Route, make func(ctx context.Context) (*File, error)) {
	r, w := humago.Unwrap(hc)
	x := w.(*exchange)
	timeout := cmp.Or(rt.Timeout, a.limits.Handler)
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	// The server's own write deadline is for answers, not for long files.
	_ = http.NewResponseController(x.ResponseWriter).SetWriteDeadline(time.Now().Add(timeout))
	f, err := make(ctx)
	if err == nil {
		x.status = http.StatusOK
		x.Header()["Content-Type"] = []string{f.Type}
		x.Header()["Content-Disposition"] = []string{disposition(f.Name)}
		if err = f.Write(x); err == nil {
			return
		}
	}
	if x.sent {
		a.report(x, r, fmt.Errorf("write a file: %w", err), nil)
		panic(http.ErrAbortHandler)
	}
	x.Header().Del("Content-Disposition")
	x.status = 0
	a.fail(x, r, err)
}

// disposition names the file for every browser (RFC 6266, RFC 8187).
func disposition(name string) string {
	return `attachment; filename="download"; filename*=UTF-8''` + url.PathEscape(name)
}
