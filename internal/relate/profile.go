package relate

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/dateline-cms/dateline/internal/news"
)

// The parts of a score that the signals can bring, in hundredths; together 100. docs/related.md says why these.
const (
	textShare     = 64
	eventShare    = 12
	linkShare     = 10
	topicShare    = 8
	categoryShare = 4
	authorShare   = 2
)

// Numbers of a profile.
const (
	maxFeatures  = 64  // of one kind in a profile
	saturation   = 3   // BM25's k1: how soon another occurrence of a term adds little
	lengthEffect = .75 // BM25's b: how far a long text must repeat a term more often for the same weight
)

// Weights are kept in a byte each, so that an archive fits into memory: unit is the length of a vector whose share is the whole,
// and the greatest for which a text of one term has a weight below 256.
const unit = 318

// whole is the score 1 in the unit of weights multiplied.
const whole = unit * unit

// A Profile is what is kept of a document to compare it. It holds for the statistics that it was made with.
type Profile struct {
	ID           news.ID
	Locale       news.Locale
	Statistics   int   // their number
	published    int64 // seconds since 1970
	features     []feature
	links        []news.ID
	translations []news.ID
	fingerprint  fingerprint
}

// day is when it came out, in days since 1970.
func (p *Profile) day() int32 { return int32(p.published / 86400) }

// A feature is one thing that other documents may have too. The weights of a kind are a vector whose length is the root of
// the kind's share, so that multiplying two profiles gives shares of cosines.
type feature struct {
	key    key
	weight uint8
	form   string // of terms that explain something: how the text writes it
}

// A fingerprint is the lower halves of that of package news, all zero for short texts.
type fingerprint [8]uint32

func fingerprintOf(text string) (short fingerprint) {
	f, ok := news.FingerprintOf(text)
	if !ok {
		return fingerprint{}
	}
	for i, part := range f {
		short[i] = uint32(part)
	}
	return short
}

// isNear says whether two texts are nearly the same.
func (f *fingerprint) isNear(g *fingerprint) bool {
	if *f == (fingerprint{}) {
		return false
	}
	n := 0
	for i := range f {
		if f[i] == g[i] {
			n++
		}
	}
	return n >= news.NearIdentical
}

// Profile is a document's, by these statistics.
func (s *Statistics) Profile(d *Document) *Profile {
	among := s.census(d.Locale)
	p := &Profile{
		ID: d.ID, Locale: d.Locale, Statistics: s.Number, published: d.PublishedAt.Unix(),
		links: distinct(d.Links), translations: distinct(d.Translations), fingerprint: fingerprintOf(d.Text),
	}
	p.features = slices.Concat(
		among.texts(d), among.shared(d.Events, eventShare), among.shared(d.Topics, topicShare),
		among.shared(d.Categories, categoryShare), among.shared(d.Authors, authorShare))
	slices.SortFunc(p.features, func(a, b feature) int { return cmp.Compare(a.key, b.key) })
	return p
}

// weighed is a feature whose weight has yet to be scaled.
type weighed struct {
	feature
	weight float64
}

// texts are the terms, each weighed by BM25's saturation and by rarity.
func (c *census) texts(d *Document) []feature {
	t := countTerms(d)
	relative := 1.
	if c.words > 0 {
		relative = float64(t.length) * float64(c.documents) / float64(c.words)
	}
	all := make([]weighed, 0, len(t.counts))
	for k, n := range t.counts {
		w := n / (n + saturation*(1-lengthEffect+lengthEffect*relative)) * c.rarity(k)
		all = append(all, weighed{feature{key: k}, w})
	}
	features := scaled(all, textShare)
	for i := range features {
		if k := features[i].key; c.explains(k, t.forms[k]) {
			features[i].form = t.forms[k]
		}
	}
	return features
}

// explains says whether naming a term tells a reader anything: no number does, nor what one of twenty texts says.
func (c *census) explains(k key, form string) bool {
	const fewest = 3 // texts, among which a word can be common
	return strings.ContainsFunc(form, unicode.IsLetter) && (c.among(k) < fewest || 20*c.among(k) < float64(c.documents))
}

