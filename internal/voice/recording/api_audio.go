package recording

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"time"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/httpapi"
)

// audioTime is how long one request for audio may take: hours of it over a slow line.
const audioTime = 30 * time.Minute

// serveAudio gives a recording as a WAV file, whole or in parts. The use case asks for the permission, because hearing
// and saving are two.
func (s *Service) serveAudio(w http.ResponseWriter, r *http.Request) {
	var id ID
	if err := id.UnmarshalText([]byte(r.PathValue("id"))); err != nil {
		httpapi.Fail(w, r, ErrNoRecording.WithCause(err))
		return
	}
	query := r.URL.Query()
	download := query.Get("download") == "true"
	audio, err := s.Open(r.Context(), id, Purpose(query.Get("purpose")), download)
	if err != nil {
		httpapi.Fail(w, r, err)
		return
	}
	defer func() { _ = audio.Close() }()
	_ = http.NewResponseController(w).SetWriteDeadline(clock.System().Now().Add(audioTime)) // the network goes by the machine's clock
	h := w.Header()
	h.Set("Content-Type", "audio/wav")
	h.Set("Cache-Control", "private, no-store") // nobody who uses this machine later hears it
	h.Set("ETag", `"`+hex.EncodeToString(audio.SHA256[:])+`"`)
	disposition := "inline"
	if download {
		name := "录音-" + audio.Began.UTC().Format("20060102-150405") + "-" + audio.ID.String()[:8] + ".wav"
		disposition = `attachment; filename="recording.wav"; filename*=UTF-8''` + url.PathEscape(name)
	}
	h.Set("Content-Disposition", disposition)
	http.ServeContent(w, r, "", time.Time{}, audio)
}
