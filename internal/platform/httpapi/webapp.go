package httpapi

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// CheckBundle refuses a built front end of another version than the program's: pages and API change
// together. The front end's build writes bundle.json.
func CheckBundle(files fs.FS, version string) error {
	raw, err := fs.ReadFile(files, "bundle.json")
	if err != nil {
		return fmt.Errorf("read the version of the web bundle: %w", err)
	}
	var bundle struct{ Version string }
	if err := json.Unmarshal(raw, &bundle); err != nil {
		return fmt.Errorf("read the version of the web bundle: %w", err)
	}
	if bundle.Version != version {
		return fmt.Errorf("the web bundle was built for version %q, this program is %q: build both again", bundle.Version, version)
	}
	return nil
}

// hashedFolder holds files whose names change with their content.
const hashedFolder = "assets/"

var (
	cacheForAYear = []string{"public, max-age=31536000, immutable"}
	askAgain      = []string{"no-cache"}
	varyEncoding  = []string{"Accept-Encoding"}
)

// contentTypes does not ask the machine's own table, which differs between machines.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8", ".json": "application/json", ".map": "application/json", ".webmanifest": "application/manifest+json",
	".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp", ".ico": "image/x-icon",
	".woff2": "font/woff2", ".wasm": "application/wasm", ".mp3": "audio/mpeg", ".wav": "audio/wav", ".ogg": "audio/ogg",
	".txt": "text/plain; charset=utf-8", ".md": "text/markdown; charset=utf-8",
}

// compresses tells which files get smaller; the rest is compressed already.
func compresses(contentType string) bool {
	return strings.HasPrefix(contentType, "text/") || strings.HasPrefix(contentType, "application/") || contentType == "image/svg+xml"
}

// webApp serves the built front end from memory: hashed files are cached by browsers for a year, all
// others are asked for again by ETag. Paths that are no file get index.html, because the application
// itself knows what they show; a missing file stays a 404, so that a tab of an older version learns it.
type webApp struct {
	files fs.FS
	mu    sync.Mutex
	ready map[string]*webFile // by name; nil for a name that is no file
}

// webFile is a file ready to be sent.
type webFile struct {
	contentType, tag string
	plain, gzip, br  []byte // br only when the build made it
}

func newWebApp(files fs.FS) *webApp { return &webApp{files: files, ready: map[string]*webFile{}} }

// largestRemembered bounds the names remembered as missing.
const largestRemembered = 4096

// find gives the file of a name, loaded and compressed at its first use.
func (a *webApp) find(name string) (*webFile, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if f, ok := a.ready[name]; ok {
		return f, nil
	}
	f, err := a.load(name)
	if err != nil {
		return nil, err
	}
	if f != nil || len(a.ready) < largestRemembered {
		a.ready[name] = f
	}
	return f, nil
}

func (a *webApp) load(name string) (*webFile, error) {
	contentType, ok := contentTypes[path.Ext(name)]
	if !ok || !fs.ValidPath(name) || strings.HasPrefix(path.Base(name), ".") || strings.HasPrefix(name, ".") {
		return nil, nil // "no such file" is an answer here, not a failure
	}
	plain, err := fs.ReadFile(a.files, name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return nil, nil // as above
	}
	if err != nil {
		return nil, fmt.Errorf("read web file: %w", err)
	}
	sum := sha256.Sum256(plain)
	f := &webFile{contentType: contentType, tag: `"` + hex.EncodeToString(sum[:12]) + `"`, plain: plain}
	if !compresses(contentType) {
		return f, nil
	}
	if b, err := fs.ReadFile(a.files, name+".br"); err == nil {
		f.br = b
	}
	if b, err := fs.ReadFile(a.files, name+".gz"); err == nil {
		f.gzip = b
	} else {
		f.gzip = squeeze(plain)
	}
	return f, nil
}

// squeeze compresses, or gives nil when that saves nothing.
func squeeze(plain []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid
	_, _ = w.Write(plain)                                 // a Buffer takes everything
	_ = w.Close()
	if b.Len() >= len(plain) {
		return nil
	}
	return b.Bytes()
}

// web serves the application.
func (a *API) web(app *webApp) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		x := w.(*exchange)
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			a.notAllowed(x, http.MethodGet, http.MethodHead)
			return
		}
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		f, err := app.find(name)
		if err == nil && f == nil {
			if _, isFile := contentTypes[path.Ext(name)]; isFile || strings.HasPrefix(name, hashedFolder) {
				a.fail(x, r, errNoRoute)
				return
			}
			name = "index.html"
			f, err = app.find(name)
		}
		switch {
		case err != nil:
			a.fail(x, r, err)
		case f == nil:
			a.fail(x, r, errNoRoute)
		default:
			f.send(x, r, strings.HasPrefix(name, hashedFolder))
		}
	}
}

func (f *webFile) send(w http.ResponseWriter, r *http.Request, hashed bool) {
	h := w.Header()
	h["Content-Security-Policy"] = appPolicy
	h["Permissions-Policy"] = appPermissions
	h["Cross-Origin-Opener-Policy"] = sameOrigin
	h["Cache-Control"] = askAgain
	if hashed {
		h["Cache-Control"] = cacheForAYear
	}
	h["Etag"] = []string{f.tag}
	if f.gzip != nil || f.br != nil {
		h["Vary"] = varyEncoding
	}
	if matches(r.Header.Get("If-None-Match"), f.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.plain
	switch accepted := r.Header.Get("Accept-Encoding"); {
	case f.br != nil && accepts(accepted, "br"):
		body = f.br
		h["Content-Encoding"] = []string{"br"}
	case f.gzip != nil && accepts(accepted, "gzip"):
		body = f.gzip
		h["Content-Encoding"] = []string{"gzip"}
	}
	h["Content-Type"] = []string{f.contentType}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return
	}
	_, _ = w.Write(body)
}

// matches is If-None-Match (RFC 9110, section 13.1.2), compared weakly.
func matches(header, tag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		one = strings.TrimPrefix(strings.TrimSpace(one), "W/")
		if one == tag || one == "*" {
			return true
		}
	}
	return false
}

// accepts reads Accept-Encoding as browsers write it: a name, perhaps refused by q=0.
func accepts(header, coding string) bool {
	for one := range strings.SplitSeq(header, ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(one), ";")
		if strings.EqualFold(strings.TrimSpace(name), coding) {
			q := strings.ReplaceAll(quality, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}