// shared are the features of a set of ids.
func (c *census) shared(ids []news.ID, share int) []feature {
	var all []weighed
	for _, id := range distinct(ids) {
		all = append(all, weighed{feature{key: key(id)}, c.rarity(key(id))})
	}
	return scaled(all, share)
}

// rarity is the inverse document frequency. It is never zero: what all have in common is a little in common.
func (c *census) rarity(k key) float64 { return math.Log(1 + float64(max(c.documents, 1))/c.among(k)) }

// scaled gives the heaviest features weights in proportion, as long a vector as their share wants.
func scaled(all []weighed, share int) []feature {
	slices.SortFunc(all, func(a, b weighed) int { return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.key, b.key)) })
	all = all[:min(len(all), maxFeatures)]
	square := 0.
	for _, f := range all {
		square += f.weight * f.weight
	}
	scale := unit * math.Sqrt(float64(share)/100/square)
	features := make([]feature, len(all))
	for i, f := range all {
		features[i] = f.feature
		features[i].weight = uint8(math.Round(f.weight * scale))
	}
	return features
}

const formOfProfile = 1

var errProfile = errors.New("a stored profile of related articles is damaged; run dateline relate rebuild")

// MarshalBinary is the form to store: the same bytes for the same document and statistics.
func (p *Profile) MarshalBinary() ([]byte, error) {
	b := append(make([]byte, 0, 1024), formOfProfile)
	b = binary.AppendUvarint(b, uint64(p.ID))
	b = binary.AppendUvarint(b, uint64(len(p.Locale)))
	b = append(b, p.Locale...)
	b = binary.AppendUvarint(b, uint64(p.Statistics))
	b = binary.AppendVarint(b, p.published)
	for _, part := range p.fingerprint {
		b = binary.LittleEndian.AppendUint32(b, part)
	}
	for _, ids := range [][]news.ID{p.links, p.translations} {
		b = binary.AppendUvarint(b, uint64(len(ids)))
		last := news.ID(0)
		for _, id := range ids {
			b = binary.AppendUvarint(b, uint64(id-last))
			last = id
		}
	}
	b = binary.AppendUvarint(b, uint64(len(p.features)))
	last := key(0)
	for _, f := range p.features {
		b = binary.AppendUvarint(b, uint64(f.key-last))
		last = f.key
		b = append(b, f.weight)
		if f.key.isTerm() {
			b = binary.AppendUvarint(b, uint64(len(f.form)))
			b = append(b, f.form...)
		}
	}
	return b, nil
}

// UnmarshalBinary reads what MarshalBinary writes.
func (p *Profile) UnmarshalBinary(b []byte) error {
	r := reader{b: b}
	if r.byte() != formOfProfile {
		return errProfile
	}
	*p = Profile{ID: news.ID(r.uvarint()), Locale: news.Locale(r.bytes(r.length())), Statistics: int(r.uvarint()), published: r.varint()}
	for i := range p.fingerprint {
		if part := r.bytes(4); part != nil {
			p.fingerprint[i] = binary.LittleEndian.Uint32(part)
		}
	}
	p.links, p.translations = r.ids(), r.ids()
	p.features = make([]feature, r.length())
	last := key(0)
	for i := range p.features {
		last += key(r.uvarint())
		p.features[i] = feature{key: last, weight: r.byte()}
		if last.isTerm() {
			p.features[i].form = string(r.bytes(r.length()))
		}
	}
	if r.failed || len(r.b) > 0 {
		return fmt.Errorf("%s: %w", p.ID, errProfile)
	}
	return nil
}

func (r *reader) varint() int64 {
	v := r.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

func (r *reader) ids() []news.ID {
	n := r.length()
	if n == 0 {
		return nil
	}
	ids := make([]news.ID, n)
	last := news.ID(0)
	for i := range ids {
		last += news.ID(r.uvarint())
		ids[i] = last
	}
	return ids
}
