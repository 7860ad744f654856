// Package httpapitest asks an API over real HTTP and WebSocket, and holds answers to their shape.
//
//	c := httpapitest.New(t, api)
//	var page httpapi.Page[row]
//	c.Get("/api/rows").Want(200).JSON(&page)
//	c.Post("/api/rows", row{}).Problem(422, "http.invalid_request").Field("body.name", "too_short")
package httpapitest

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/httpapi"
)

// Client is one program that talks to the API.
type Client struct {
	URL  string
	HTTP *http.Client
	t    testing.TB
}

// New serves the handler on a free loopback port until the test ends.
func New(t testing.TB, h http.Handler) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return At(t, server.URL)
}

// At makes a client of a server that runs already.
func At(t testing.TB, url string) *Client {
	transport := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	return &Client{URL: url, t: t, HTTP: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Response is an answer, read to its end.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	t      testing.TB
}

// Get asks for a path; headers are name, value, name, value.
func (c *Client) Get(path string, headers ...string) *Response {
	c.t.Helper()
	return c.Send(http.MethodGet, path, nil, headers...)
}

// Post sends a body; see Send.
func (c *Client) Post(path string, body any, headers ...string) *Response {
	c.t.Helper()
	return c.Send(http.MethodPost, path, body, headers...)
}

// Delete asks to delete.
func (c *Client) Delete(path string, headers ...string) *Response {
	c.t.Helper()
	return c.Send(http.MethodDelete, path, nil, headers...)
}

// Send sends a request. A body of type string, []byte or io.Reader goes as it is, any other as JSON. The
// header Host sets the request's host.
func (c *Client) Send(method, path string, body any, headers ...string) *Response {
	c.t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	case []byte:
		reader = bytes.NewReader(b)
	case io.Reader:
		reader = b
	default:
		encoded, err := json.Marshal(b)
		require.NoError(c.t, err)
		reader = bytes.NewReader(encoded)
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.URL+path, reader)
	require.NoError(c.t, err)
	if reader != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	return c.Do(r)
}

// Do sends a request made by the test.
func (c *Client) Do(r *http.Request) *Response {
	c.t.Helper()
	resp, err := c.HTTP.Do(r)
	require.NoError(c.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(c.t, err)
	return &Response{Status: resp.StatusCode, Header: resp.Header, Body: body, t: c.t}
}

// Want holds the status to a value.
func (r *Response) Want(status int) *Response {
	r.t.Helper()
	require.Equal(r.t, status, r.Status, "body: %s", r.Body)
	return r
}

// JSON reads the body.
func (r *Response) JSON(into any) *Response {
	r.t.Helper()
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	require.NoError(r.t, err)
	require.Equal(r.t, "application/json", media)
	require.NoError(r.t, json.Unmarshal(r.Body, into), "body: %s", r.Body)
	return r
}

// Problem is an error answer that kept its shape.
type Problem struct {
	httpapi.Problem
	Header http.Header
	t      testing.TB
}

// Problem holds the answer to a problem of this status and code, complete and consistent.
func (r *Response) Problem(status int, code string) Problem {
	r.t.Helper()
	require.Equal(r.t, status, r.Status, "body: %s", r.Body)
	require.Equal(r.t, "application/problem+json", r.Header.Get("Content-Type"), "body: %s", r.Body)
	p := Problem{Header: r.Header, t: r.t}
	require.NoError(r.t, json.Unmarshal(r.Body, &p.Problem), "body: %s", r.Body)
	require.Equal(r.t, code, p.Code, "body: %s", r.Body)
	require.Equal(r.t, status, p.Status)
	require.Equal(r.t, "urn:yingda:problem:"+code, p.Type)
	require.Equal(r.t, "urn:yingda:request:"+r.Header.Get("X-Request-Id"), p.Instance)
	require.NotEmpty(r.t, p.Title)
	require.NotEmpty(r.t, p.Detail)
	return p
}

// Field holds the problem to naming a value with a reason.
func (p Problem) Field(location, code string) Problem {
	p.t.Helper()
	for _, f := range p.Errors {
		if f.Location == location && f.Code == code {
			require.NotEmpty(p.t, f.Message)
			return p
		}
	}
	require.Failf(p.t, "field not named", "no %s: %s among %v", location, code, p.Errors)
	return p
}
