package media_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dateline-cms/dateline/internal/media"
	"github.com/dateline-cms/dateline/internal/news"
)

func open(t testing.TB, setting string) *media.Store {
	t.Helper()
	s, err := media.Open(setting)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func save(t testing.TB, s *media.Store, data []byte) *media.File {
	t.Helper()
	f, err := s.Save(context.Background(), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// get asks the handler; reports of faults end up in the second result.
func get(s *media.Store, method, path string, header ...string) (*http.Response, []error) {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w, faults := httptest.NewRecorder(), []error(nil)
	s.Handler(func(_ context.Context, err error) { faults = append(faults, err) }).ServeHTTP(w, r)
	return w.Result(), faults
}

func body(t testing.TB, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestPlaces: a directory and a bucket do the same.
func TestPlaces(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new", "media")
	o := newObjects(t)
	for name, setting := range map[string]string{
		"directory": "file://" + filepath.ToSlash(folder),
		"bucket":    "s3://pictures/uploads/2026?region=eu-central-1&endpoint=" + o.URL,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, setting)
			if err := s.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, e := range examples(t) {
				f := save(t, s, e.data)
				if f.MimeType != e.mimeType || f.Width != e.width || f.Height != e.height || f.Size == 0 {
					t.Errorf("%s: %+v, want %s %d × %d", e.name, f, e.mimeType, e.width, e.height)
				}
				served(t, s, f)
				if again := save(t, s, e.data); again.Path != f.Path {
					t.Errorf("%s was stored again as %s and %s", e.name, f.Path, again.Path)
				}
			}
			for _, path := range []string{"", "a.jpg", strings.Repeat("0", 64) + ".png", strings.Repeat("0", 64) + ".exe", strings.Repeat("0", 64),
				"../" + strings.Repeat("0", 61) + ".png", "%2e%2e/secret", strings.Repeat("0", 64) + ".png/", "00/" + strings.Repeat("0", 64) + ".png"} {
				r, faults := get(s, "GET", media.Prefix+path)
				if r.StatusCode != http.StatusNotFound || r.Header.Get("Cache-Control") != "" || len(faults) > 0 {
					t.Errorf("%q: %s, cached %q, %v", path, r.Status, r.Header.Get("Cache-Control"), faults)
				}
			}
		})
	}
	stored := map[string]bool{}
	for name, data := range o.files {
		sum := sha256.Sum256(data)
		hash := hex.EncodeToString(sum[:])
		if want := "pictures/uploads/2026/" + hash[:2] + "/" + hash + filepath.Ext(name); name != want {
			t.Errorf("an object is called %s, want %s", name, want)
		}
		stored[filepath.Base(name)] = true
	}
	files := 0
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if files++; !stored[d.Name()] || filepath.Base(filepath.Dir(path)) != d.Name()[:2] {
				t.Errorf("the directory holds %s", path)
			}
			if info, err := d.Info(); err != nil || info.Mode().Perm() != 0o644 {
				t.Errorf("%s: %v %v", path, info.Mode(), err)
			}
		}
		return err
	})
	if err != nil || files != len(stored) || files != len(examples(t)) {
		t.Errorf("%d files and %d objects of %d images: %v", files, len(stored), len(examples(t)), err)
	}
}

// served checks all ways of asking for a file.
func served(t *testing.T, s *media.Store, f *media.File) {
	t.Helper()
	path := string(f.Path)
	r, faults := get(s, "GET", path)
	whole := body(t, r)
	if r.StatusCode != http.StatusOK || len(whole) != f.Size || len(faults) > 0 {
		t.Fatalf("%s: %s, %d bytes, want %d: %v", path, r.Status, len(whole), f.Size, faults)
	}
	sum := sha256.Sum256([]byte(whole))
	for name, want := range map[string]string{
		"Content-Type": f.MimeType, "X-Content-Type-Options": "nosniff", "Cache-Control": "public, max-age=31536000, immutable",
		"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox", "Access-Control-Allow-Origin": "*",
		"Accept-Ranges": "bytes", "Etag": `"` + hex.EncodeToString(sum[:]) + filepath.Ext(path) + `"`,
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %s is %q, want %q", path, name, got, want)
		}
	}
	etag := r.Header.Get("ETag")
	if r, _ := get(s, "HEAD", path); r.ContentLength != int64(f.Size) || body(t, r) != "" {
		t.Errorf("%s: HEAD gives %d bytes", path, r.ContentLength)
	}
	if r, _ := get(s, "GET", path, "If-None-Match", etag); r.StatusCode != http.StatusNotModified {
		t.Errorf("%s: %s although it is known", path, r.Status)
	}
	for _, tt := range []struct {
		header []string
		status int
		want   string
	}{
		{[]string{"Range", "bytes=3-9"}, http.StatusPartialContent, whole[3:10]},
		{[]string{"Range", "bytes=-4"}, http.StatusPartialContent, whole[len(whole)-4:]},
		{[]string{"Range", "bytes=10-", "If-Range", etag}, http.StatusPartialContent, whole[10:]},
		{[]string{"Range", "bytes=10-", "If-Range", `"another"`}, http.StatusOK, whole},
		{[]string{"Range", "bytes=9999999-"}, http.StatusRequestedRangeNotSatisfiable, ""},
	} {
		r, faults := get(s, "GET", path, tt.header...)
		if got := body(t, r); r.StatusCode != tt.status || tt.want != "" && got != tt.want || len(faults) > 0 {
			t.Errorf("%s %q: %s, %d bytes, want %d: %v", path, tt.header, r.Status, len(got), len(tt.want), faults)
		}
	}
	if r, _ := get(s, "GET", path, "Range", "bytes=0-1,5-6"); r.StatusCode != http.StatusPartialContent || !strings.Contains(body(t, r), whole[5:7]) {
		t.Errorf("%s: two ranges: %s", path, r.Status)
	}
}

