package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"slices"
	"strings"

	"golang.org/x/image/webp"
)

var errCutOff = errors.New("it ends before the image does; send it again")

// measured completes a picture with its size.
func measured(data []byte, decode func(io.Reader) (image.Config, error), orientation int, removed bool) (*picture, error) {
	c, err := decode(bytes.NewReader(data))
	if err == nil && (c.Width <= 0 || c.Height <= 0) {
		err = errors.New("it has no width or no height")
	}
	if err != nil {
		return nil, err
	}
	p := &picture{data: data, width: c.Width, height: c.Height}
	if turned(orientation) {
		p.width, p.height = c.Height, c.Width
	}
	if removed {
		p.removed = []string{cameraData}
	}
	return p, nil
}

// isMore says whether there is something after the end of the image but padding.
func isMore(after []byte) bool { return len(bytes.Trim(after, "\x00\r\n ")) > 0 }

// JPEG (ITU-T T.81, annex B; what the APPn markers hold is others' custom)

const (
	markerSOI   = 0xd8
	markerEOI   = 0xd9
	markerSOS   = 0xda
	markerAPP0  = 0xe0 // JFIF
	markerAPP1  = 0xe1 // Exif, XMP
	markerAPP2  = 0xe2 // colour profile
	markerAPP13 = 0xed // Photoshop's, with IPTC
	markerAPP14 = 0xee // Adobe's colour transform, needed for decoding
	markerAPP15 = 0xef
	markerCOM   = 0xfe
)

// readJPEG copies the file segment by segment without those of cameras and programs, up to the end of the image. The rest of
// the file, where some cameras put more pictures, is left out.
func readJPEG(data []byte) (*picture, error) {
	out, rest := append(make([]byte, 0, len(data)), 0xff, markerSOI), data[2:]
	turn, removed := 0, false
	for {
		marker, segment, after, err := nextSegment(rest)
		if err != nil {
			return nil, err
		}
		if marker == markerEOI {
			out = append(out, 0xff, markerEOI)
			return measured(out, jpeg.DecodeConfig, turn, removed || isMore(after))
		}
		if kept := keptSegment(marker, segment); kept != nil {
			out = append(out, kept...)
			removed = removed || len(kept) < len(segment)
		} else {
			removed = true
		}
		if tiff, ok := bytes.CutPrefix(payload(segment), []byte("Exif\x00\x00")); ok && marker == markerAPP1 && turn == 0 {
			if turn = orientation(tiff); turn != 1 {
				out = appendSegment(out, markerAPP1, append([]byte("Exif\x00\x00"), exif(turn)...))
			}
		}
		rest = after
		if marker == markerSOS {
			n := scanLength(rest)
			out, rest = append(out, rest[:n]...), rest[n:]
		}
	}
}

// nextSegment cuts the first marker with its parameters from data. A segment begins with 0xff.
func nextSegment(data []byte) (marker byte, segment, rest []byte, err error) {
	if len(data) < 2 {
		return 0, nil, nil, errCutOff
	}
	if data[0] != 0xff {
		return 0, nil, nil, errors.New("something else stands where a marker should")
	}
	for len(data) > 2 && data[1] == 0xff { // fill bytes
		data = data[1:]
	}
	marker = data[1]
	if marker == markerEOI || marker == 0x01 || marker >= 0xd0 && marker <= 0xd7 {
		return marker, data[:2], data[2:], nil
	}
	if len(data) < 4 {
		return 0, nil, nil, errCutOff
	}
	n := 2 + int(binary.BigEndian.Uint16(data[2:]))
	if n < 4 {
		return 0, nil, nil, errors.New("a marker has an impossible length")
	}
	if len(data) < n {
		return 0, nil, nil, errCutOff
	}
	return marker, data[:n], data[n:], nil
}

// payload is what follows marker and length.
func payload(segment []byte) []byte { return segment[min(4, len(segment)):] }

func appendSegment(out []byte, marker byte, payload []byte) []byte {
	out = append(out, 0xff, marker)
	out = binary.BigEndian.AppendUint16(out, uint16(len(payload)+2))
	return append(out, payload...)
}

// keptSegment is what stays of a segment; nil when nothing does.
func keptSegment(marker byte, segment []byte) []byte {
	switch {
	case marker == markerAPP2 && bytes.HasPrefix(payload(segment), []byte("ICC_PROFILE\x00")):
		return segment
	case marker == markerAPP13:
		return iptc(segment)
	case marker == markerAPP0 || marker == markerAPP14:
		return segment
	case marker >= markerAPP0 && marker <= markerAPP15 || marker == markerCOM:
		return nil
	}
	return segment
}

