package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"yingda/internal/platform/fault"
)

// The headers of Standard Webhooks.
const (
	HeaderID        = "webhook-id"
	HeaderTimestamp = "webhook-timestamp"
	HeaderSignature = "webhook-signature"
)

const (
	secretPrefix = "whsec_"
	secretBytes  = 32
	// Tolerance is how far a receiver's clock may be from ours, and how long a recorded message can be played again.
	Tolerance = 5 * time.Minute
)

// newSecret makes a secret in the form that receivers enter.
func newSecret() string {
	var b [secretBytes]byte
	_, _ = rand.Read(b[:]) // never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(b[:])
}

func secretKey(secret string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil || len(key) < 24 || len(key) > 64 {
		return nil, fault.New(fault.Invalid, "webhook.bad_secret", "the secret is not of the form whsec_ and base64 of 24 to 64 bytes")
	}
	return key, nil
}

// sign gives one entry of the signature header.
func sign(key []byte, id string, at time.Time, body []byte) string {
	h := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(h, "%s.%d.", id, at.Unix())
	h.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// Faults of Verify.
var (
	ErrSignature = fault.New(fault.Unauthenticated, "webhook.bad_signature", "the message is not signed with this secret")
	ErrTimestamp = fault.New(fault.Unauthenticated, "webhook.bad_timestamp", "the message is too old or from the future")
)

// Verify is for receivers: it reports whether the message was sent by the holder of one of the secrets, and lately.
// body must be the bytes as they came. A receiver also remembers the ids of webhook-id that it has handled.
func Verify(h http.Header, body []byte, now time.Time, secrets ...string) error {
	id := h.Get(HeaderID)
	seconds, err := strconv.ParseInt(h.Get(HeaderTimestamp), 10, 64)
	if err != nil || id == "" {
		return ErrSignature
	}
	at := time.Unix(seconds, 0)
	if d := now.Sub(at); d > Tolerance || d < -Tolerance {
		return ErrTimestamp
	}
	for _, s := range secrets {
		key, err := secretKey(s)
		if err != nil {
			return err
		}
		want := []byte(sign(key, id, at, body))
		for given := range strings.FieldsSeq(h.Get(HeaderSignature)) {
			if hmac.Equal(want, []byte(given)) {
				return nil
			}
		}
	}
	return ErrSignature
}
