package media_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/webp"
)

type example struct {
	name, mimeType string
	data           []byte
	width, height  int
}

// examples are one image of each format.
func examples(t testing.TB) []example {
	t.Helper()
	return []example{
		{"JPEG", "image/jpeg", jpegOf(t), 40, 30},
		{"PNG", "image/png", pngOf(t), 40, 30},
		{"GIF", "image/gif", gifOf(t), 40, 30},
		{"WebP", "image/webp", webpOf(40, 30), 40, 30},
		{"AVIF", "image/avif", avif(40, 30), 40, 30},
		{"SVG", "image/svg+xml", []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="9" height="9"></rect></svg>`), 40, 30},
	}
}

func scene() image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for x := range 40 {
		for y := range 30 {
			m.Set(x, y, color.RGBA{uint8(x * 6), uint8(y * 8), uint8(x * y), 255})
		}
	}
	return m
}

func jpegOf(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, scene(), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, scene()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gifOf(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gif.Encode(&b, scene(), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bits are written from the lowest on.
type bits struct {
	data []byte
	n    int
}

func (b *bits) put(v uint, count int) {
	for range count {
		if b.n%8 == 0 {
			b.data = append(b.data, 0)
		}
		b.data[b.n/8] |= byte(v&1) << (b.n % 8)
		v >>= 1
		b.n++
	}
}

// webpOf is an extended WebP file with a lossless picture of one colour: five prefix codes of one symbol each, and no bits
// for the pixels (RFC 9649, section 3). Further chunks are given as four letters and content.
func webpOf(width, height int, more ...string) []byte {
	var b bits
	b.put(0x2f, 8)
	b.put(uint(width-1), 14)
	b.put(uint(height-1), 14)
	b.put(0, 4)                                           // opaque, version 0
	b.put(0, 3)                                           // no transform, no colour cache, no meta prefix codes
	for _, symbol := range []uint{120, 200, 30, 255, 0} { // green, red, blue, alpha, distance
		b.put(0b101, 3) // simple, one symbol, of 8 bits
		b.put(symbol, 8)
	}
	flags := byte(0)
	for _, m := range more {
		flags |= map[string]byte{"EXIF": 1 << 3, "XMP ": 1 << 2}[m[:4]]
	}
	size := func(n int) string { return string([]byte{byte(n - 1), byte((n - 1) >> 8), byte((n - 1) >> 16)}) }
	body := "WEBP" + riffChunk("VP8X", string([]byte{flags, 0, 0, 0})+size(width)+size(height)) + riffChunk("VP8L", string(b.data))
	for _, m := range more {
		body += riffChunk(m[:4], m[4:])
	}
	return []byte("RIFF" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(body)))) + body)
}

func riffChunk(kind, content string) string {
	padding := strings.Repeat("\x00", len(content)%2)
	return kind + string(binary.LittleEndian.AppendUint32(nil, uint32(len(content)))) + content + padding
}

// avif is what stands before the coded picture, with a tile and a thumbnail beside the whole, and a short coded part.
func avif(width, height uint32, properties ...string) []byte {
	ispe := func(w, h uint32) string {
		return isoBox("ispe", string(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(make([]byte, 4), w), h)))
	}
	ipco := isoBox("ipco", ispe(8, 6)+isoBox("pixi", "\x00\x00\x00\x00\x03\x08\x08\x08")+ispe(width, height)+ispe(width/2, height)+strings.Join(properties, ""))
	meta := isoBox("meta", "\x00\x00\x00\x00"+isoBox("pitm", "\x00\x00\x00\x00\x00\x01")+isoBox("iprp", ipco))
	return []byte(isoBox("ftyp", "mif1\x00\x00\x00\x00mif1avifmiaf") + meta + isoBox("mdat", "coded"))
}

func isoBox(kind, content string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(content)+8))) + kind + content
}

// withChunkSum makes the sum of the PNG chunk at an offset right.
func withChunkSum(data []byte, at int) []byte {
	n := int(binary.BigEndian.Uint32(data[at:]))
	binary.BigEndian.PutUint32(data[at+8+n:], crc32.ChecksumIEEE(data[at+4:at+8+n]))
	return data
}

func pngChunk(kind, content string) string {
	b := append(binary.BigEndian.AppendUint32(nil, uint32(len(content))), kind+content+"\x00\x00\x00\x00"...)
	return string(withChunkSum(b, 0))
}

// camera is Exif data as a camera writes it: the orientation, its name, and where it was.
func camera(order binary.AppendByteOrder, orientation uint16) string {
	start := "MM\x00\x2a"
	if order.String() == binary.LittleEndian.String() {
		start = "II\x2a\x00"
	}
	b := order.AppendUint32([]byte(start), 8)
	b = order.AppendUint16(b, 3)
	entry := func(tag, kind uint16, count uint32, value []byte) {
		b = order.AppendUint16(order.AppendUint16(b, tag), kind)
		b = append(order.AppendUint32(b, count), value...)
	}
	entry(0x0110, 2, 4, []byte("Cam\x00"))
	entry(0x0112, 3, 1, append(order.AppendUint16(nil, orientation), 0, 0))
	entry(0x8825, 4, 1, order.AppendUint32(nil, 50))
	b = append(b, 0, 0, 0, 0)
	return string(b) + "51.5007N 0.1246W Big Ben, camera no. 4711"
}

func jpegSegment(marker byte, content string) string {
	return "\xff" + string([]byte{marker}) + string(binary.BigEndian.AppendUint16(nil, uint16(len(content)+2))) + content
}

// irb is a block of Photoshop's.
func irb(id uint16, content string) string {
	return "8BIM" + string(binary.BigEndian.AppendUint16(nil, id)) + "\x00\x00" + string(binary.BigEndian.AppendUint32(nil, uint32(len(content)))) + content +
		strings.Repeat("\x00", len(content)%2)
}

// photographs are images with what cameras and editors put into them. The word camera or Big Ben marks what must go.
func photographs(t testing.TB, order binary.AppendByteOrder, orientation uint16) map[string][]byte {
	t.Helper()
	plain, picture := string(jpegOf(t)), string(pngOf(t))
	tiff, xmp := camera(order, orientation), "<x:xmpmeta>exif:GPSLatitude Big Ben</x:xmpmeta>"
	return map[string][]byte{
		"JPEG": []byte(plain[:2] + jpegSegment(0xe0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00") +
			"\xff" + jpegSegment(0xe1, "Exif\x00\x00"+tiff) + jpegSegment(0xe1, "http://ns.adobe.com/xap/1.0/\x00"+xmp) +
			jpegSegment(0xe2, "ICC_PROFILE\x00\x01\x01the colours") + jpegSegment(0xe2, "MPF\x00camera's other pictures") +
			jpegSegment(0xed, "Photoshop 3.0\x00"+irb(0x0422, tiff)+irb(0x0404, "credit: Ada")+irb(0x040c, "camera thumbnail")) +
			jpegSegment(0xe4, "camera") + jpegSegment(0xfe, "by camera no. 4711") + plain[2:] + "camera's second picture"),
		"PNG": []byte(picture[:33] + pngChunk("iCCP", "p\x00\x00the colours") + pngChunk("tEXt", "Author\x00credit: Ada") + pngChunk("eXIf", tiff) +
			pngChunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+xmp) + pngChunk("zTXt", "Raw profile type APP1\x00\x00camera") + picture[33:] + "camera"),
		"WebP": append(webpOf(40, 30, "ICCPthe colours", "KEEPcredit: Ada", "EXIF"+tiff, "XMP "+xmp), "camera"...),
	}
}

var decoders = map[string]func(data []byte) (image.Image, error){
	"JPEG": func(b []byte) (image.Image, error) { return jpeg.Decode(bytes.NewReader(b)) },
	"PNG":  func(b []byte) (image.Image, error) { return png.Decode(bytes.NewReader(b)) },
	"WebP": func(b []byte) (image.Image, error) { return webp.Decode(bytes.NewReader(b)) },
}

// TestPhotographs: the place and the camera go, the picture, its colours, its credit and the way it is turned stay.
func TestPhotographs(t *testing.T) {
	s := open(t, "file://"+filepath.ToSlash(t.TempDir()))
	for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
		for orientation := range uint16(10) {
			for format, data := range photographs(t, order, orientation) {
				what := fmt.Sprintf("%s, %s, orientation %d", format, order, orientation)
				f := save(t, s, data)
				r, _ := get(s, "GET", string(f.Path))
				kept := body(t, r)
				for _, secret := range []string{"amera", "Big Ben", "4711", "GPS", "Cam\x00"} {
					if strings.Contains(kept, secret) {
						t.Errorf("%s: %q is still there", what, secret)
					}
				}
				for _, wanted := range []string{"the colours", "credit: Ada"} {
					if !strings.Contains(kept, wanted) {
						t.Errorf("%s: %q is gone", what, wanted)
					}
				}
				if len(f.Removed) != 1 || !strings.Contains(f.Removed[0], "place where the picture was taken") {
					t.Errorf("%s: removed %q", what, f.Removed)
				}
				w, h := 40, 30
				turned := "\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string([]byte{byte(orientation)})
				if orientation >= 5 && orientation <= 8 {
					w, h = h, w
				}
				if f.Width != w || f.Height != h {
					t.Errorf("%s: %d × %d", what, f.Width, f.Height)
				}
				if has := strings.Contains(kept, turned); has != (orientation >= 2 && orientation <= 8) {
					t.Errorf("%s: the orientation is there: %v", what, has)
				}
				samePicture(t, what, decoders[format], data, []byte(kept))
				again := save(t, s, []byte(kept))
				if again.Width != w || again.Height != h || again.Path != f.Path && orientation < 2 {
					t.Errorf("%s: the stored file comes back as %+v, was %+v", what, again, f)
				}
			}
		}
	}
}

func samePicture(t *testing.T, what string, decode func([]byte) (image.Image, error), a, b []byte) {
	t.Helper()
	before, err := decode(a)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	after, err := decode(b)
	if err != nil {
		t.Fatalf("%s, as it was stored: %v", what, err)
	}
	if before.Bounds() != after.Bounds() {
		t.Fatalf("%s: %v became %v", what, before.Bounds(), after.Bounds())
	}
	for x := range before.Bounds().Dx() {
		for y := range before.Bounds().Dy() {
			if before.At(x, y) != after.At(x, y) {
				t.Fatalf("%s: another colour at %d, %d", what, x, y)
			}
		}
	}
}

// TestPlainImagesStay: what has nothing to remove is stored byte for byte.
func TestPlainImagesStay(t *testing.T) {
	s := open(t, "file://"+filepath.ToSlash(t.TempDir()))
	for _, e := range examples(t) {
		if e.name == "SVG" {
			continue
		}
		f := save(t, s, e.data)
		r, _ := get(s, "GET", string(f.Path))
		if kept := body(t, r); kept != string(e.data) || f.Removed != nil {
			t.Errorf("%s: %d bytes became %d, removed %q", e.name, len(e.data), len(kept), f.Removed)
		}
	}
}

func TestTurnedAVIF(t *testing.T) {
	s := open(t, "file://"+filepath.ToSlash(t.TempDir()))
	for turn, want := range map[string][2]int{"\x00": {40, 30}, "\x01": {30, 40}, "\x02": {40, 30}, "\x03": {30, 40}} {
		if f := save(t, s, avif(40, 30, isoBox("irot", turn))); f.Width != want[0] || f.Height != want[1] {
			t.Errorf("irot %q: %d × %d, want %v", turn, f.Width, f.Height, want)
		}
	}
}

// FuzzSave: nothing that is sent breaks the store, and what is stored can be stored again and tells the same.
func FuzzSave(f *testing.F) {
	for _, e := range examples(f) {
		f.Add(e.data)
	}
	for _, data := range photographs(f, binary.LittleEndian, 6) {
		f.Add(data)
	}
	f.Add([]byte("\x00\x00\x00\x00ftypavif0000avif" + isoBox("meta", "")))
	f.Add([]byte("\x00\x00\x00\x04ftypavif0000avif"))
	s := open(f, "file://"+filepath.ToSlash(f.TempDir()))
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := s.Save(context.Background(), bytes.NewReader(data))
		if err != nil {
			return
		}
		r, _ := get(s, "GET", string(first.Path))
		kept := body(t, r)
		second, err := s.Save(context.Background(), strings.NewReader(kept))
		if err != nil || second.Width != first.Width || second.Height != first.Height || second.MimeType != first.MimeType {
			t.Errorf("%+v comes back as %+v %v", first, second, err)
		}
	})
}
