package relate

import (
	"cmp"
	"slices"

	"github.com/dateline-cms/dateline/internal/news"
)

// How long lists are.
const (
	MaxOwn   = 20 // in the document's language
	MaxOther = 10 // in other languages
)

// Full is the score 1.
const Full = 10_000

// leastScore is the score below which nothing is related.
const leastScore = whole << fine / 100

// A List is what belongs to a document, the best first.
type List struct {
	Own   []Related // in its language
	Other []Related // in other languages, without versions of what is in Own
	Reach Reach
}

// Related is a document in a list.
type Related struct {
	ID      news.ID
	Score   int                  // in ten-thousandths
	Reasons []news.RelatedReason // the greatest first; their contributions add up to Score
}

// Related is the list of a document, which need not be in the index. Hidden documents are passed over.
func (x *Index) Related(p *Profile, hidden []news.ID) List {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var own, others []*shelf
	for locale, s := range x.shelves {
		if locale == p.Locale {
			own = append(own, s)
		} else {
			others = append(others, s)
		}
	}
	c := &choice{index: x, profile: p, hidden: hidden, common: map[*shelf][]common{}}
	var list List
	list.Own, list.Reach.Own = c.choose(own, MaxOwn)
	list.Other, list.Reach.Other = c.choose(others, MaxOther)
	return list
}

// reached adds the documents whose lists hold a document or would, if it came now. Each has a bar of its own, so all that
// share anything are looked at.
func (x *Index) reached(id news.ID, to map[news.ID]bool) {
	slot, ok := x.slots[id]
	if !ok {
		return
	}
	e := &x.entries[slot]
	p := x.profile(e)
	m := x.sums()
	defer x.memory.Put(m)
	for _, s := range x.shelves {
		for _, f := range x.common(p, s) {
			m.addAll(f)
		}
		x.addLinked(p, s, m)
		for _, other := range m.touched {
			o := &x.entries[other]
			least := o.reach.Own
			if o.shelf != e.shelf {
				least = o.reach.Other
			}
			if score := x.damped(m.raw[other], e.day, o.day); score >= max(least, leastScore) && other != slot {
				to[o.id] = true
			}
		}
		m.clear()
	}
}

// profile is as much of an entry's as likeness takes.
func (x *Index) profile(e *entry) *Profile {
	p := &Profile{ID: e.id}
	if e.neighbours != nil {
		p.links = e.neighbours.links
	}
	for n, weight := range unpack(e.features) {
		p.features = append(p.features, feature{key: e.shelf.postings[n].key, weight: weight})
	}
	return p
}

// A choice fills the list of a document.
type choice struct {
	index   *Index
	profile *Profile
	hidden  []news.ID
	common  map[*shelf][]common // with the document, by number
	chosen  []chosen
}

// chosen is a document in the list so far, and its features by number.
type chosen struct {
	slot     uint32
	features []common
}

// choose takes the best of the candidates on some shelves that go together, and says at which score it stopped. It looks at
// a few times as many as it needs, and at more when too many of them did not fit.
func (c *choice) choose(shelves []*shelf, most int) (list []Related, reach uint32) {
	before := len(c.chosen)
	for look := 3 * most; ; look *= 8 {
		all, complete := c.index.best(c.profile, shelves, look)
		c.chosen, list = c.chosen[:before], nil
		for _, candidate := range all {
			if !c.fits(candidate) {
				continue
			}
			c.add(candidate.slot)
			if list = append(list, c.explain(candidate)); len(list) == most {
				return list, candidate.score
			}
		}
		if complete {
			return list, 0
		}
	}
}

func (c *choice) add(slot uint32) {
	var features []common
	for n, weight := range unpack(c.index.entries[slot].features) {
		features = append(features, common{number: n, weight: uint32(weight)})
	}
	c.chosen = append(c.chosen, chosen{slot, features})
}

// ofOneStory is the spread rule: how many of a list may be nearer to one more than the document is that the list is for. Four
// find more of what editors link to than no such rule does; three find less.
const ofOneStory = 4

