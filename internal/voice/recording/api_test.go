package recording_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"yingda/internal/actor"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/httpapi/httpapitest"
	"yingda/internal/voice/recording"
)

// entrance serves as one person of national scope.
func (s *studio) entrance(person *actor.Actor) http.Handler {
	api := httpapi.New(httpapi.Config{
		Logger: slog.New(slog.DiscardHandler), Clock: s.clock, Pool: s.pool, CursorKey: []byte("k"),
		Guard: func(r *http.Request) (context.Context, error) { return actor.With(r.Context(), person), nil },
		Permit: func(ctx context.Context, p string) error {
			if p == httpapi.SignedIn {
				_, err := actor.Require(ctx)
				return err
			}
			_, err := actor.Allow(ctx, actor.Permission(p))
			return err
		},
	})
	s.RegisterAPI(api)
	return api
}

func everything() *actor.Actor { return as(actor.National(), recording.Permissions()...) }

type item struct {
	ID         string
	Customer   string
	DurationMS int64 `json:"duration_ms"`
	Version    int
	Held       bool
	State      string
	Left       []int
	Pauses     []map[string]int64
	Hold       *struct{ Reason, By string }
	Allowed    map[string]bool
	SHA256     string
}

func TestRecordingsOverHTTP(t *testing.T) {
	t.Parallel()
	s := setup(t)
	first := s.record(t, recording.Start{Centre: s.guangdong.ID, Customer: "+8613812345678", StaffNumber: "8001"}, 3*time.Second)
	s.clock.Advance(time.Minute)
	s.record(t, recording.Start{Centre: s.fujian.ID}, time.Second)
	api := httpapitest.New(t, s.entrance(everything()))

	var page httpapi.Page[item]
	api.Get("/api/recordings?limit=1").Want(200).JSON(&page)
	require.Len(t, page.Items, 1)
	require.NotEmpty(t, page.Next)
	api.Get("/api/recordings?limit=1&after=" + page.Next).Want(200).JSON(&page)
	require.Equal(t, first.ID.String(), page.Items[0].ID)
	require.Equal(t, "+86138****5678", page.Items[0].Customer)
	require.Empty(t, page.Next)
	api.Get("/api/recordings?staff_number=8001&at_least=2&state=kept&centre_id=" + s.guangdong.ID.String()).Want(200).JSON(&page)
	require.Len(t, page.Items, 1)
	api.Get("/api/recordings?call_id=" + first.Call.String()).Want(200).JSON(&page)
	require.Len(t, page.Items, 1)

	var found struct{ Items []item }
	api.Post("/api/recordings/find", map[string]any{"customer": "138 1234 5678"}).Want(200).JSON(&found)
	require.Len(t, found.Items, 1)

	var one item
	api.Get("/api/recordings/" + first.ID.String()).Want(200).JSON(&one)
	require.Len(t, one.Left, 30)
	require.Equal(t, fmt.Sprintf("%x", first.SHA256), one.SHA256)
	require.Equal(t, map[string]bool{"play": true, "download": true, "hold": true, "erase": true}, one.Allowed)
	api.Send(http.MethodPut, "/api/recordings/"+one.ID+"/hold", map[string]any{"hold": true, "reason": "", "version": 1}).
		Problem(422, "voice.invalid_hold").Field("body.reason", "required")
	api.Send(http.MethodPut, "/api/recordings/"+one.ID+"/hold", map[string]any{"hold": true, "reason": "监管调阅", "version": 1}).Want(200).JSON(&one)
	require.Equal(t, "监管调阅", one.Hold.Reason)
	require.False(t, one.Allowed["erase"])
	api.Send(http.MethodPut, "/api/recordings/"+one.ID+"/hold", map[string]any{"hold": false, "reason": "迟到了", "version": 1}).
		Problem(409, "voice.recording_changed_meanwhile")
	api.Post("/api/recordings/"+one.ID+"/erase", map[string]any{"reason": "客户要求", "version": 2}).Problem(409, "voice.recording_on_hold")
	api.Send(http.MethodPut, "/api/recordings/"+one.ID+"/hold", map[string]any{"hold": false, "reason": "调阅结束", "version": 2}).Want(200)
	api.Post("/api/recordings/"+one.ID+"/erase", map[string]any{"reason": "客户要求", "version": 3}).Want(204)
	api.Get("/api/recordings/" + one.ID).Want(200).JSON(&one)
	require.Equal(t, "erased", one.State)
	api.Get("/api/recordings/"+one.ID+"/audio?purpose=quality").Problem(404, "voice.recording_erased")
	api.Get("/api/recordings/x/audio?purpose=quality").Problem(404, "voice.no_such_recording")
}

// TestAudioIsServedInParts is playback with seeking (RFC 9110, section 14), over a real connection.
func TestAudioIsServedInParts(t *testing.T) {
	t.Parallel()
	s := setup(t)
	r := s.record(t, recording.Start{}, 20*time.Second) // several chunks of the encrypted stream
	server := httptest.NewServer(s.entrance(everything()))
	t.Cleanup(server.Close)
	get := func(query, span string) (*http.Response, []byte) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/recordings/"+r.ID.String()+"/audio?"+query, nil)
		require.NoError(t, err)
		if span != "" {
			request.Header.Set("Range", span)
		}
		response, err := server.Client().Do(request)
		require.NoError(t, err)
		defer func() { require.NoError(t, response.Body.Close()) }()
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return response, body
	}
	const size = 58 + 20*16000
	whole, all := get("purpose=quality", "")
	require.Equal(t, http.StatusOK, whole.StatusCode)
	require.Equal(t, "audio/wav", whole.Header.Get("Content-Type"))
	require.Equal(t, "bytes", whole.Header.Get("Accept-Ranges"))
	require.Equal(t, "inline", whole.Header.Get("Content-Disposition"))
	require.Contains(t, whole.Header.Get("Cache-Control"), "no-store")
	require.Len(t, all, size)
	require.Equal(t, uint16(6), binary.LittleEndian.Uint16(all[20:]), "A-law")
	require.Equal(t, uint32(20*16000), binary.LittleEndian.Uint32(all[54:]))

	for _, span := range [][2]int{{0, 1}, {57, 58}, {70000, 70001}, {65536 + 57, 65536 + 60}, {size - 1, size - 1}, {100000, 299999}} {
		part, body := get("purpose=quality", fmt.Sprintf("bytes=%d-%d", span[0], span[1]))
		require.Equal(t, http.StatusPartialContent, part.StatusCode)
		require.Equal(t, fmt.Sprintf("bytes %d-%d/%d", span[0], span[1], size), part.Header.Get("Content-Range"))
		require.Equal(t, all[span[0]:span[1]+1], body)
	}
	part, body := get("purpose=quality", "bytes=-16000")
	require.Equal(t, http.StatusPartialContent, part.StatusCode)
	require.Equal(t, all[size-16000:], body)
	beyond, _ := get("purpose=quality", "bytes=999999999-")
	require.Equal(t, http.StatusRequestedRangeNotSatisfiable, beyond.StatusCode)
	saved, _ := get("purpose=legal&download=true", "")
	require.Contains(t, saved.Header.Get("Content-Disposition"), "attachment")
	require.ElementsMatch(t, []string{"voice.recording.play quality", "voice.recording.download legal"}, s.audited(t))
	refused, _ := get("", "")
	require.Equal(t, http.StatusUnprocessableEntity, refused.StatusCode)
}
