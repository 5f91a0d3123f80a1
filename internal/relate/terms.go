package relate

import (
	"hash/fnv"

	"github.com/dateline-cms/dateline/internal/analysis"
	"github.com/dateline-cms/dateline/internal/news"
)

// A key stands for a feature that documents can share: an id of a topic, category, author or event, or a term of the text.
type key uint64

// termBit marks terms; ids are positive numbers of 63 bits.
const termBit key = 1 << 63

// termKey is a term's key. Its 40 bits keep stored statistics small; of a million terms one pair shares a key with the
// probability of a third, and then two articles look a little more alike than they are.
func termKey(term string) key {
	h := fnv.New64a()
	h.Write([]byte(term)) // never fails
	sum := h.Sum64()
	return termBit | key((sum^sum>>40)&(1<<40-1))
}

func (k key) isTerm() bool { return k&termBit != 0 }

// The kinds of features, each a vector of its own.
const (
	text = iota
	event
	topic
	category
	author
)

// shares are the hundredths of a score that each kind of features can bring.
var shares = [...]int{text: textShare, event: eventShare, topic: topicShare, category: categoryShare, author: authorShare}

// reasons are what sharing a feature of each kind counts as.
var reasons = [...]news.RelatedReasonKind{
	text: news.ReasonTextSimilarity, event: news.ReasonSharedEvent, topic: news.ReasonSharedTopics, category: news.ReasonSharedCategories,
	author: news.ReasonSameAuthor,
}

func (k key) kind() int {
	if k.isTerm() {
		return text
	}
	switch news.ID(k).Kind() {
	case news.KindTopic:
		return topic
	case news.KindCategory:
		return category
	case news.KindAuthor:
		return author
	}
	return event
}

// terms are what a document says.
type terms struct {
	length int // words of title and text
	counts map[key]float64
	forms  map[key]string // how the text writes a term where it first stands
}

// titleWeight is how many occurrences in the text one in the title is worth. docs/related.md has the measurement.
const titleWeight = 3

func newTerms() terms { return terms{counts: map[key]float64{}, forms: map[key]string{}} }

func countTerms(d *Document) terms {
	t := newTerms()
	t.add(d, d.Title, titleWeight)
	t.add(d, d.Text, 1)
	return t
}

// add counts the terms of a part of a document. The last character of a run is in the pair before it, and the parts of joined words
// come on their own.
func (t *terms) add(d *Document, text string, weight float64) {
	for _, term := range analysis.In(string(d.Locale)).Terms(text) {
		if term.Kind == analysis.Last || term.Kind == analysis.Joined {
			continue
		}
		k := termKey(term.Stem)
		t.length++
		t.counts[k] += weight
		if _, ok := t.forms[k]; !ok {
			t.forms[k] = text[term.Start:term.End]
		}
	}
}
