// Package media keeps uploaded images in a directory or in an S3-compatible store and serves them. A file's name is the
// SHA-256 of its bytes, so a file never changes under its address and an upload may be repeated.
package media

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/dateline-cms/dateline/internal/news"
)

// Prefix is the path below which [Store.Handler] answers.
const Prefix = "/media/uploads/"

// MaxBytes bounds an upload.
const MaxBytes = 32 << 20

// MaxPixels bounds an image, so that nobody's browser has to unpack more: more than the largest cameras make.
const MaxPixels = 1 << 27

// Store keeps uploaded files. It is safe for concurrent use.
type Store struct{ files place }

// A place is where files are: a [directory] or a [bucket].
type place interface {
	// check says whether the place can be used.
	check(ctx context.Context) error
	// put stores a file that may be there already; when it returns, the file outlives a crash.
	put(ctx context.Context, name, mimeType string, data []byte) error
	// open opens a file of a name that [nameOf] could have made; a file that is not there is [fs.ErrNotExist].
	open(ctx context.Context, name string) (io.ReadSeekCloser, error)
}

// Open makes a store from a setting: file:///var/dateline/media for a directory, which is made where it is missing, or
// s3://bucket/prefix?endpoint=https://objects.example&region=eu-central-1 for a bucket. Without endpoint the bucket is one of
// AWS. Its credentials are AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for temporary ones, AWS_SESSION_TOKEN in the
// environment. Nothing is asked of the bucket yet; see [Store.Check].
func Open(setting string) (*Store, error) {
	u, err := url.Parse(setting)
	if err != nil {
		return nil, fmt.Errorf("the media setting is not an address; write it as file:///var/dateline/media or s3://bucket/prefix?region=eu-central-1")
	}
	if u.User != nil {
		return nil, fmt.Errorf("the media setting holds a name or password; put credentials into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment")
	}
	var files place
	switch u.Scheme {
	case "file":
		files, err = openDirectory(u)
	case "s3":
		files, err = openBucket(u)
	default:
		err = fmt.Errorf("the media setting %q begins with neither file: nor s3:; write it as file:///var/dateline/media or s3://bucket/prefix?region=eu-central-1", setting)
	}
	if err != nil {
		return nil, err
	}
	return &Store{files}, nil
}

// Check says whether files can be stored, as far as that can be told without storing one.
func (s *Store) Check(ctx context.Context) error { return s.files.check(ctx) }

// File is a stored image.
type File struct {
	Path     news.Path // on this site
	MimeType string
	Size     int      // bytes, as stored
	Width    int      // pixels, as it is shown; 0 when an SVG does not say
	Height   int      // likewise
	Removed  []string // what was left out of the file that was sent, for the editor to know, such as "the script elements"
}

// Save stores an image. Its type is told from its bytes: JPEG, PNG, GIF, WebP, AVIF or SVG. Exif and XMP data, which tell
// where and with which camera a picture was taken, are removed from JPEG, PNG and WebP files without touching the picture; IPTC
// data (caption, credit, copyright), the colour profile and the orientation stay. GIF and AVIF files are kept as they came. An SVG
// keeps only what draws. A file that is too large or no image is an Invalid or Limited error; nothing is stored then.
func (s *Store) Save(ctx context.Context, r io.Reader) (*File, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading an upload: %w", err)
	}
	if len(data) > MaxBytes {
		return nil, &news.Error{Kind: news.Limited, Message: fmt.Sprintf("the file has more than %d MB; make it smaller", MaxBytes>>20)}
	}
	p, err := inspect(data)
	if err != nil {
		return nil, err
	}
	if uint64(p.width)*uint64(p.height) > MaxPixels {
		return nil, &news.Error{Kind: news.Limited, Message: fmt.Sprintf("the image has %d × %d pixels; make it smaller than %d million in all", p.width, p.height, MaxPixels/1_000_000)}
	}
	name := nameOf(p)
	if err := s.files.put(ctx, name, p.format.mimeType, p.data); err != nil {
		return nil, fmt.Errorf("storing the upload %s: %w", name, err)
	}
	return &File{Path: news.Path(Prefix + name), MimeType: p.format.mimeType, Size: len(p.data), Width: p.width, Height: p.height, Removed: p.removed}, nil
}

func nameOf(p *picture) string {
	sum := sha256.Sum256(p.data)
	return hex.EncodeToString(sum[:]) + p.format.extension
}

var namePattern = regexp.MustCompile(`^[0-9a-f]{64}(\.[a-z]+)$`)

// formatOf is the format that a name stands for; nil when the name is none of ours.
func formatOf(name string) *format {
	m := namePattern.FindStringSubmatch(name)
	if m == nil {
		return nil
	}
	for _, f := range formats {
		if f.extension == m[1] {
			return f
		}
	}
	return nil
}

// key is where a file is in a place. Folders keep directories short.
func key(name string) string { return name[:2] + "/" + name }

// A picture is a checked upload.
type picture struct {
	format        *format
	data          []byte
	width, height int
	removed       []string
}

// A format is a type of image that can be stored.
type format struct {
	mimeType, extension string
	detect              func(data []byte) bool
	read                func(data []byte) (*picture, error) // all but the format
}

var formats = []*format{
	{"image/jpeg", ".jpg", prefixed("\xff\xd8\xff"), readJPEG},
	{"image/png", ".png", prefixed(pngSignature), readPNG},
	{"image/gif", ".gif", isGIF, readGIF},
	{"image/webp", ".webp", isWebP, readWebP},
	{"image/avif", ".avif", isAVIF, readAVIF},
	{"image/svg+xml", ".svg", isSVG, readSVG},
}

func prefixed(p string) func([]byte) bool {
	return func(data []byte) bool { return bytes.HasPrefix(data, []byte(p)) }
}

// inspect tells the format and reads what is to be known of the picture.
func inspect(data []byte) (*picture, error) {
	if len(data) == 0 {
		return nil, news.Invalidf("the file is empty; choose another one")
	}
	for _, f := range formats {
		if !f.detect(data) {
			continue
		}
		p, err := f.read(data)
		if err != nil {
			name := strings.TrimPrefix(strings.ToUpper(f.extension), ".")
			return nil, news.Invalidf("the %s file is damaged or cannot be used: %v", name, err)
		}
		p.format = f
		return p, nil
	}
	return nil, news.Invalidf("the file is no image of a known type (%s); save it as JPEG, PNG, GIF, WebP, AVIF or SVG", http.DetectContentType(data))
}
