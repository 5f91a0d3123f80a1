package explorer

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

const pageText = "<!doctype html><title>Dateline</title>"

func builtSite(t *testing.T) fs.FS {
	t.Helper()
	return fstest.MapFS{
		".gitignore":              {Data: []byte("*\n")},
		"index.html.gz":           {Data: zip(t, pageText)},
		"assets/main-1a2b.js.gz":  {Data: zip(t, "export {};")},
		"assets/main-1a2b.css.gz": {Data: zip(t, "body{}")},
		"assets/damaged-1.js.gz":  {Data: []byte("not gzip")},
	}
}

func zip(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func get(h http.Handler, target string, header ...string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return serveHTTP(h, r)
}

func serveHTTP(h http.Handler, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func wantHeader(t *testing.T, r *http.Response, name, want string) {
	t.Helper()
	if got := strings.Join(r.Header.Values(name), "|"); got != want {
		t.Errorf("%s: %s is %q, want %q", r.Status, name, got, want)
	}
}

func TestPage(t *testing.T) {
	r := get(handler(builtSite(t)), "/")
	if r.StatusCode != http.StatusOK || body(t, r) != pageText {
		t.Fatalf("got %s, want the page", r.Status)
	}
	wantHeader(t, r, "Content-Type", "text/html; charset=utf-8")
	wantHeader(t, r, "Cache-Control", "no-cache")
	wantHeader(t, r, "Vary", "Accept-Encoding")
	wantHeader(t, r, "Content-Encoding", "")
}

func TestAssets(t *testing.T) {
	h := handler(builtSite(t))
	for name, want := range map[string]struct{ contentType, body string }{
		"main-1a2b.js":  {"text/javascript; charset=utf-8", "export {};"},
		"main-1a2b.css": {"text/css; charset=utf-8", "body{}"},
	} {
		r := get(h, AssetPrefix+name)
		if got := body(t, r); r.StatusCode != http.StatusOK || got != want.body {
			t.Errorf("%s: got %s with %q, want %q", name, r.Status, got, want.body)
		}
		wantHeader(t, r, "Content-Type", want.contentType)
		wantHeader(t, r, "Cache-Control", "public, max-age=31536000, immutable")
	}
}

func TestGzipIsNegotiated(t *testing.T) {
	for accept, want := range map[string]string{
		"":                        "",
		"br":                      "",
		"gzip":                    "gzip",
		"GZip":                    "gzip",
		"deflate, gzip;q=0.5, br": "gzip",
		"gzip;q=0":                "",
		"gzip; q=0.000":           "",
		"gzip;q=some":             "",
		"*":                       "gzip",
		"*;q=0":                   "",
		"*, gzip;q=0":             "",
		"gzip;q=0, *":             "",
		"*;q=0, gzip":             "gzip",
		"identity":                "",
	} {
		r := get(handler(builtSite(t)), AssetPrefix+"main-1a2b.js", "Accept-Encoding", accept)
		if got := r.Header.Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q: Content-Encoding is %q, want %q", accept, got, want)
			continue
		}
		wantHeader(t, r, "Vary", "Accept-Encoding")
		got := body(t, r)
		if want == "gzip" {
			plain, err := decompress([]byte(got))
			if err != nil {
				t.Errorf("Accept-Encoding %q: %v", accept, err)
			}
			got = string(plain)
		}
		if got != "export {};" {
			t.Errorf("Accept-Encoding %q: body is %q", accept, got)
		}
	}
}

func TestGzipFieldsAreJoined(t *testing.T) {
	r := get(handler(builtSite(t)), "/", "Accept-Encoding", "br", "Accept-Encoding", "gzip")
	wantHeader(t, r, "Content-Encoding", "gzip")
}

func TestNotModified(t *testing.T) {
	h := handler(builtSite(t))
	for _, target := range []string{"/", AssetPrefix + "main-1a2b.js"} {
		plain := get(h, target).Header.Get("ETag")
		zipped := get(h, target, "Accept-Encoding", "gzip").Header.Get("ETag")
		if plain == "" || plain == zipped {
			t.Errorf("%s: entity tags %q and %q, want one for each encoding", target, plain, zipped)
		}
		r := get(h, target, "Accept-Encoding", "gzip", "If-None-Match", zipped)
		if r.StatusCode != http.StatusNotModified || body(t, r) != "" {
			t.Errorf("%s: got %s, want 304 without a body", target, r.Status)
		}
		if r := get(h, target, "If-None-Match", zipped); r.StatusCode != http.StatusOK {
			t.Errorf("%s: got %s for the other encoding's tag, want 200", target, r.Status)
		}
	}
}

func TestPageTagFollowsTheBuild(t *testing.T) {
	later := fstest.MapFS{"index.html.gz": {Data: zip(t, pageText+"<p>later")}}
	before, after := get(handler(builtSite(t)), "/"), get(handler(later), "/")
	if before.Header.Get("ETag") == after.Header.Get("ETag") {
		t.Error("two builds of the page have the same entity tag")
	}
}

func TestSecurityHeaders(t *testing.T) {
	for name, r := range map[string]*http.Response{
		"page":      get(handler(builtSite(t)), "/"),
		"asset":     get(handler(builtSite(t)), AssetPrefix+"main-1a2b.js"),
		"not found": get(handler(builtSite(t)), AssetPrefix+"none.js"),
		"not built": get(handler(fstest.MapFS{}), "/"),
	} {
		t.Run(name, func(t *testing.T) {
			wantHeader(t, r, "X-Content-Type-Options", "nosniff")
			wantHeader(t, r, "Referrer-Policy", "no-referrer")
			policy := directives(r.Header.Get("Content-Security-Policy"))
			for directive, want := range map[string]string{
				"default-src":     "'none'",
				"script-src":      "'self'",
				"worker-src":      "'self'",
				"connect-src":     "'self'",
				"style-src":       "'self' 'unsafe-inline'",
				"img-src":         "'self' data:",
				"font-src":        "'self' data:",
				"frame-ancestors": "'none'",
				"base-uri":        "'none'",
				"form-action":     "'none'",
			} {
				if policy[directive] != want {
					t.Errorf("Content-Security-Policy: %s is %q, want %q", directive, policy[directive], want)
				}
			}
		})
	}
}

func directives(policy string) map[string]string {
	m := map[string]string{}
	for part := range strings.SplitSeq(policy, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), " ")
		m[name] = value
	}
	return m
}

