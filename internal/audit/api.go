package audit

import (
	"context"

	"yingda/internal/platform/httpapi"
)

// requestID gives the id of the HTTP request being served, or "".
func requestID(ctx context.Context) string { return httpapi.RequestID(ctx) }
