package media

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// AVIF (https://aomediacodec.github.io/av1-avif/) is a box of boxes (ISO/IEC 14496-12 and 23008-12).

func isAVIF(data []byte) bool {
	kind, brands, _, err := nextBox(data)
	if err != nil || kind != "ftyp" {
		return false
	}
	for ; len(brands) >= 4; brands = brands[4:] {
		if b := string(brands[:4]); b == "avif" || b == "avis" {
			return true
		}
	}
	return false
}

// readAVIF takes the size from the largest ispe box: the others are those of tiles, thumbnails and transparency.
func readAVIF(data []byte) (*picture, error) {
	if _, err := box(data, "mdat"); err != nil { // where the picture itself is
		return nil, err
	}
	meta, err := box(data, "meta")
	if err != nil {
		return nil, err
	}
	properties, err := box(meta[min(4, len(meta)):], "iprp") // after version and flags
	if err != nil {
		return nil, err
	}
	if properties, err = box(properties, "ipco"); err != nil {
		return nil, err
	}
	var w, h uint32
	isTurned := false
	for len(properties) > 0 {
		kind, content, rest, err := nextBox(properties)
		if err != nil {
			return nil, err
		}
		switch {
		case kind == "ispe" && len(content) >= 12:
			if x, y := binary.BigEndian.Uint32(content[4:]), binary.BigEndian.Uint32(content[8:]); uint64(x)*uint64(y) > uint64(w)*uint64(h) {
				w, h = x, y
			}
		case kind == "irot" && len(content) > 0:
			isTurned = content[0]&1 == 1
		}
		properties = rest
	}
	if w == 0 {
		return nil, errors.New("it does not say how large it is")
	}
	if isTurned {
		w, h = h, w
	}
	return &picture{data: data, width: int(w), height: int(h)}, nil
}

// box is the content of the first box of a kind. It looks at the boxes beside it too, to see that none is cut off.
func box(data []byte, kind string) (found []byte, err error) {
	for len(data) > 0 {
		k, content, rest, err := nextBox(data)
		if err != nil {
			return nil, err
		}
		if k == kind && found == nil {
			found = content
		}
		data = rest
	}
	if found == nil {
		err = fmt.Errorf("it has no %s box", kind)
	}
	return found, err
}

func nextBox(data []byte) (kind string, content, rest []byte, err error) {
	if len(data) < 8 {
		return "", nil, nil, errCutOff
	}
	size, head := uint64(binary.BigEndian.Uint32(data)), uint64(8)
	switch {
	case size == 0: // up to the end
		size = uint64(len(data))
	case size == 1 && len(data) >= 16:
		size, head = binary.BigEndian.Uint64(data[8:]), 16
	}
	if size < head {
		return "", nil, nil, errors.New("a box has an impossible length")
	}
	if size > uint64(len(data)) {
		return "", nil, nil, errCutOff
	}
	return string(data[4:8]), data[head:size], data[size:], nil
}
