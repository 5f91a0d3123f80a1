package main

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// uploadForm is a PNG file and the request that stores it.
func uploadForm(t *testing.T) (file string, form *bytes.Buffer, contentType string) {
	t.Helper()
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 5, 2))); err != nil {
		t.Fatal(err)
	}
	form = &bytes.Buffer{}
	w := multipart.NewWriter(form)
	const operations = `{"query": "mutation ($file: Upload!) { uploadImage(input: {file: $file, altText: \"Five by two\"}) { image { url width height altText } removed userErrors { message } } }", "variables": {"file": null}}`
	for _, p := range [][2]string{{"operations", operations}, {"map", `{"picture": ["variables.file"]}`}, {"picture", picture.String()}} {
		part, err := w.CreateFormFile(p[0], p[0])
		if err == nil {
			_, err = io.WriteString(part, p[1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return picture.String(), form, w.FormDataContentType()
}

// TestUploads: an image that an editor sends is served at its address, also after the next start, from beside the database or
// from where --media says.
func TestUploads(t *testing.T) {
	for name, tt := range map[string]struct {
		folder string
		args   []string
	}{
		"beside the database": {"data #1/uploads", nil},
		"elsewhere":           {"pictures", []string{"--media", "file:pictures"}},
	} {
		t.Run(name, func(t *testing.T) {
			inFolder(t, nil)
			if err := os.Mkdir("data #1", 0o755); err != nil {
				t.Fatal(err)
			}
			db := filepath.Join("data #1", "site.db")
			args := append([]string{"--db", db}, tt.args...)
			p := serve(t, args...)
			key := strings.TrimSpace(dateline(t, "key", "create", "--db", db, "--name", "Ada", "--scope", "CONTENT_EDIT").out)
			file, form, contentType := uploadForm(t)
			r, err := http.NewRequest(http.MethodPost, p.url+"/graphql", form)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", contentType)
			r.Header.Set("Authorization", "Bearer "+key)
			var answer struct {
				Data struct {
					UploadImage struct {
						Image struct {
							URL           string
							Width, Height int
							AltText       string
						}
					}
				}
			}
			text := fetch(t, r)
			if err := json.Unmarshal([]byte(text), &answer); err != nil {
				t.Fatal(err)
			}
			made := answer.Data.UploadImage.Image
			path, ok := strings.CutPrefix(made.URL, "http://localhost:8080/media/uploads/")
			if !ok || made.Width != 5 || made.Height != 2 || made.AltText != "Five by two" {
				t.Fatalf("got %s", text)
			}
			p.stop()
			p = serve(t, args...)
			get, err := http.NewRequest(http.MethodGet, p.url+"/media/uploads/"+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := fetch(t, get); got != file {
				t.Errorf("readers get %q, want %q", got, file)
			}
			p.stop()
			if files := filesIn(t, tt.folder); len(files) != 1 || filepath.Base(files[0]) != path {
				t.Errorf("%s holds %v, want %s", tt.folder, files, path)
			}
		})
	}
}

// fetch is the body of an answer with status 200.
func fetch(t *testing.T, r *http.Request) string {
	t.Helper()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s %s (%v)", r.Method, r.URL, response.Status, body, err)
	}
	return string(body)
}

func filesIn(t *testing.T, folder string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestMediaPlaceIsChecked: a server that could not keep an upload does not start.
func TestMediaPlaceIsChecked(t *testing.T) {
	inFolder(t, map[string]string{"uploads": "a file"})
	for _, args := range [][]string{nil, {"--media", "file:uploads"}, {"--media", "file:uploads/below"}, {"--media", "ftp://files.example"}, {"--media", "s3://"}} {
		r := dateline(t, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...)
		if r.code != 1 || !strings.HasPrefix(r.err, "dateline: --media: ") {
			t.Errorf("%v: %+v", args, r)
		}
	}
}
