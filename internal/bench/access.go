package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"
)

// The first two people of an installation that is set up to be measured or tested.
const (
	AdminNumber    = "1001"
	AdminPassword  = "Measure-Twice-And-Cut"
	ManagerNumber  = "1002"
	managerStarter = "Decide-Slowly-Once"
)

// Visit is a signed-in person of an installation, by API token.
type Visit struct {
	URL         string
	Token       string // Authorization: Bearer
	Permissions []string
}

// SetUp takes an empty installation through its set-up as a person would: the code that it left in its data
// directory, the first two people, the first sign-in with a second factor; and makes an API token with everything
// that the national administrator may do.
func SetUp(ctx context.Context, address, dataDir string) (*Visit, error) {
	code, err := waitFile(ctx, filepath.Join(dataDir, "setup-code"))
	if err != nil {
		return nil, fmt.Errorf("read the set-up code: %w", err)
	}
	jar, err := newJar()
	if err != nil {
		return nil, err
	}
	v := &visitor{url: address, client: &http.Client{Jar: jar, Transport: &http.Transport{}, Timeout: 30 * time.Second}}
	defer v.client.CloseIdleConnections()
	person := func(number, name, password string) map[string]string {
		return map[string]string{"number": number, "name": name, "password": password}
	}
	var enrolled struct{ Secret string }
	var session struct {
		State       string
		Pending     string
		Permissions []string
	}
	var token struct{ Token string }
	steps := []struct {
		method, path string
		body         func() any
		into         any
	}{
		{http.MethodPost, "/api/setup", func() any {
			return map[string]any{
				"code": strings.TrimSpace(string(code)), "centre_code": "NATION", "centre_name": "全国客户服务中心",
				"administrator": person(AdminNumber, "测量管理员", AdminPassword), "approver": person(ManagerNumber, "测量经理", managerStarter),
			}
		}, nil},
		{http.MethodPost, "/api/sign-in", func() any { return map[string]string{"number": AdminNumber, "password": AdminPassword} }, nil},
		{http.MethodPost, "/api/session/totp/enroll", func() any { return map[string]string{"password": AdminPassword} }, &enrolled},
		{http.MethodPost, "/api/session/totp/confirm", func() any {
			c, err := totp.GenerateCode(enrolled.Secret, time.Now())
			if err != nil {
				return err
			}
			return map[string]string{"code": c}
		}, nil},
		{http.MethodGet, "/api/session", nil, &session},
		{http.MethodPost, "/api/tokens", func() any {
			session.Permissions = slices.DeleteFunc(session.Permissions, func(p string) bool { return strings.HasPrefix(p, "identity.token.") }) // no token makes tokens
			return map[string]any{"name": "bench", "permissions": session.Permissions}
		}, &token},
	}
	for _, s := range steps {
		var body any
		if s.body != nil {
			body = s.body()
		}
		if err := v.ask(ctx, s.method, s.path, body, s.into); err != nil {
			return nil, fmt.Errorf("set up: %w", err)
		}
	}
	return &Visit{URL: address, Token: token.Token, Permissions: session.Permissions}, nil
}

// Request makes a request of this person.
func (v *Visit) Request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, v.URL+path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+v.Token)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", uuid.NewString())
	}
	return r, nil
}

func newJar() (http.CookieJar, error) { return cookiejar.New(nil) }

// cookieLine gives the header that carries what the jar holds for the address.
func cookieLine(jar http.CookieJar, address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	for _, c := range jar.Cookies(u) {
		return "Cookie: " + c.Name + "=" + c.Value, nil
	}
	return "", errors.New("no cookie was set")
}

type visitor struct {
	url    string
	client *http.Client
}

func (v *visitor) ask(ctx context.Context, method, path string, body, into any) error {
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		in = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(ctx, method, v.url+path, in)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", uuid.NewString())
	answer, err := v.client.Do(r)
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

// waitFile reads a file that is about to be written.
func waitFile(ctx context.Context, name string) ([]byte, error) {
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		raw, err := os.ReadFile(name)
		if err == nil && len(raw) > 0 || ctx.Err() != nil || !errors.Is(err, os.ErrNotExist) && err != nil || time.Now().After(deadline) {
			return raw, err
		}
	}
}
