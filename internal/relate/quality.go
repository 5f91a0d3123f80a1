package relate

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/dateline-cms/dateline/internal/news"
)

// A Quality says how well one way to choose related articles does on a collection.
type Quality struct {
	Method string `json:"method"`
	// Recall is the share of editors' links among the first ten, NDCG how high up they stand among the first five: the mean over
	// all articles that link. OnTheDay is with what was out when the article came out, Archive with all, also what came later.
	OnTheDay Measures `json:"onTheDay"`
	Archive  Measures `json:"archive"`
	// Of the first ten of every article of the archive:
	NearDuplicates float64 `json:"nearDuplicates"` // share that is nearly the article itself, or one above it
	Coverage       float64 `json:"coverage"`       // share of the archive that is in some list
	MedianDays     float64 `json:"medianDays"`     // between an article and what is in its list
}

// Measures are the mean over all articles that link to others.
type Measures struct {
	Recall float64 `json:"recallAt10"`
	NDCG   float64 `json:"nDCGAt5"`
}

// Evaluation is the outcome for a collection; the first method is ours.
type Evaluation struct {
	Articles int       `json:"articles"`
	Linking  int       `json:"linkingArticles"`
	Links    int       `json:"links"`
	Methods  []Quality `json:"methods"`
}

// Gain is by how much ours is better than the best of the others, at the measure where it is least so: 0.15 is 15 %.
func (e *Evaluation) Gain() float64 {
	gain := math.Inf(1)
	for _, measure := range []func(Quality) float64{
		func(q Quality) float64 { return q.OnTheDay.Recall }, func(q Quality) float64 { return q.OnTheDay.NDCG },
		func(q Quality) float64 { return q.Archive.Recall }, func(q Quality) float64 { return q.Archive.NDCG },
	} {
		best := 0.
		for _, other := range e.Methods[1:] {
			best = max(best, measure(other))
		}
		gain = min(gain, measure(e.Methods[0])/max(best, math.SmallestNonzeroFloat32)-1)
	}
	return gain
}

// A method lists, best first, what belongs to an article; among is how many of the archive, in the order of their dates, there are
// to choose from.
type method struct {
	name string
	list func(article, among int) []int
}

// listed is how long the lists are that are measured.
const listed = 10

// Evaluate measures our lists and three others on a collection: the newest of the category (nearest in time where later ones are
// allowed; by topic where there are no categories), BM25 of the titles, and BM25 of the whole texts.
func (c *Collection) Evaluate() *Evaluation {
	e := &Evaluation{Articles: len(c.documents), Linking: len(c.linked)}
	for _, to := range c.linked {
		e.Links += len(to)
	}
	prints := make([]fingerprint, len(c.documents))
	for i, d := range c.documents {
		prints[i] = fingerprintOf(d.Text)
	}
	for _, m := range c.methods() {
		e.Methods = append(e.Methods, c.measure(m, prints))
	}
	return e
}

func (c *Collection) measure(m method, prints []fingerprint) Quality {
	q := Quality{Method: m.name}
	for _, from := range slices.Sorted(maps.Keys(c.linked)) {
		q.OnTheDay.add(m.list(from, c.until(from)), c.linked[from])
		q.Archive.add(m.list(from, len(c.documents)), c.linked[from])
	}
	for _, measures := range []*Measures{&q.OnTheDay, &q.Archive} {
		measures.Recall /= float64(len(c.linked))
		measures.NDCG /= float64(len(c.linked))
	}
	shown, near, total := map[int]bool{}, 0, 0
	var days []float64
	for article := range c.documents {
		list := m.list(article, len(c.documents))
		for i, other := range list {
			total++
			shown[other] = true
			days = append(days, math.Abs(c.documents[article].PublishedAt.Sub(c.documents[other].PublishedAt).Hours())/24)
			isNear := func(j int) bool { return prints[j].isNear(&prints[other]) }
			if isNear(article) || slices.ContainsFunc(list[:i], isNear) {
				near++
			}
		}
	}
	slices.Sort(days)
	q.NearDuplicates, q.Coverage = float64(near)/float64(max(total, 1)), float64(len(shown))/float64(len(c.documents))
	if len(days) > 0 {
		q.MedianDays = days[len(days)/2]
	}
	return q
}

// until is how many articles were out when an article came out.
func (c *Collection) until(article int) int {
	at := c.documents[article].PublishedAt
	n := article
	for n < len(c.documents) && !c.documents[n].PublishedAt.After(at) {
		n++
	}
	return n
}

