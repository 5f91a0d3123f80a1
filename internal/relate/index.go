package relate

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
)

// DefaultHalfLife is how far apart two articles came out when closeness in time counts half.
const DefaultHalfLife = 180 * 24 * time.Hour

// A Ranking is by what an index ranks.
type Ranking struct {
	Statistics int           // the number of those that its profiles are made with
	HalfLife   time.Duration // DefaultHalfLife when zero; below zero, age plays no part
}

// An Index holds the profiles of all documents that may be shown, in memory. One goroutine may Put, Remove and Keep while
// others read.
type Index struct {
	ranking Ranking
	mu      sync.RWMutex
	entries []entry // by slot; the first is nobody's
	slots   map[news.ID]uint32
	free    []uint32
	shelves map[news.Locale]*shelf
	linkers map[news.ID][]uint32 // slots of those that link to an article, which need not be there
	damping []uint32             // by the days between two documents
	memory  sync.Pool
}

// A shelf holds the documents of one language.
type shelf struct {
	numbers  map[key]uint32
	postings []postings // by the feature's number
	free     []uint32
}

// postings are who has a feature, in no order.
type postings struct {
	key  key
	list []posting
	most uint8 // no weight is above it
}

// A posting is a slot and, in the lowest byte, a weight.
type posting uint32

// maxDocuments is what the slot of a posting can tell apart.
const maxDocuments = 1<<24 - 1

func (p posting) slot() uint32   { return uint32(p >> 8) }
func (p posting) weight() uint32 { return uint32(p & 255) }

// add adds a posting, keeping little in reserve.
func (p *postings) add(one posting) {
	if n := len(p.list); n == cap(p.list) {
		p.list = append(make([]posting, 0, n+n/8+1), p.list...)
	}
	p.list = append(p.list, one)
	p.most = max(p.most, uint8(one.weight()))
}

func (p *postings) remove(slot uint32) {
	i, last := slices.IndexFunc(p.list, func(one posting) bool { return one.slot() == slot }), len(p.list)-1
	p.list[i] = p.list[last]
	p.list = p.list[:last]
}

// An entry is a document in the index.
type entry struct {
	id          news.ID
	shelf       *shelf
	features    []byte      // by number, each as the difference to the number before and a weight
	neighbours  *neighbours // nil when there are none
	fingerprint fingerprint
	reach       Reach
	day         int32 // since 1970
}

// neighbours are what a document names.
type neighbours struct{ links, translations []news.ID }

func (e *entry) linksTo(id news.ID) bool {
	return e.neighbours != nil && slices.Contains(e.neighbours.links, id)
}

func (e *entry) translates(id news.ID) bool {
	return e.neighbours != nil && slices.Contains(e.neighbours.translations, id)
}

// Reach is how good a document must be to change a list: the score of the last that was looked at, zero when all were.
// It is stored beside the list.
type Reach struct {
	Own   uint32 // among documents in the same language
	Other uint32 // among those in other languages
}

// NewIndex returns an empty index.
func NewIndex(r Ranking) *Index {
	if r.HalfLife == 0 {
		r.HalfLife = DefaultHalfLife
	}
	return &Index{ranking: r, damping: damping(r.HalfLife), entries: make([]entry, 1), slots: map[news.ID]uint32{}, shelves: map[news.Locale]*shelf{}, linkers: map[news.ID][]uint32{}}
}

// Len is the number of documents.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.slots)
}

// Put adds a document, or puts it in the place of what it was before, and says whose lists may change by that: its own, those
// that hold it and those that it reaches. They are to be made again with Related.
func (x *Index) Put(p *Profile) (affected []news.ID, err error) {
	if err := x.accepts(p); err != nil {
		return nil, err
	}
	touched := map[news.ID]bool{p.ID: true}
	x.reached(p.ID, touched)
	x.put(p, Reach{})
	x.reached(p.ID, touched)
	return slices.Sorted(maps.Keys(touched)), nil
}

func (x *Index) put(p *Profile, r Reach) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.drop(p.ID)
	x.add(p, r)
}

// Load is Put for a document whose list is stored already, with the reach that is stored beside it. It is for filling an
// index at the start.
func (x *Index) Load(p *Profile, r Reach) error {
	if err := x.accepts(p); err != nil {
		return err
	}
	x.put(p, r)
	return nil
}

func (x *Index) accepts(p *Profile) error {
	if len(x.slots) == maxDocuments {
		return fmt.Errorf("the index of related articles is full: it holds %d documents", maxDocuments)
	}
	if p.Statistics != x.ranking.Statistics {
		return fmt.Errorf("the profile of %s is made with statistics %d, the index with %d; run dateline relate rebuild", p.ID, p.Statistics, x.ranking.Statistics)
	}
	return nil
}

// Remove takes a document out that may no longer be shown, and says whose lists may change by that.
func (x *Index) Remove(id news.ID) (affected []news.ID) {
	touched := map[news.ID]bool{}
	x.reached(id, touched)
	x.mu.Lock()
	x.drop(id)
	x.mu.Unlock()
	return slices.Sorted(maps.Keys(touched))
}

