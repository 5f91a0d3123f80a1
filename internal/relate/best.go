package relate

import (
	"cmp"
	"iter"
	"math"
	"slices"
)

// scored is a candidate.
type scored struct {
	slot  uint32
	score uint32 // in parts of whole<<fine, after damping
}

// compare puts the better candidate first: the newer and then the later id of two alike.
func (x *Index) compare(a, b scored) int {
	if a.score != b.score {
		return cmp.Compare(b.score, a.score)
	}
	s, t := &x.entries[a.slot], &x.entries[b.slot]
	return cmp.Or(cmp.Compare(t.day, s.day), cmp.Compare(t.id, s.id))
}

// best are the n best candidates on some shelves, the best first; complete says that there are no others.
func (x *Index) best(p *Profile, shelves []*shelf, n int) (all []scored, complete bool) {
	m := x.sums()
	defer x.memory.Put(m)
	complete = true
	for _, s := range shelves {
		found, whole := x.bestOf(p, s, n, m)
		all, complete = append(all, found...), complete && whole
	}
	slices.SortFunc(all, x.compare)
	if len(all) > n {
		return all[:n], false
	}
	return all, complete
}

// common is a feature of the document that is looked for, as a shelf has it.
type common struct {
	number   uint32
	weight   uint32
	feature  *feature
	postings *postings
}

// most is what it can add to a score.
func (f common) most() uint32 { return f.weight * uint32(f.postings.most) }

// common are the features that a document shares with a shelf: first those that add most for the work they make.
func (x *Index) common(p *Profile, s *shelf) []common {
	all := make([]common, 0, len(p.features))
	for i := range p.features {
		f := &p.features[i]
		if n, ok := s.numbers[f.key]; ok {
			all = append(all, common{n, uint32(f.weight), f, &s.postings[n]})
		}
	}
	slices.SortFunc(all, func(a, b common) int {
		return cmp.Compare(uint64(len(a.postings.list))*uint64(b.most()), uint64(len(b.postings.list))*uint64(a.most()))
	})
	return all
}

// bounds are what the features from each on can add to a score at most, all together; the last is zero. Those of one kind
// cannot add more than the lengths of two vectors multiplied (Cauchy and Schwarz).
func bounds(all []common) []uint32 {
	rest := make([]uint32, len(all)+1)
	var most, square [len(shares)]uint32
	for i := len(all) - 1; i >= 0; i-- {
		f := all[i]
		kind := f.feature.key.kind()
		most[kind] += f.most()
		square[kind] += f.weight * f.weight
		for k, share := range shares {
			product := math.Sqrt(float64(square[k])) * (unit*math.Sqrt(float64(share)/100) + slack)
			rest[i] += min(most[k], uint32(math.Ceil(product)))
		}
	}
	return rest
}

// slack is how much longer the rounding of weights can make a vector: by half in each of its 64 dimensions.
const slack = 4

// bestOf are the n best candidates on a shelf, in no order, and perhaps others; complete says that there are none beyond.
//
// It adds up features one by one (max-score: Turtle and Flood 1995) until those that are left could not bring a document among
// the best that has none of the others. From there on it looks only at what it has found. So a feature that half of all
// documents have costs little where others decide.
func (x *Index) bestOf(p *Profile, s *shelf, n int, m *sums) (all []scored, complete bool) {
	features := x.common(p, s)
	rest := bounds(features)
	x.addLinked(p, s, m)
	bar, work, check, done := uint32(leastScore), 0, 4*n, 0
	for ; done < len(features) && rest[done]<<fine >= bar; done++ {
		work += len(features[done].postings.list)
		if m.addAll(features[done]); work >= check {
			bar, check = max(bar, x.bar(p, m, n)), 2*work
		}
	}
	bar = max(bar, x.bar(p, m, n))
	hopeful := m.hopeful[:0]
	for _, slot := range m.touched {
		if (m.raw[slot]+rest[done])<<fine >= bar {
			hopeful = append(hopeful, slot)
		}
	}
	m.hopeful = hopeful
	for ; done < len(features) && len(features[done].postings.list) < decoding*len(hopeful); done++ {
		m.addTo(features[done])
	}
	left := features[done:]
	slices.SortFunc(left, func(a, b common) int { return cmp.Compare(a.number, b.number) })
	self, day := x.slots[p.ID], p.day()
	for _, slot := range hopeful {
		e := &x.entries[slot]
		if slot == self || x.damped(m.raw[slot]+rest[done], day, e.day) < bar {
			continue
		}
		if score := x.damped(m.raw[slot]+product(left, e.features), day, e.day); score >= bar {
			all = append(all, scored{slot, score})
		}
	}
	m.clear()
	return all, bar == leastScore
}

