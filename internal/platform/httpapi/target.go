package httpapi

import "context"

// TargetOf gives what the request being served under ctx asks for: the pattern of its route, such as
// "GET /api/staff/{id}", and the path that was asked, without the query. Both are "" outside of a request.
func TargetOf(ctx context.Context) (pattern, path string) {
	x, ok := ctx.Value(exchangeKey{}).(*exchange)
	if !ok || x.route == nil {
		return "", ""
	}
	return x.route.pattern, x.request.URL.Path
}
