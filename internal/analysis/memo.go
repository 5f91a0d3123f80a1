package analysis

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// known is a word as it was written, folded, and its stem.
type known struct{ written, word, stem string }

// A memo remembers words met before, each in one of two neighbouring places. Analysing a text is mostly looking here, on all
// processors at once, so nobody waits for a lock; who comes later takes the place of who came first.
type memo struct {
	first sync.Once
	words []atomic.Pointer[known]
}

// memoSize is how many words a memo holds at most; a power of two.
const memoSize = 1 << 16

var seed = maphash.MakeSeed()

// place is the first of the two where a word may be; the other is place^1.
func (m *memo) place(word string) int {
	m.first.Do(func() { m.words = make([]atomic.Pointer[known], memoSize) })
	return int(maphash.String(seed, word) & (memoSize - 1))
}

// find gives nil for a word that is not remembered.
func (m *memo) find(place int, word string) *known {
	if f := m.words[place].Load(); f != nil && f.written == word {
		return f
	}
	if f := m.words[place^1].Load(); f != nil && f.written == word {
		return f
	}
	return nil
}

func (m *memo) put(place int, f *known) {
	if before := m.words[place].Swap(f); before != nil {
		m.words[place^1].Store(before)
	}
}

// A stemSet keeps texts in the order in which they first came.
type stemSet struct {
	places []uint32 // by hash: one more than the index in stems, 0 for none
	stems  []string
}

func (s *stemSet) add(stem string) {
	if 2*len(s.stems) >= len(s.places) {
		s.grow()
	}
	for at := int(maphash.String(seed, stem)); ; at++ {
		place := &s.places[at&(len(s.places)-1)]
		if *place == 0 {
			s.stems = append(s.stems, stem)
			*place = uint32(len(s.stems))
			return
		}
		if s.stems[*place-1] == stem {
			return
		}
	}
}

func (s *stemSet) grow() {
	stems := s.stems
	s.places, s.stems = make([]uint32, max(1024, 4*len(stems))), make([]string, 0, max(512, 2*len(stems)))
	for _, stem := range stems {
		s.add(stem)
	}
}