func TestUploadsAtOnce(t *testing.T) {
	folder := t.TempDir()
	s := open(t, "file://"+filepath.ToSlash(folder))
	var wg sync.WaitGroup
	for range 16 {
		for _, e := range examples(t) {
			wg.Go(func() {
				f, err := s.Save(context.Background(), bytes.NewReader(e.data))
				if err != nil {
					t.Error(err)
				} else if r, _ := get(s, "GET", string(f.Path)); r.StatusCode != http.StatusOK {
					t.Errorf("%s: %s", e.name, r.Status)
				}
			})
		}
	}
	wg.Wait()
	if names, err := filepath.Glob(folder + "/*/*"); err != nil || len(names) != len(examples(t)) {
		t.Errorf("%d files of %d images: %q %v", len(names), len(examples(t)), names, err)
	}
	if names, err := filepath.Glob(folder + "/*/.*"); err != nil || len(names) != 0 {
		t.Errorf("left behind: %q %v", names, err)
	}
}

func TestRefusedUploads(t *testing.T) {
	folder := t.TempDir()
	s := open(t, "file://"+filepath.ToSlash(folder))
	all := map[string][]byte{}
	for _, e := range examples(t) {
		all[e.name] = e.data
	}
	huge := bytes.Clone(all["PNG"])
	copy(huge[16:], "\x00\x01\x00\x00\x00\x01\x00\x00") // 65,536 squared
	huge = withChunkSum(huge, 8)
	for _, tt := range []struct {
		what, data string
		kind       news.Kind
		want       string
	}{
		{"nothing", "", news.Invalid, "the file is empty"},
		{"HTML", "<!DOCTYPE html><script>alert(1)</script>", news.Invalid, "no image of a known type (text/html; charset=utf-8)"},
		{"HTML with a picture", "<html><svg xmlns='http://www.w3.org/2000/svg'/></html>", news.Invalid, "the SVG file is damaged or cannot be used: it begins with <html>"},
		{"PDF", "%PDF-1.7\n", news.Invalid, "(application/pdf); save it as JPEG, PNG, GIF, WebP, AVIF or SVG"},
		{"HEIC", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", news.Invalid, "no image of a known type"},
		{"a JPEG's beginning", "\xff\xd8\xff", news.Invalid, "the JPG file is damaged or cannot be used: it ends before the image does"},
		{"too many pixels", string(huge), news.Limited, "65536 × 65536 pixels; make it smaller than 134 million in all"},
		{"an AVIF with too many pixels", string(avif(1<<31, 1<<31)), news.Limited, "2147483648 × 2147483648 pixels"},
	} {
		f, err := s.Save(context.Background(), strings.NewReader(tt.data))
		if err == nil || news.KindOf(err) != tt.kind || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %+v %v, want %s %q", tt.what, f, err, tt.kind, tt.want)
		}
	}
	for _, e := range examples(t) {
		if e.name == "GIF" { // has no lengths to compare with
			continue
		}
		for n := range len(e.data) - 1 {
			if f, err := s.Save(context.Background(), bytes.NewReader(e.data[:n])); err == nil {
				t.Errorf("%s: the first %d of %d bytes were stored: %+v", e.name, n, len(e.data), f)
				break
			}
		}
	}
	if files, err := os.ReadDir(folder); err != nil || len(files) != 0 {
		t.Errorf("refused files were stored: %v %v", files, err)
	}
}

// endless counts what is read of it.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	return copy(p, bytes.Repeat([]byte{0xff}, len(p))), nil
}

