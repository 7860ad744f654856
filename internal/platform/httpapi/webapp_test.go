package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/httpapi/httpapitest"
)

const script = "assets/main-B4x9.js"

func webFiles() fstest.MapFS {
	return fstest.MapFS{
		"index.html":            {Data: []byte("<!doctype html><title>应答</title>")},
		"bundle.json":           {Data: []byte(`{"version":"1.2.3"}`)},
		script:                  {Data: []byte("let a = 1;" + strings.Repeat("// 应答\n", 200))},
		"assets/logo-1.png":     {Data: []byte("\x89PNG")},
		"assets/both-1.css":     {Data: []byte(strings.Repeat("a{}", 100))},
		"assets/both-1.css.br":  {Data: []byte("brotli")},
		"assets/both-1.css.gz":  {Data: []byte("gzip")},
		".vite/manifest.json":   {Data: []byte("{}")},
		"assets/.hidden.js":     {Data: []byte("x")},
		"favicon.svg":           {Data: []byte("<svg/>")},
		"third-party.unheardof": {Data: []byte("x")},
	}
}

func webClient(t *testing.T) *httpapitest.Client {
	t.Helper()
	b := setup(t, func(c *httpapi.Config) { c.Web = webFiles() })
	registerNotes(b)
	return b.client()
}

func TestUnknownPathsServeTheApplication(t *testing.T) {
	t.Parallel()
	c := webClient(t)
	for _, path := range []string{"/", "/index.html", "/messages", "/work-orders/G-1024", "/apixyz"} {
		r := c.Get(path).Want(200)
		require.Contains(t, string(r.Body), "应答", path)
		require.Equal(t, "text/html; charset=utf-8", r.Header.Get("Content-Type"))
		require.Equal(t, "no-cache", r.Header.Get("Cache-Control"))
		require.Contains(t, r.Header.Get("Content-Security-Policy"), "script-src 'self';")
		require.Contains(t, r.Header.Get("Permissions-Policy"), "microphone=(self)")
	}
	c.Get("/api/unheard").Problem(404, "http.no_such_path")
	c.Get("/assets/main-OLD.js").Problem(404, "http.no_such_path")
	c.Get("/missing.css").Problem(404, "http.no_such_path")
	c.Get("/.vite/manifest.json").Problem(404, "http.no_such_path")
	c.Get("/assets/.hidden.js").Problem(404, "http.no_such_path")
	p := c.Post("/messages", "{}").Problem(405, "http.method")
	require.Equal(t, "GET, HEAD", p.Header.Get("Allow"))
}

func TestHashedFilesAreKeptForAYear(t *testing.T) {
	t.Parallel()
	c := webClient(t)
	r := c.Get("/" + script).Want(200)
	require.Equal(t, "public, max-age=31536000, immutable", r.Header.Get("Cache-Control"))
	require.Equal(t, "text/javascript; charset=utf-8", r.Header.Get("Content-Type"))
	require.Equal(t, "no-cache", c.Get("/favicon.svg").Want(200).Header.Get("Cache-Control"))

	tag := r.Header.Get("Etag")
	for _, header := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
		r = c.Get("/"+script, "If-None-Match", header).Want(304)
		require.Empty(t, r.Body)
	}
	c.Get("/"+script, "If-None-Match", `"other"`).Want(200)
	r = c.Send("HEAD", "/"+script, nil).Want(200)
	require.Empty(t, r.Body)
}

func TestFilesAreCompressedOnce(t *testing.T) {
	t.Parallel()
	c := webClient(t)
	plain := c.Get("/" + script).Want(200)
	require.Empty(t, plain.Header.Get("Content-Encoding"))
	require.Equal(t, "Accept-Encoding", plain.Header.Get("Vary"))

	r := c.Get("/"+script, "Accept-Encoding", "gzip, deflate, br").Want(200)
	require.Equal(t, "gzip", r.Header.Get("Content-Encoding"))
	require.Less(t, len(r.Body), len(plain.Body))
	z, err := gzip.NewReader(bytes.NewReader(r.Body))
	require.NoError(t, err)
	back, err := io.ReadAll(z)
	require.NoError(t, err)
	require.Equal(t, plain.Body, back)

	require.Empty(t, c.Get("/"+script, "Accept-Encoding", "gzip;q=0").Header.Get("Content-Encoding"))
	require.Equal(t, "brotli", string(c.Get("/assets/both-1.css", "Accept-Encoding", "gzip, br").Body), "the build's own file is taken")
	require.Equal(t, "gzip", string(c.Get("/assets/both-1.css", "Accept-Encoding", "gzip").Body))
	png := c.Get("/assets/logo-1.png", "Accept-Encoding", "gzip")
	require.Equal(t, "image/png", png.Header.Get("Content-Type"))
	require.Empty(t, png.Header.Get("Content-Encoding"))
}

func TestABundleOfAnotherVersionIsRefused(t *testing.T) {
	t.Parallel()
	require.NoError(t, httpapi.CheckBundle(webFiles(), "1.2.3"))
	require.ErrorContains(t, httpapi.CheckBundle(webFiles(), "1.2.4"), `built for version "1.2.3", this program is "1.2.4"`)
	require.Error(t, httpapi.CheckBundle(fstest.MapFS{}, "1.2.3"))
	require.Error(t, httpapi.CheckBundle(fstest.MapFS{"bundle.json": {Data: []byte("{")}}, "1.2.3"))
}