// fits says whether a candidate may stand beside what is chosen.
func (c *choice) fits(s scored) bool {
	x := c.index
	e := &x.entries[s.slot]
	if slices.Contains(c.hidden, e.id) || slices.Contains(c.profile.translations, e.id) || e.translates(c.profile.ID) || c.profile.fingerprint.isNear(&e.fingerprint) {
		return false
	}
	nearer := 0
	for _, chosen := range c.chosen {
		other := &x.entries[chosen.slot]
		if other.translates(e.id) || e.translates(other.id) || other.fingerprint.isNear(&e.fingerprint) {
			return false
		}
		if len(c.chosen) >= ofOneStory && other.shelf == e.shelf && x.damped(product(chosen.features, e.features), e.day, other.day) > s.score {
			nearer++
		}
	}
	return nearer < ofOneStory
}

// part is what one kind of reason brings.
type part struct {
	kind   news.RelatedReasonKind
	raw    uint64
	shared []sharedFeature
}

type sharedFeature struct {
	feature *feature
	raw     uint32
}

// explain divides a score into its reasons.
func (c *choice) explain(s scored) Related {
	e := &c.index.entries[s.slot]
	parts := map[news.RelatedReasonKind]*part{}
	of := func(kind news.RelatedReasonKind) *part {
		if parts[kind] == nil {
			parts[kind] = &part{kind: kind}
		}
		return parts[kind]
	}
	for f, weight := range both(c.with(e.shelf), e.features) {
		raw := f.weight * uint32(weight)
		p := of(reasons[f.feature.key.kind()])
		p.raw += uint64(raw)
		p.shared = append(p.shared, sharedFeature{f.feature, raw})
	}
	if slices.Contains(c.profile.links, e.id) || e.linksTo(c.profile.ID) {
		of(news.ReasonInTextLink).raw += linkShare * whole / 100
	}
	score := min(int(uint64(s.score)*Full/(whole<<fine)), Full)
	return Related{ID: e.id, Score: score, Reasons: divide(score, parts)}
}

// with are the features that the document shares with a shelf, by number.
func (c *choice) with(s *shelf) []common {
	all, ok := c.common[s]
	if !ok {
		all = c.index.common(c.profile, s)
		slices.SortFunc(all, func(a, b common) int { return cmp.Compare(a.number, b.number) })
		c.common[s] = all
	}
	return all
}

// divide gives each part its share of a score, so that nothing is left: what rounding leaves goes to the parts that lost most.
func divide(score int, parts map[news.RelatedReasonKind]*part) (reasons []news.RelatedReason) {
	total := uint64(0)
	for _, p := range parts {
		total += p.raw
	}
	type share struct {
		*part
		whole, rest uint64
	}
	shares, left := make([]share, 0, len(parts)), uint64(score)
	for _, kind := range news.RelatedReasonKinds {
		if p := parts[kind]; p != nil {
			n := uint64(score) * p.raw
			shares, left = append(shares, share{p, n / total, n % total}), left-n/total
		}
	}
	slices.SortStableFunc(shares, func(a, b share) int { return cmp.Compare(b.rest, a.rest) })
	for i := range left {
		shares[i].whole++
	}
	slices.SortStableFunc(shares, func(a, b share) int { return cmp.Compare(b.whole, a.whole) })
	for _, s := range shares {
		if s.whole > 0 {
			reasons = append(reasons, s.reason(int(s.whole)))
		}
	}
	return reasons
}

// mostTerms is how many words a reason names.
const mostTerms = 3

func (p *part) reason(contribution int) news.RelatedReason {
	slices.SortFunc(p.shared, func(a, b sharedFeature) int {
		return cmp.Or(cmp.Compare(b.raw, a.raw), cmp.Compare(a.feature.key, b.feature.key))
	})
	r := news.RelatedReason{Kind: p.kind, Contribution: contribution}
	for _, s := range p.shared {
		switch {
		case !s.feature.key.isTerm():
			r.IDs = append(r.IDs, news.ID(s.feature.key))
		case s.feature.form != "" && len(r.Terms) < mostTerms:
			r.Terms = append(r.Terms, s.feature.form)
		}
	}
	return r
}
