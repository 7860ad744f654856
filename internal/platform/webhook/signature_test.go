package webhook_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"yingda/internal/platform/webhook"
)

var (
	testSecret = "whsec_" + base64.StdEncoding.EncodeToString([]byte("a secret of thirty-two bytes ...")[:32])
	other      = "whsec_" + base64.StdEncoding.EncodeToString([]byte("another secret of twenty-four+")[:24])
	moment     = time.Unix(1_763_000_000, 0)
)

func headers(id string, at time.Time, signature string) http.Header {
	h := http.Header{}
	h.Set(webhook.HeaderID, id)
	h.Set(webhook.HeaderTimestamp, strconv.FormatInt(at.Unix(), 10))
	h.Set(webhook.HeaderSignature, signature)
	return h
}

// The vector is computed by the formula of the specification with other tools:
// printf 'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}' | openssl dgst -sha256 -mac HMAC -macopt hexkey:... -binary | base64
func TestSignatureIsThatOfTheSpecification(t *testing.T) {
	t.Parallel()
	got := webhook.Sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	require.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", got)
}

func TestVerifyAcceptsOnlyWhatWasSignedLately(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`[a-z0-9-]{1,40}`).Draw(t, "id")
		body := rapid.SliceOf(rapid.Byte()).Draw(t, "body")
		late := time.Duration(rapid.IntRange(-600, 600).Draw(t, "late")) * time.Second
		signature := webhook.Sign(testSecret, id, moment, body)
		h := headers(id, moment, "v1,bm9uc2Vuc2U= "+signature+" v2,whatever")
		err := webhook.Verify(h, body, moment.Add(late), other, testSecret)
		if late.Abs() > webhook.Tolerance {
			require.ErrorIs(t, err, webhook.ErrTimestamp)
			return
		}
		require.NoError(t, err)
		now := moment.Add(late)
		require.ErrorIs(t, webhook.Verify(h, body, now, other), webhook.ErrSignature)
		require.ErrorIs(t, webhook.Verify(h, append(body, 'x'), now, testSecret), webhook.ErrSignature)
		require.ErrorIs(t, webhook.Verify(headers(id+"x", moment, signature), body, now, testSecret), webhook.ErrSignature)
		require.ErrorIs(t, webhook.Verify(headers(id, moment.Add(time.Second), signature), body, moment, testSecret), webhook.ErrSignature)
	})
}

func TestVerifyRefusesWhatIsMissing(t *testing.T) {
	t.Parallel()
	good := webhook.Sign(testSecret, "id", moment, nil)
	for _, h := range []http.Header{{}, headers("", moment, good), headers("id", moment, ""), {"Webhook-Id": {"id"}, "Webhook-Timestamp": {"soon"}, "Webhook-Signature": {good}}} {
		require.ErrorIs(t, webhook.Verify(h, nil, moment, testSecret), webhook.ErrSignature)
	}
	require.ErrorIs(t, webhook.Verify(headers("id", moment, good), nil, moment), webhook.ErrSignature, "no secret")
	require.ErrorContains(t, webhook.Verify(headers("id", moment, good), nil, moment, "whsec_c2hvcnQ="), "webhook.bad_secret")
}

func FuzzVerify(f *testing.F) {
	f.Add("id", "1763000000", "v1,x", []byte("{}"))
	f.Fuzz(func(t *testing.T, id, at, signature string, body []byte) {
		h := http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {at}, "Webhook-Signature": {signature}}
		if webhook.Verify(h, body, moment, testSecret) == nil {
			seconds, err := strconv.ParseInt(at, 10, 64)
			require.NoError(t, err)
			require.True(t, strings.Contains(signature, webhook.Sign(testSecret, id, time.Unix(seconds, 0), body)), "accepted without its signature")
		}
	})
}

func ExampleVerify() {
	secret := "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" // as shown when the webhook was made
	body := []byte(`{"test": 2432232314}`)             // the bytes as they came, not parsed and written again
	header := http.Header{}
	header.Set("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
	header.Set("webhook-timestamp", "1614265330")
	header.Set("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")

	now := time.Unix(1614265330, 0) // time.Now() in a real receiver
	fmt.Println(webhook.Verify(header, body, now, secret))
	fmt.Println(webhook.Verify(header, []byte(`{"test": 1}`), now, secret))
	// Output:
	// <nil>
	// webhook.bad_signature: the message is not signed with this secret
}