// add adds the measures of one list.
func (m *Measures) add(list []int, linked map[int]bool) {
	hits, gained, ideal := 0, 0., 0.
	for i, article := range list {
		if linked[article] {
			hits++
			if i < 5 {
				gained += 1 / math.Log2(float64(i+2))
			}
		}
	}
	for i := range min(5, len(linked)) {
		ideal += 1 / math.Log2(float64(i+2))
	}
	m.Recall += float64(hits) / float64(len(linked))
	m.NDCG += gained / ideal
}

func (c *Collection) methods() []method {
	return []method{
		{"dateline", c.ours()},
		{"newest in category", c.newest},
		{"BM25 of titles", c.bm25(func(d *Document) terms { t := newTerms(); t.add(d, d.Title, 1); return t })},
		{"BM25 of whole texts", c.bm25(func(d *Document) terms { t := newTerms(); t.add(d, d.Title, 1); t.add(d, d.Text, 1); return t })},
	}
}

// ours makes lists by an index that holds what there is to choose from, without links.
func (c *Collection) ours() func(article, among int) []int {
	var count Count
	for _, d := range c.documents {
		count.Add(d)
	}
	stats := count.Statistics(1)
	profiles := make([]*Profile, len(c.documents))
	for i, d := range c.documents {
		profiles[i] = stats.Profile(d)
	}
	x, filled := NewIndex(Ranking{Statistics: 1}), 0
	return func(article, among int) (list []int) {
		for ; filled < among; filled++ {
			x.put(profiles[filled], Reach{})
		}
		for ; filled > among; filled-- {
			x.drop(profiles[filled-1].ID)
		}
		for _, r := range x.Related(profiles[article], nil).Own {
			if list = append(list, int(r.ID>>22)-1); len(list) == listed {
				break
			}
		}
		return list
	}
}

// newest are those of the same category that came out nearest to an article.
func (c *Collection) newest(article, among int) []int {
	of := func(d *Document) []news.ID {
		if len(c.documents[article].Categories) == 0 {
			return d.Topics
		}
		return d.Categories
	}
	return c.first(article, among, func(other int) float64 {
		if !slices.ContainsFunc(of(c.documents[other]), func(id news.ID) bool { return slices.Contains(of(c.documents[article]), id) }) {
			return 0
		}
		apart := c.documents[article].PublishedAt.Sub(c.documents[other].PublishedAt).Abs()
		return 1 / (1 + apart.Hours())
	})
}

// first are those with the greatest scores, the newer first of two alike.
func (c *Collection) first(article, among int, score func(other int) float64) (list []int) {
	type candidate struct {
		article int
		score   float64
	}
	var all []candidate
	for other := range among {
		if other == article {
			continue
		}
		if s := score(other); s > 0 {
			all = append(all, candidate{other, s})
		}
	}
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.article, a.article))
	})
	for _, a := range all[:min(len(all), listed)] {
		list = append(list, a.article)
	}
	return list
}

// bm25 is Okapi BM25 (Robertson and Zaragoza 2009) with k1 = 1.2 and b = 0.75 over some terms of each article; the query is the
// article's own terms, each as often as it occurs.
func (c *Collection) bm25(of func(*Document) terms) func(article, among int) []int {
	const k1, b = 1.2, .75
	type occurrence struct {
		article int
		n       float64
	}
	texts, having, words := make([]terms, len(c.documents)), map[key][]occurrence{}, 0
	asked := make([][]key, len(texts)) // in order, so that sums come out the same each time
	for i, d := range c.documents {
		texts[i] = of(d)
		words += texts[i].length
		asked[i] = slices.Sorted(maps.Keys(texts[i].counts))
		for _, k := range asked[i] {
			having[k] = append(having[k], occurrence{i, texts[i].counts[k]})
		}
	}
	all := float64(len(texts))
	length := make([]float64, len(texts))
	for i := range texts {
		length[i] = k1 * (1 - b + b*float64(texts[i].length)*all/float64(words))
	}
	return func(article, among int) []int {
		scores := make([]float64, len(texts))
		for _, k := range asked[article] {
			n := float64(len(having[k]))
			weight := texts[article].counts[k] * math.Log(1+(all-n+.5)/(n+.5))
			for _, o := range having[k] {
				scores[o.article] += weight * o.n * (k1 + 1) / (o.n + length[o.article])
			}
		}
		return c.first(article, among, func(other int) float64 { return scores[other] })
	}
}
