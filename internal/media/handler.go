package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"time"
)

const immutable = "public, max-age=31536000, immutable"

// Handler serves the stored files below [Prefix], whole or in ranges. What fails on our side is told to report; the client gets
// 502.
func (s *Store) Handler(report func(ctx context.Context, err error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, Prefix)
		f := formatOf(name)
		if f == nil {
			http.NotFound(w, r)
			return
		}
		file, err := s.files.open(r.Context(), name)
		if errors.Is(err, fs.ErrNotExist) {
			http.NotFound(w, r)
			return
		}
		if err != nil {
			report(r.Context(), err)
			http.Error(w, "the place where media are kept does not answer", http.StatusBadGateway)
			return
		}
		defer file.Close()
		read := &watched{ReadSeeker: file}
		h := w.Header()
		h.Set("Cache-Control", immutable)
		h.Set("Content-Type", f.mimeType)
		h.Set("ETag", `"`+name+`"`)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
		h.Set("Access-Control-Allow-Origin", "*")
		http.ServeContent(w, r, "", time.Time{}, read)
		if read.err != nil && r.Context().Err() == nil {
			report(r.Context(), fmt.Errorf("serving %s: %w", name, read.err))
		}
	})
}

// watched keeps the error of a read, which http.ServeContent does not tell: it can only break off.
type watched struct {
	io.ReadSeeker
	err error
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadSeeker.Read(p)
	if err != io.EOF {
		w.err = err
	}
	return n, err
}
