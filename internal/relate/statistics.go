package relate

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/dateline-cms/dateline/internal/news"
)

// Algorithm is the number of the way in which likeness is reckoned, weights included. Scores of different numbers do not
// compare; whoever changes the one raises the other.
const Algorithm = 1

// Statistics say how rare each feature is among the documents of each language, as counted at one time. They are part of the
// ranking: the same documents and the same statistics give the same lists, in whatever order the documents came. They are
// safe for concurrent use.
type Statistics struct {
	Number  int // in the order in which they were taken
	locales map[news.Locale]*census
}

// A census is of the documents of one language.
type census struct {
	documents uint64
	words     uint64
	counts    map[key]uint32 // documents with the feature; those of one document alone are left out of a finished census
}

// A Count makes statistics.
type Count struct{ locales map[news.Locale]*census }

// Add counts a document, in any order, each once.
func (c *Count) Add(d *Document) {
	if c.locales == nil {
		c.locales = map[news.Locale]*census{}
	}
	l := c.locales[d.Locale]
	if l == nil {
		l = &census{counts: map[key]uint32{}}
		c.locales[d.Locale] = l
	}
	t := countTerms(d)
	l.documents++
	l.words += uint64(t.length)
	for k := range t.counts {
		l.counts[k]++
	}
	for _, ids := range [][]news.ID{d.Authors, d.Topics, d.Categories, d.Events} {
		for _, id := range distinct(ids) {
			l.counts[key(id)]++
		}
	}
}

// Statistics are those of the documents so far; the number is the caller's, one above the last.
func (c *Count) Statistics(number int) *Statistics {
	s := &Statistics{Number: number, locales: map[news.Locale]*census{}}
	for locale, l := range c.locales {
		kept := &census{documents: l.documents, words: l.words, counts: map[key]uint32{}}
		for k, n := range l.counts {
			if n > 1 {
				kept.counts[k] = n
			}
		}
		s.locales[locale] = kept
	}
	return s
}

// Version names the ranking: scores of one version compare.
func (s *Statistics) Version() string { return fmt.Sprintf("%d.%d", Algorithm, s.Number) }

// Stale says whether fresh statistics are due: a language has a quarter more or less documents than when they were taken.
func (s *Statistics) Stale(documents map[news.Locale]int) bool {
	for locale, n := range documents {
		if s.isFar(locale, n) {
			return true
		}
	}
	for locale := range s.locales {
		if s.isFar(locale, documents[locale]) {
			return true
		}
	}
	return false
}

func (s *Statistics) isFar(locale news.Locale, n int) bool {
	then := 0
	if l := s.locales[locale]; l != nil {
		then = int(l.documents)
	}
	return 4*n > 5*then || 4*n < 3*then
}

// census of a language; an empty one when there was no document of it.
func (s *Statistics) census(locale news.Locale) *census {
	if l := s.locales[locale]; l != nil {
		return l
	}
	return &census{}
}

// among is in how many documents a feature occurs; one that is not known occurs once.
func (c *census) among(k key) float64 { return float64(max(c.counts[k], 1)) }

// formOfStatistics is the first byte of stored statistics.
const formOfStatistics = 1

var errStatistics = errors.New("stored statistics of related articles are damaged; run dateline relate rebuild")

// MarshalBinary is the form to store: the same bytes for the same statistics.
func (s *Statistics) MarshalBinary() ([]byte, error) {
	b := append([]byte{}, formOfStatistics)
	b = binary.AppendUvarint(b, uint64(s.Number))
	b = binary.AppendUvarint(b, uint64(len(s.locales)))
	for _, locale := range slices.Sorted(maps.Keys(s.locales)) {
		l := s.locales[locale]
		b = binary.AppendUvarint(b, uint64(len(locale)))
		b = append(b, locale...)
		b = binary.AppendUvarint(b, l.documents)
		b = binary.AppendUvarint(b, l.words)
		b = binary.AppendUvarint(b, uint64(len(l.counts)))
		last := key(0)
		for _, k := range slices.Sorted(maps.Keys(l.counts)) {
			b = binary.AppendUvarint(b, uint64(k-last))
			b = binary.AppendUvarint(b, uint64(l.counts[k]))
			last = k
		}
	}
	return b, nil
}

// UnmarshalBinary reads what MarshalBinary writes.
func (s *Statistics) UnmarshalBinary(b []byte) error {
	r := reader{b: b}
	if r.byte() != formOfStatistics {
		return errStatistics
	}
	*s = Statistics{Number: int(r.uvarint()), locales: map[news.Locale]*census{}}
	for range r.length() {
		locale := news.Locale(r.bytes(r.length()))
		l := &census{documents: r.uvarint(), words: r.uvarint()}
		n := r.length()
		l.counts = make(map[key]uint32, n)
		last := key(0)
		for range n {
			last += key(r.uvarint())
			l.counts[last] = uint32(r.uvarint())
		}
		s.locales[locale] = l
	}
	if r.failed || len(r.b) > 0 {
		return errStatistics
	}
	return nil
}

// A reader takes stored bytes apart; after a fault all it gives is zero.
type reader struct {
	b      []byte
	failed bool
}

func (r *reader) byte() byte {
	if b := r.bytes(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (r *reader) bytes(n int) []byte {
	if r.failed || n > len(r.b) {
		r.failed, r.b = true, nil
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if r.failed || n <= 0 {
		r.failed, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

// length is a number of things that follow, each a byte at least.
func (r *reader) length() int {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.failed, r.b = true, nil
		return 0
	}
	return int(n)
}

// distinct are the ids in their order, each once.
func distinct(ids []news.ID) []news.ID {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}
