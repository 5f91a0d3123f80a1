package crash

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
)

// endsInBatch says whether the last thing that was written into a WAL is a part of a batch and not its end. See
// https://sqlite.org/fileformat2.html#the_write_ahead_log.
func endsInBatch(path string) (bool, error) {
	wal, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	const header, frameHeader = 32, 24
	if err != nil || len(wal) < header {
		return false, err
	}
	frame := frameHeader + int(binary.BigEndian.Uint32(wal[8:]))
	salts := string(wal[16:24])
	half := false
	for at := header; at < len(wal); at += frame {
		if len(wal)-at < frame { // a frame is written in two parts
			return true, nil
		}
		if string(wal[at+8:at+16]) != salts { // left of what was moved into the file
			return half, nil
		}
		half = binary.BigEndian.Uint32(wal[at+4:]) == 0 // else the size of the database after the batch
	}
	return half, nil
}
