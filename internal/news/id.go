package news

import (
	"crypto/rand"
	"encoding/binary"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ID identifies anything in Dateline. It holds 41 bits of milliseconds since 2020, 6 bits of kind and 16 bits of a
// sequence, so ids sort by time. Its text form is opaque to callers: a prefix for the kind and 13 characters of
// Crockford's base 32 (https://www.crockford.com/base32.html), lower case.
type ID int64

// IDKind says what an id identifies; the number is part of stored ids and never changes.
type IDKind uint8

// The kinds of things that have ids.
const (
	KindSite IDKind = 1 + iota
	KindArticle
	KindPage
	KindHistoricalEvent
	KindCategory
	KindTopic
	KindAuthor
	KindImage
	KindRedirect // old addresses; never shown
	KindDateClaim
	KindAPIKey
	KindRelatedLists // the lists of related nodes as a whole, in the journal only; never shown
)

var prefixes = [...]string{
	KindSite: "site", KindArticle: "art", KindPage: "page", KindHistoricalEvent: "evt",
	KindCategory: "cat", KindTopic: "top", KindAuthor: "aut", KindImage: "img", KindRedirect: "red", KindDateClaim: "clm",
	KindAPIKey: "key", KindRelatedLists: "rel",
}

const (
	sequenceBits = 16
	kindBits     = 6
	crockford    = "0123456789abcdefghjkmnpqrstvwxyz"
)

var idEpoch = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// Kind is what the id identifies; a number without a name for an id that this program did not make.
func (id ID) Kind() IDKind { return IDKind(id >> sequenceBits & (1<<kindBits - 1)) }

// Known says whether ids of this kind have a name.
func (k IDKind) Known() bool { return k > 0 && int(k) < len(prefixes) }

func (id ID) String() string {
	b := make([]byte, 0, 20)
	if k := id.Kind(); k.Known() {
		b = append(b, prefixes[k]...)
	}
	b = append(b, '_')
	for shift := 60; shift >= 0; shift -= 5 {
		b = append(b, crockford[id>>shift&31])
	}
	return string(b)
}

// ParseID reads the text form. The error is the same for every malformed id.
func ParseID(s string) (ID, error) {
	prefix, digits, _ := strings.Cut(s, "_")
	var id uint64
	ok := len(digits) == 13
	for i := 0; ok && i < len(digits); i++ {
		n := strings.IndexByte(crockford, digits[i])
		ok = n >= 0 && id < 1<<58
		id = id<<5 | uint64(n)
	}
	if ok = ok && id < 1<<63; ok {
		k := ID(id).Kind()
		ok = k.Known() && prefixes[k] == prefix
	}
	if !ok {
		return 0, Invalidf("%q is not an id of this site; use an id exactly as it was returned", s)
	}
	return ID(id), nil
}

// MarshalGQL writes the text form as a JSON string.
func (id ID) MarshalGQL(w io.Writer) { io.WriteString(w, strconv.Quote(id.String())) }

// UnmarshalGQL reads what MarshalGQL writes.
func (id *ID) UnmarshalGQL(v any) error { return unmarshalText(v, "ID", id, ParseID) }

// MarshalText makes the JSON form of an id the same as its GraphQL form.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (id *ID) UnmarshalText(b []byte) (err error) { *id, err = ParseID(string(b)); return err }

// IDs makes new ids. It is safe for concurrent use.
type IDs struct {
	mu     sync.Mutex
	millis int64 // of the last id
	next   int64 // sequence of the next id in that millisecond
}

// ContinueAfter makes every later id greater than last, so that a clock that was set back repeats no id.
func (g *IDs) ContinueAfter(last ID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if millis := int64(last) >> (kindBits + sequenceBits); millis >= g.millis {
		g.millis, g.next = millis+1, firstSequence()
	}
}

// New is a fresh id, greater than all of its kind before it, and than all of earlier milliseconds. The sequence starts at a
// random value in each millisecond, so two processes rarely make the same id; when it is used up, the id borrows the next
// millisecond.
func (g *IDs) New(kind IDKind, now time.Time) ID {
	g.mu.Lock()
	defer g.mu.Unlock()
	if millis := now.Sub(idEpoch).Milliseconds(); millis > g.millis {
		g.millis, g.next = millis, firstSequence()
	}
	if g.next == 1<<sequenceBits {
		g.millis, g.next = g.millis+1, 0
	}
	id := g.millis<<(kindBits+sequenceBits) | int64(kind)<<sequenceBits | g.next
	g.next++
	return ID(id)
}

// firstSequence leaves the upper half free, so that a busy millisecond rarely borrows.
func firstSequence() int64 {
	var b [2]byte
	rand.Read(b[:])
	return int64(binary.LittleEndian.Uint16(b[:]) >> 1)
}