func TestNotBuilt(t *testing.T) {
	h := handler(fstest.MapFS{".gitignore": {Data: []byte("*\n")}})
	r := get(h, "/")
	if text := body(t, r); r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(text, "make build") {
		t.Errorf("got %s with %q, want 503 that names make build", r.Status, text)
	}
	wantHeader(t, r, "Content-Type", "text/html; charset=utf-8")
	wantHeader(t, r, "Cache-Control", "no-store")
	if r := get(h, AssetPrefix+"main-1a2b.js"); r.StatusCode != http.StatusNotFound {
		t.Errorf("asset: got %s, want 404", r.Status)
	}
}

func TestNotFound(t *testing.T) {
	h := handler(builtSite(t))
	for _, target := range []string{
		"/index.html",
		"/main-1a2b.js",
		"/explorer/",
		AssetPrefix,
		AssetPrefix + "none.js",
		AssetPrefix + "main-1a2b.js.gz",
		AssetPrefix + "../index.html",
		AssetPrefix + "%2e%2e/index.html",
		AssetPrefix + "../.gitignore",
	} {
		r := get(h, target)
		if r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: got %s, want 404", target, r.Status)
		}
		wantHeader(t, r, "Cache-Control", "no-store")
	}
}

func TestMethods(t *testing.T) {
	h := handler(builtSite(t))
	r := serveHTTP(h, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}")))
	if r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: got %s, want 405", r.Status)
	}
	wantHeader(t, r, "Allow", "GET, HEAD")
	r = serveHTTP(h, httptest.NewRequest(http.MethodHead, "/", nil))
	if r.StatusCode != http.StatusOK || body(t, r) != "" {
		t.Errorf("HEAD: got %s, want 200 without a body", r.Status)
	}
}

func TestDamagedFile(t *testing.T) {
	h := handler(builtSite(t))
	r := get(h, AssetPrefix+"damaged-1.js")
	if text := body(t, r); r.StatusCode != http.StatusInternalServerError || !strings.Contains(text, "make build") {
		t.Errorf("got %s with %q, want 500 that names make build", r.Status, text)
	}
	wantHeader(t, r, "Cache-Control", "no-store")
}

// A program built without npm must still start, so both outcomes are right; which one it is follows from the build.
func TestHandlerServesWhatIsEmbedded(t *testing.T) {
	want := http.StatusOK
	if _, err := fs.Stat(dist, "dist/index.html.gz"); err != nil {
		want = http.StatusServiceUnavailable
	}
	if r := get(Handler(), "/"); r.StatusCode != want {
		t.Errorf("got %s, want %d", r.Status, want)
	}
}

func FuzzAcceptsGzip(f *testing.F) {
	f.Add("br;q=1.0, *;q=0.5")
	f.Add("gzip;q=,;;,*;q=nan")
	f.Fuzz(func(t *testing.T, field string) {
		if !acceptsGzip([]string{"gzip", field}) {
			t.Errorf("gzip refused because of %q after it", field)
		}
		if acceptsGzip([]string{"gzip;q=0", field}) {
			t.Errorf("gzip;q=0 accepted because of %q after it", field)
		}
	})
}
