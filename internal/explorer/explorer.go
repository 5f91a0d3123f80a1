// Package explorer serves the page on which people try the GraphQL API: GraphiQL with ready queries, built from npm and
// embedded. The page asks nothing of any other host.
package explorer

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// dist holds the web build, each file compressed (name.gz). Before the first build it holds .gitignore alone.
//
//go:embed all:dist
var dist embed.FS

// AssetPrefix is the path below which the page's scripts, styles and fonts are.
const AssetPrefix = "/explorer/assets/"

// contentSecurityPolicy lets the page talk to its own origin only. The editor (Monaco) adds style elements, hence
// 'unsafe-inline' for styles; GraphiQL's style sheet carries its fonts, hence data:.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; " +
	"connect-src 'self'; img-src 'self' data:; font-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Dateline</title>
<h1>The explorer is not built</h1>
<p>This program was compiled without its web page. Run <code>make build</code>, then start it again.</p>
<p>The API works without it: <code>POST /graphql</code>. Its schema is at <a href="/schema.graphqls">/schema.graphqls</a>.</p>
`

// Handler serves the page at "/" and its files below AssetPrefix; mount it at both. Any other path is answered 404, and the
// page 503 with what to do when the program was compiled before the web build was made.
func Handler() http.Handler {
	built, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // only for a malformed literal
	}
	return handler(built)
}

func handler(built fs.FS) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "The explorer answers GET and HEAD only; GraphQL requests go to /graphql.", http.StatusMethodNotAllowed)
			return
		}
		if r.URL.Path == "/" {
			servePage(w, r, built)
			return
		}
		serveAsset(w, r, built)
	})
}

func secure(h http.Header) {
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
}

func servePage(w http.ResponseWriter, r *http.Request, built fs.FS) {
	page, err := fs.ReadFile(built, "index.html.gz")
	if err != nil {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusServiceUnavailable)
		io.WriteString(w, notBuilt)
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	serve(w, r, page, "text/html; charset=utf-8", fmt.Sprintf("%x", sha256.Sum256(page))[:16])
}

// serveAsset relies on the build: every name holds a hash of the content, so it is an entity tag and may be kept for ever.
func serveAsset(w http.ResponseWriter, r *http.Request, built fs.FS) {
	name, found := strings.CutPrefix(r.URL.Path, AssetPrefix)
	asset, err := fs.ReadFile(built, "assets/"+name+".gz")
	if !found || err != nil {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "The explorer has no such file; its page is at /.", http.StatusNotFound)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	serve(w, r, asset, contentType(name), name)
}

func serve(w http.ResponseWriter, r *http.Request, compressed []byte, contentType, tag string) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Vary", "Accept-Encoding")
	body := compressed
	if acceptsGzip(r.Header.Values("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		tag += "-gzip"
	} else {
		plain, err := decompress(compressed)
		if err != nil {
			h.Set("Cache-Control", "no-store")
			http.Error(w, "The embedded file is damaged; build the program again with make build.", http.StatusInternalServerError)
			return
		}
		body = plain
	}
	h.Set("ETag", strconv.Quote(tag))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

func decompress(b []byte) ([]byte, error) {
	zr, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(zr)
}

// contentType does not depend on the machine's MIME tables for what the page cannot do without.
func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".ttf":
		return "font/ttf"
	default:
		if t := mime.TypeByExtension(ext); t != "" {
			return t
		}
		return "application/octet-stream"
	}
}

// acceptsGzip reads Accept-Encoding as in RFC 9110, section 12.5.3: a weight of 0 refuses, and "*" stands for any coding
// that is not named.
func acceptsGzip(fields []string) bool {
	accepted := false
	for field := range strings.SplitSeq(strings.Join(fields, ","), ",") {
		coding, params, _ := strings.Cut(field, ";")
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip", "x-gzip":
			return weight(params) > 0
		case "*":
			accepted = weight(params) > 0
		}
	}
	return accepted
}

// weight of "q=0.5"; 1 when there is none, 0 when it is malformed.
func weight(params string) float64 {
	params = strings.TrimSpace(params)
	if params == "" {
		return 1
	}
	value, found := strings.CutPrefix(strings.ToLower(params), "q=")
	q, err := strconv.ParseFloat(value, 64)
	if !found || err != nil {
		return 0
	}
	return q
}
