package relate

import (
	"hash/fnv"
	"strings"
	"unicode"

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

// reason is what sharing the feature counts as.
func (k key) reason() news.RelatedReasonKind {
	if k.isTerm() {
		return news.ReasonTextSimilarity
	}
	switch news.ID(k).Kind() {
	case news.KindTopic:
		return news.ReasonSharedTopics
	case news.KindCategory:
		return news.ReasonSharedCategories
	case news.KindAuthor:
		return news.ReasonSameAuthor
	default:
		return news.ReasonSharedEvent
	}
}

// terms are what a document says.
type terms struct {
	length int // words of title and text
	counts map[key]float64
	forms  map[key]string // how the text writes a term where it first stands
}

// titleWeight is how many occurrences in the text one in the title is worth. docs/related.md has the measurement.
const titleWeight = 3

func countTerms(d *Document) terms {
	t := terms{counts: map[key]float64{}, forms: map[key]string{}}
	t.add(d.Title, titleWeight)
	t.add(d.Text, 1)
	return t
}

func (t *terms) add(text string, weight float64) {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) }) {
		k := termKey(strings.ToLower(word))
		t.length++
		t.counts[k] += weight
		if _, ok := t.forms[k]; !ok {
			t.forms[k] = word
		}
	}
}
