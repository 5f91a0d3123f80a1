package media_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	accessKey = "AKIDATELINE"
	secretKey = "a secret of the tests"
)

// objects is an S3-compatible store with one bucket. It refuses what is not signed rightly.
type objects struct {
	*httptest.Server
	mu     sync.Mutex
	files  map[string][]byte // by bucket and key
	types  map[string]string
	broken bool
	puts   int
}

func newObjects(t *testing.T) *objects {
	o := &objects{files: map[string][]byte{}, types: map[string]string{}}
	o.Server = httptest.NewServer(http.HandlerFunc(o.serve))
	t.Cleanup(o.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", accessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", secretKey)
	t.Setenv("AWS_SESSION_TOKEN", "")
	return o
}

func (o *objects) serve(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	name := strings.TrimPrefix(r.URL.Path, "/")
	switch data, ok := o.files[name]; {
	case err != nil || o.broken:
		http.Error(w, "out of order", http.StatusInternalServerError)
	case signature(r, body) != nil:
		http.Error(w, signature(r, body).Error(), http.StatusForbidden)
	case name == "pictures" && r.Method == http.MethodHead:
	case !strings.HasPrefix(name, "pictures/"):
		http.Error(w, "no such bucket", http.StatusNotFound)
	case r.Method == http.MethodPut:
		o.files[name], o.types[name] = body, r.Header.Get("Content-Type")
		o.puts++
	case !ok:
		http.Error(w, "no such key", http.StatusNotFound)
	default:
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	}
}

// signature checks a request's signature, version 4, as AWS describes it ("Create a signed AWS API request").
func signature(r *http.Request, body []byte) error {
	scheme, fields, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	part := map[string]string{}
	for field := range strings.SplitSeq(fields, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		part[name] = value
	}
	scope := strings.Split(part["Credential"], "/")
	if scheme != "AWS4-HMAC-SHA256" || len(scope) != 5 || scope[0] != accessKey || scope[3] != "s3" {
		return fmt.Errorf("the request is not signed")
	}
	if sum := sha256.Sum256(body); r.Header.Get("X-Amz-Content-Sha256") != hex.EncodeToString(sum[:]) {
		return fmt.Errorf("the body is not what was signed")
	}
	signed := strings.Split(part["SignedHeaders"], ";")
	if !slices.Contains(signed, "host") || !slices.Contains(signed, "x-amz-content-sha256") {
		return fmt.Errorf("host or body are not signed")
	}
	var headers strings.Builder
	for _, name := range signed {
		value := r.Header.Get(name)
		switch name {
		case "host":
			value = r.Host
		case "content-length":
			value = fmt.Sprint(r.ContentLength)
		}
		fmt.Fprintf(&headers, "%s:%s\n", name, strings.TrimSpace(value))
	}
	canonical := strings.Join([]string{r.Method, r.URL.EscapedPath(), r.URL.Query().Encode(), headers.String(), part["SignedHeaders"], r.Header.Get("X-Amz-Content-Sha256")}, "\n")
	sum := sha256.Sum256([]byte(canonical))
	text := strings.Join([]string{scheme, r.Header.Get("X-Amz-Date"), strings.Join(scope[1:], "/"), hex.EncodeToString(sum[:])}, "\n")
	key := []byte("AWS4" + secretKey)
	for _, step := range append(scope[1:], text) {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(step))
		key = mac.Sum(nil)
	}
	if hex.EncodeToString(key) != part["Signature"] {
		return fmt.Errorf("the signature is wrong")
	}
	return nil
}