// iptc is a Photoshop segment with its IPTC resource alone; others can hold Exif data and small pictures (Adobe Photoshop File
// Formats Specification, Image Resource Blocks).
func iptc(segment []byte) []byte {
	const signature, block, iptcID = "Photoshop 3.0\x00", "8BIM", 0x0404
	rest, ok := bytes.CutPrefix(payload(segment), []byte(signature))
	for ok && len(rest) >= 12 && string(rest[:4]) == block {
		named := 6 + even(1+int(rest[6]))
		if len(rest) < named+4 {
			return nil
		}
		size := int64(binary.BigEndian.Uint32(rest[named:]))
		end := int64(named) + 4 + size
		if end > int64(len(rest)) {
			return nil
		}
		if binary.BigEndian.Uint16(rest[4:]) == iptcID {
			if end += end & 1; end > int64(len(rest)) {
				end--
			}
			return appendSegment(nil, markerAPP13, append([]byte(signature), rest[:end]...))
		}
		rest = rest[min(end+end&1, int64(len(rest))):]
	}
	return nil
}

func even(n int) int { return n + n&1 }

// scanLength is the length of the compressed data before the next marker.
func scanLength(data []byte) int {
	for at := 0; ; {
		i := bytes.IndexByte(data[at:], 0xff)
		if i < 0 || at+i+1 >= len(data) {
			return len(data)
		}
		at += i
		next := data[at+1]
		if next != 0 && next != 0xff && (next < 0xd0 || next > 0xd7) { // neither stuffing, fill nor restart
			return at
		}
		at++
	}
}

// PNG (https://www.w3.org/TR/png-3/)

const pngSignature = "\x89PNG\r\n\x1a\n"

func readPNG(data []byte) (*picture, error) {
	out, rest := append(make([]byte, 0, len(data)), pngSignature...), data[len(pngSignature):]
	turn, removed := 0, false
	for {
		if len(rest) < 12 {
			return nil, errCutOff
		}
		n := int64(binary.BigEndian.Uint32(rest)) + 12
		if n > int64(len(rest)) {
			return nil, errCutOff
		}
		chunk, kind, content := rest[:n], string(rest[4:8]), rest[8:n-4]
		rest = rest[n:]
		switch {
		case kind == "eXIf" && turn == 0:
			if turn = orientation(content); turn != 1 {
				out = appendChunk(out, "eXIf", exif(turn))
			}
			removed = true
		case kind == "eXIf" || isProfileText(kind, content):
			removed = true
		default:
			out = append(out, chunk...)
		}
		if kind == "IEND" {
			return measured(out, png.DecodeConfig, turn, removed || isMore(rest))
		}
	}
}

func appendChunk(out []byte, kind string, content []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(content)))
	sum := crc32.NewIEEE()
	io.WriteString(sum, kind)
	sum.Write(content)
	out = append(append(out, kind...), content...)
	return binary.BigEndian.AppendUint32(out, sum.Sum32())
}

// isProfileText says whether a text chunk holds XMP, or Exif data as ImageMagick writes them.
func isProfileText(kind string, content []byte) bool {
	keyword, _, _ := bytes.Cut(content, []byte{0})
	return slices.Contains([]string{"tEXt", "zTXt", "iTXt"}, kind) &&
		(string(keyword) == "XML:com.adobe.xmp" || strings.HasPrefix(string(keyword), "Raw profile type "))
}

// GIF

func isGIF(data []byte) bool {
	return bytes.HasPrefix(data, []byte("GIF87a")) || bytes.HasPrefix(data, []byte("GIF89a"))
}

func readGIF(data []byte) (*picture, error) { return measured(data, gif.DecodeConfig, 1, false) }

// WebP (RFC 9649)

func isWebP(data []byte) bool {
	return len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP"
}

// Bits of the first byte of a VP8X chunk.
const (
	webpXMP  = 1 << 2
	webpExif = 1 << 3
)

func readWebP(data []byte) (*picture, error) {
	size := int64(binary.LittleEndian.Uint32(data[4:])) + 8
	if size > int64(len(data)) {
		return nil, errCutOff
	}
	out, rest := append(make([]byte, 0, len(data)), data[:12]...), data[12:max(size, 12)]
	turn, removed, flags := 1, isMore(data[size:]), -1
	for len(rest) > 0 {
		if len(rest) < 8 {
			return nil, errCutOff
		}
		kind, n := string(rest[:4]), int64(binary.LittleEndian.Uint32(rest[4:]))+8
		if n > int64(len(rest)) {
			return nil, errCutOff
		}
		chunk := rest[:n]
		switch rest = rest[min(n+n&1, int64(len(rest))):]; kind {
		case "EXIF":
			turn, removed = orientation(bytes.TrimPrefix(chunk[8:], []byte("Exif\x00\x00"))), true
		case "XMP ":
			removed = true
		case "VP8X":
			flags = len(out) + 8
			fallthrough
		default:
			if out = append(out, chunk...); n&1 == 1 {
				out = append(out, 0)
			}
		}
	}
	if flags >= 0 && flags < len(out) {
		out[flags] &^= webpXMP | webpExif
		if turn != 1 {
			out[flags] |= webpExif
			tiff := exif(turn)
			out = append(binary.LittleEndian.AppendUint32(append(out, "EXIF"...), uint32(len(tiff))), tiff...)
		}
	} else {
		turn = 1 // without VP8X nobody looks for Exif
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return measured(out, webp.DecodeConfig, turn, removed)
}