// Keep notes the reach of a list that has been stored. What was put or removed after the list was made must not come before.
func (x *Index) Keep(id news.ID, r Reach) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if slot, ok := x.slots[id]; ok {
		x.entries[slot].reach = r
	}
}

func (x *Index) add(p *Profile, r Reach) {
	s := x.shelves[p.Locale]
	if s == nil {
		s = &shelf{numbers: map[key]uint32{}}
		x.shelves[p.Locale] = s
	}
	slot := uint32(len(x.entries))
	if n := len(x.free); n > 0 {
		slot, x.free = x.free[n-1], x.free[:n-1]
	} else {
		x.entries = append(x.entries, entry{})
	}
	x.slots[p.ID] = slot
	x.entries[slot] = entry{id: p.ID, day: p.day(), shelf: s, features: s.add(slot, p.features), fingerprint: p.fingerprint, reach: r}
	if len(p.links)+len(p.translations) > 0 {
		x.entries[slot].neighbours = &neighbours{p.links, p.translations}
	}
	for _, target := range p.links {
		x.linkers[target] = append(x.linkers[target], slot)
	}
}

// add enters the features of a document and returns them packed.
func (s *shelf) add(slot uint32, features []feature) []byte {
	type numbered struct {
		number uint32
		weight uint8
	}
	all := make([]numbered, 0, len(features))
	for _, f := range features {
		if f.weight == 0 {
			continue
		}
		n, ok := s.numbers[f.key]
		if !ok {
			n = s.number(f.key)
		}
		s.postings[n].add(posting(slot<<8 | uint32(f.weight)))
		all = append(all, numbered{n, f.weight})
	}
	slices.SortFunc(all, func(a, b numbered) int { return cmp.Compare(a.number, b.number) })
	packed := make([]byte, 0, 4*len(all))
	last := uint32(0)
	for _, f := range all {
		packed = append(binary.AppendUvarint(packed, uint64(f.number-last)), f.weight)
		last = f.number
	}
	return slices.Clone(packed)
}

func (s *shelf) number(k key) uint32 {
	n := uint32(len(s.postings))
	if free := len(s.free); free > 0 {
		n, s.free = s.free[free-1], s.free[:free-1]
		s.postings[n] = postings{key: k}
	} else {
		s.postings = append(s.postings, postings{key: k})
	}
	s.numbers[k] = n
	return n
}

// drop takes a document out, if it is there.
func (x *Index) drop(id news.ID) {
	slot, ok := x.slots[id]
	if !ok {
		return
	}
	e := &x.entries[slot]
	s := e.shelf
	for n := range unpack(e.features) {
		list := &s.postings[n]
		if list.remove(slot); len(list.list) == 0 {
			delete(s.numbers, list.key)
			s.free = append(s.free, n)
		}
	}
	if e.neighbours != nil {
		for _, target := range e.neighbours.links {
			rest := slices.DeleteFunc(x.linkers[target], func(s uint32) bool { return s == slot })
			if x.linkers[target] = rest; len(rest) == 0 {
				delete(x.linkers, target)
			}
		}
	}
	*e = entry{}
	delete(x.slots, id)
	x.free = append(x.free, slot)
}

// unpack yields number and weight of packed features.
func unpack(packed []byte) iter.Seq2[uint32, uint8] {
	return func(yield func(uint32, uint8) bool) {
		number := uint32(0)
		for len(packed) > 0 {
			step, n := binary.Uvarint(packed)
			weight := packed[n]
			packed = packed[n+1:]
			if number += uint32(step); !yield(number, weight) {
				return
			}
		}
	}
}

// leastOfAge is what is left of a score when two documents are an age apart, so that an archive stays an asset.
const leastOfAge = .15

// fine is how many bits finer scores are than the products of weights that they come from.
const fine = 8

// damped is the score of a sum of products after the time between two documents. The part that decays is halved at the half-life,
// but later ever more slowly: what editors link to is mostly near in time, and at any distance beyond that.
func (x *Index) damped(raw uint32, a, b int32) uint32 {
	apart := int(a) - int(b)
	if apart < 0 {
		apart = -apart
	}
	return uint32(uint64(raw) * uint64(x.damping[min(apart, len(x.damping)-1)]) >> (16 - fine))
}

// damping is the factor, in parts of 1<<16, for each number of full days between two documents.
func damping(halfLife time.Duration) []uint32 {
	const longest = 100 * 366 // days; what lies further apart counts as that
	if halfLife < 0 {
		return []uint32{1 << 16}
	}
	all := make([]uint32, longest)
	for days := range all {
		decay := 1 / math.Sqrt(1+3*float64(days)*24/halfLife.Hours())
		all[days] = uint32(math.Round((leastOfAge + (1-leastOfAge)*decay) * (1 << 16)))
	}
	return all
}