func TestEndlessUpload(t *testing.T) {
	var e endless
	_, err := open(t, "file://"+filepath.ToSlash(t.TempDir())).Save(context.Background(), &e)
	if news.KindOf(err) != news.Limited || !strings.Contains(err.Error(), "more than 32 MB") || e.read > media.MaxBytes+1 {
		t.Errorf("%v after %d bytes", err, e.read)
	}
	broken := errors.New("the client went away")
	if _, err := open(t, "file:"+t.TempDir()).Save(context.Background(), io.MultiReader(strings.NewReader("GIF89a"), failing{broken})); !errors.Is(err, broken) {
		t.Errorf("an upload that broke off: %v", err)
	}
}

type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }

func TestSettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", accessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", secretKey)
	for setting, want := range map[string]string{
		"":                            "begins with neither file: nor s3:",
		"/var/media":                  "begins with neither file: nor s3:",
		"ftp://example.org/":          "begins with neither",
		"file://":                     "names no directory",
		"file://host/var":             "names no directory of this machine",
		"file:///var?x=1":             "names no directory",
		"file://" + file + "/media":   "cannot be made",
		"s3://":                       "names no bucket",
		"s3:///key":                   "names no bucket",
		"s3://pictures":               "names no region; add ?region=eu-central-1",
		"s3://pictures?colour=red":    `unknown part "colour"`,
		"s3://pictures?endpoint=here": `endpoint "here" of the media setting is no address`,
		"s3://key:secret@pictures":    "put credentials into AWS_ACCESS_KEY_ID",
		"s3://pictures?endpoint=https://a:b@objects.example": "is no address",
		"%": "is not an address",
	} {
		if _, err := media.Open(setting); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", setting, err, want)
		}
	}
	for _, setting := range []string{"s3://pictures?region=eu-central-1", "s3://pictures/a/b?endpoint=https://objects.example"} {
		if _, err := media.Open(setting); err != nil {
			t.Errorf("%s: %v", setting, err)
		}
	}
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	if _, err := media.Open("s3://pictures?region=eu-central-1"); err == nil || !strings.Contains(err.Error(), "credentials for media are missing") {
		t.Errorf("without credentials: %v", err)
	}
	t.Chdir(t.TempDir())
	f := save(t, open(t, "file:pictures"), examples(t)[0].data)
	name := filepath.Base(string(f.Path))
	if _, err := os.Stat(filepath.Join("pictures", name[:2], name)); err != nil {
		t.Error(err)
	}
}

func TestBucketFaults(t *testing.T) {
	o := newObjects(t)
	setting := "?endpoint=" + o.URL
	s := open(t, "s3://pictures"+setting)
	f := save(t, s, examples(t)[0].data)
	if err := open(t, "s3://others"+setting).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "bucket others for media cannot be used") {
		t.Errorf("a bucket that does not exist: %v", err)
	}
	t.Setenv("AWS_SECRET_ACCESS_KEY", "a wrong one")
	wrong := open(t, "s3://pictures"+setting)
	if err := wrong.Check(t.Context()); err == nil {
		t.Error("a wrong secret passed")
	}
	if _, err := wrong.Save(t.Context(), bytes.NewReader(examples(t)[1].data)); err == nil || news.KindOf(err) != news.Internal || o.puts != 1 {
		t.Errorf("a wrong secret could store: %v, %d files", err, o.puts)
	}
	t.Setenv("AWS_SECRET_ACCESS_KEY", secretKey)
	o.mu.Lock()
	o.broken = true
	o.mu.Unlock()
	r, faults := get(s, "GET", string(f.Path))
	if r.StatusCode != http.StatusBadGateway || len(faults) != 1 || r.Header.Get("Cache-Control") != "" || strings.Contains(body(t, r), o.URL) {
		t.Errorf("a store out of order: %s %v", r.Status, faults)
	}
	o.Close()
	if _, err := s.Save(t.Context(), bytes.NewReader(examples(t)[1].data)); err == nil || !strings.Contains(err.Error(), "storing the upload") {
		t.Errorf("a store that is gone: %v", err)
	}
}

func TestDirectoryFaults(t *testing.T) {
	folder := t.TempDir()
	s := open(t, "file:"+folder)
	f := save(t, s, examples(t)[0].data)
	name := filepath.Base(string(f.Path))
	path := filepath.Join(folder, name[:2], name)
	// A file that a crash of the disk cut short is written anew.
	if err := os.Truncate(path, 10); err != nil {
		t.Fatal(err)
	}
	save(t, s, examples(t)[0].data)
	served(t, s, f)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Save(t.Context(), bytes.NewReader(examples(t)[0].data)); err == nil {
		t.Error("a folder stands where the file should, and nobody said so")
	}
	if names, err := filepath.Glob(folder + "/*/.*"); err != nil || len(names) != 0 {
		t.Errorf("left behind: %q %v", names, err)
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "nothing can be written for media") {
		t.Errorf("without a directory: %v", err)
	}
}
