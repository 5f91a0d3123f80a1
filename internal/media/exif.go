package media

import (
	"bytes"
	"encoding/binary"
)

// cameraData says in [File.Removed] what was taken out of a photograph.
const cameraData = "Exif, XMP and other data of cameras and programs, with the place where the picture was taken"

// orientationTag is how to turn a picture before it is shown, 1 to 8 (CIPA DC-008, Exif 2.32, 4.6.4 A).
const orientationTag = 0x0112

// orientation reads the tag from Exif data, which are a TIFF file; 1, as it is, when there is none.
func orientation(tiff []byte) int {
	var order binary.ByteOrder = binary.BigEndian
	if bytes.HasPrefix(tiff, []byte("II")) {
		order = binary.LittleEndian
	}
	if len(tiff) < 8 || order.Uint16(tiff[2:]) != 42 {
		return 1
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			break
		}
		if order.Uint16(entries) == orientationTag {
			if o := int(order.Uint16(entries[8:])); o >= 1 && o <= 8 {
				return o
			}
		}
		entries = entries[12:]
	}
	return 1
}

// exif is a TIFF file with the orientation and nothing else.
func exif(orientation int) []byte {
	b := []byte("MM\x00\x2a\x00\x00\x00\x08\x00\x01")
	b = binary.BigEndian.AppendUint16(b, orientationTag)
	b = append(b, 0, 3, 0, 0, 0, 1, 0, byte(orientation), 0, 0) // one SHORT
	return append(b, 0, 0, 0, 0)                                // no further directory
}

// turned says whether a picture of this orientation lies on its side.
func turned(orientation int) bool { return orientation >= 5 }