// decoding is how many postings can be looked at while the features of one document are unpacked.
const decoding = 32

// bar is a score that n documents reach already, zero when there are not that many.
func (x *Index) bar(p *Profile, m *sums, n int) uint32 {
	if len(m.touched) <= n {
		return 0
	}
	self, day := x.slots[p.ID], p.day()
	top := m.heap[:0]
	for _, slot := range m.touched {
		if slot == self {
			continue
		}
		if len(top) == n && m.raw[slot]<<fine <= top[0] { // before damping already
			continue
		}
		score := x.damped(m.raw[slot], day, x.entries[slot].day)
		if len(top) < n {
			top = append(top, score)
			up(top)
		} else if score > top[0] {
			top[0] = score
			down(top)
		}
	}
	m.heap = top
	if len(top) < n {
		return 0
	}
	return top[0]
}

// up and down keep the least at the front.
func up(h []uint32) {
	for i := len(h) - 1; i > 0 && h[i] < h[(i-1)/2]; i = (i - 1) / 2 {
		h[i], h[(i-1)/2] = h[(i-1)/2], h[i]
	}
}

func down(h []uint32) {
	for i := 0; ; {
		least := i
		for _, child := range [...]int{2*i + 1, 2*i + 2} {
			if child < len(h) && h[child] < h[least] {
				least = child
			}
		}
		if least == i {
			return
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}

// product adds up what some features, ordered by number, have in common with packed ones.
func product(some []common, packed []byte) (raw uint32) {
	for f, weight := range both(some, packed) {
		raw += f.weight * uint32(weight)
	}
	return raw
}

// both yields those of some features, ordered by number, that are among packed ones, with the weights there.
func both(some []common, packed []byte) iter.Seq2[*common, uint8] {
	return func(yield func(*common, uint8) bool) {
		i := 0
		for n, weight := range unpack(packed) {
			for i < len(some) && some[i].number < n {
				i++
			}
			if i == len(some) || some[i].number == n && !yield(&some[i], weight) {
				return
			}
		}
	}
}

// sums are working memory: what each document has so far.
type sums struct {
	raw     []uint32 // by slot, zero between uses
	touched []uint32 // slots that are not zero
	hopeful []uint32
	heap    []uint32
}

func (m *sums) add(slot, raw uint32) {
	if m.raw[slot] == 0 {
		m.touched = append(m.touched, slot)
	}
	m.raw[slot] += raw
}

func (m *sums) addAll(f common) {
	for _, one := range f.postings.list {
		m.add(one.slot(), f.weight*one.weight())
	}
}

// addTo is addAll for those that are there already.
func (m *sums) addTo(f common) {
	for _, one := range f.postings.list {
		if raw := &m.raw[one.slot()]; *raw != 0 {
			*raw += f.weight * one.weight()
		}
	}
}

func (m *sums) clear() {
	for _, slot := range m.touched {
		m.raw[slot] = 0
	}
	m.touched = m.touched[:0]
}

// sums lends working memory as large as the index.
func (x *Index) sums() *sums {
	m, _ := x.memory.Get().(*sums)
	if m == nil {
		m = &sums{}
	}
	if len(m.raw) < len(x.entries) {
		m.raw = make([]uint32, len(x.entries)+len(x.entries)/4)
	}
	return m
}

// addLinked adds the documents on a shelf that a document links to, and those that link to it.
func (x *Index) addLinked(p *Profile, s *shelf, m *sums) {
	all := slices.Clone(x.linkers[p.ID])
	for _, id := range p.links {
		if slot, ok := x.slots[id]; ok && !slices.Contains(all, slot) {
			all = append(all, slot)
		}
	}
	for _, slot := range all {
		if x.entries[slot].shelf == s {
			m.add(slot, linkShare*whole/100)
		}
	}
}
