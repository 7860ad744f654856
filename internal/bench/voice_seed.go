package bench

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/url"

	"yingda/internal/platform/postgres"
)

// Numbers of the installation that is measured.
const (
	echoNumber   = "9001"
	promptNumber = "9002"
	bridgeNumber = "9003"
	bridgePhone  = "8001"
)

// ask makes a request of this person and reads the JSON of its answer.
func (v *Visit) ask(ctx context.Context, method, path, contentType string, body []byte, into any) error {
	r, err := v.Request(ctx, method, path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", contentType)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return err
	case answer.StatusCode >= 300:
		return fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, raw)
	case into == nil:
		return nil
	}
	return json.Unmarshal(raw, into)
}

func (v *Visit) post(ctx context.Context, path string, body map[string]any, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return v.ask(ctx, http.MethodPost, path, "application/json", raw, into)
}

// seedVoice makes what calls need: a carrier on this machine, a phone, a prompt, and numbers that lead to an echo, to
// the prompt and to the phone. It gives the phone's password.
func (v *Visit) seedVoice(ctx context.Context) (password string, err error) {
	var tree struct {
		Items []struct{ ID, Level string } `json:"items"`
	}
	if err := v.ask(ctx, http.MethodGet, "/api/centres/tree", "application/json", nil, &tree); err != nil {
		return "", err
	}
	if len(tree.Items) == 0 {
		return "", errors.New("the installation has no centre")
	}
	centre := tree.Items[0].ID
	var group, prompt struct{ ID string }
	if err := v.post(ctx, "/api/trunk-groups", map[string]any{"code": "LOAD", "name": "load", "centre_id": centre, "note": ""}, &group); err != nil {
		return "", err
	}
	if err := v.post(ctx, "/api/trunks", map[string]any{
		"group_id": group.ID, "name": "load", "hosts": []string{"127.0.0.1:5099"}, "transport": "udp", "username": "", "register": false, "priority": 1,
		"weight": 1, "max_calls": 0, "codecs": []string{"PCMA"}, "inband_dtmf": false, "caller_header": "from", "quiet": true, "disabled": false, "note": "",
	}, nil); err != nil {
		return "", err
	}
	query := url.Values{"name": {"load"}, "centre_id": {centre}, "note": {""}}
	if err := v.ask(ctx, http.MethodPost, "/api/prompts?"+query.Encode(), "application/octet-stream", toneWAV(440, 30), &prompt); err != nil {
		return "", err
	}
	var phone struct{ ID, Password string }
	if err := v.post(ctx, "/api/phones", map[string]any{
		"number": bridgePhone, "display_name": "load", "centre_id": centre, "staff_number": "", "disabled": false, "note": "",
	}, &phone); err != nil {
		return "", err
	}
	for _, n := range []map[string]any{
		{"number": echoNumber, "act": "echo"},
		{"number": promptNumber, "act": "prompt", "prompt_id": prompt.ID, "repeat": true},
		{"number": bridgeNumber, "act": "phone", "phone_id": phone.ID},
	} {
		for key, value := range map[string]any{"match": "number", "name": n["number"], "centre_id": centre, "cause": "", "disabled": false, "note": ""} {
			n[key] = value
		}
		if _, ok := n["repeat"]; !ok {
			n["repeat"] = false
		}
		if err := v.post(ctx, "/api/number-actions", n, nil); err != nil {
			return "", err
		}
	}
	return phone.Password, nil
}

// toneWAV is a tone as a file of 8 kHz 16-bit PCM.
func toneWAV(hz float64, seconds int) []byte {
	const rate = 8000
	samples := rate * seconds
	var out bytes.Buffer
	header := func(v any) { _ = binary.Write(&out, binary.LittleEndian, v) } // a bytes.Buffer takes everything
	out.WriteString("RIFF")
	header(uint32(36 + 2*samples))
	out.WriteString("WAVEfmt ")
	header(uint32(16))
	header([]uint16{1, 1})
	header([]uint32{rate, 2 * rate})
	header([]uint16{2, 16})
	out.WriteString("data")
	header(uint32(2 * samples))
	for i := range samples {
		header(int16(8000 * math.Sin(2*math.Pi*hz*float64(i)/rate)))
	}
	return out.Bytes()
}

// setRecording switches recording on or off for everybody, in an installation that does not run.
func setRecording(ctx context.Context, data string, on bool) (err error) {
	server := postgres.NewServer(postgres.ServerConfig{DataDir: data, Search: postgres.SystemSearch(), Logger: slog.New(slog.DiscardHandler)})
	if err := server.Start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop(context.WithoutCancel(ctx))) }()
	pool, err := postgres.Open(ctx, postgres.Options{URL: server.URL(), MaxConns: 1})
	if err != nil {
		return err
	}
	defer pool.Close()
	_, err = pool.Exec(ctx, `INSERT INTO setting.value (key, centre_id, value, version, updated_at)
		SELECT 'voice.recording.calls', id, to_jsonb($1::boolean), 1, now() FROM organization.centre WHERE parent_id IS NULL
		ON CONFLICT (key, centre_id) DO UPDATE SET value = excluded.value, version = setting.value.version + 1`, on)
	return err
}
