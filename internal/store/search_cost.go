package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/dateline-cms/dateline/internal/analysis"
	"github.com/dateline-cms/dateline/internal/engine"
)

// searchBounds bound what a search may cost. Pages are those of the index, of 4 kB: to look at every entry of one takes some 20 µs,
// joining the words of a prefix takes ten times that.
type searchBounds struct {
	// rankPages bounds the words that scores are made of: FTS5 reads all that it has of each once, to know how rare it is.
	rankPages int
	// broadPages is from where on a search is taken to match more than can be looked at.
	broadPages int
	// A prefix of more than prefixPages is looked for in titles alone; one of more than titlePages is a plain word.
	prefixPages, titlePages int
	// ranked is how many hits an order by score holds: where more match, the newest ones and those with the words in their titles
	// compete for the places.
	ranked int
	// counted is where totals stop; faceted is how many of the newest hits are counted by facets.
	counted, faceted int
	// stretch is how many entries are looked at along the dates before all are.
	stretch int
}

// usualBounds are chosen by measurement; docs/benchmarks.md has the numbers.
var usualBounds = searchBounds{rankPages: 100, broadPages: 20, prefixPages: 40, titlePages: 200, ranked: 1000, counted: 10_000, faceted: 5000, stretch: 8192}

// costs are the pages of the index that hold what begins with a word, or the word itself.
type costs map[analysisKey]int

type analysisKey struct {
	word   string
	prefix bool
}

// keysOf are the parts of a sequence whose costs add up to its own.
func keysOf(s analysis.Sequence) []analysisKey {
	keys := make([]analysisKey, len(s.Words))
	for i, word := range s.Words {
		keys[i] = analysisKey{word, s.Prefix && i == len(s.Words)-1}
	}
	return keys
}

func (c costs) of(s analysis.Sequence) (pages int) {
	for _, key := range keysOf(s) {
		pages += c[key]
	}
	return pages
}

func (c costs) ofAll(wanted []analysis.Wanted) (pages int) {
	for _, w := range wanted {
		for _, s := range w {
			pages += c.of(s)
		}
	}
	return pages
}

// costs asks how much of the caller's indexes words take. FTS5 keeps the first word of each page (the format is described in its
// fts5_index.c), so that is a few seeks a word, however common it is.
func (s *Reader) costs(ctx context.Context, sought ...[]sought) (costs, error) {
	var keys []analysisKey
	known := costs{}
	for _, words := range sought {
		for _, word := range words {
			for _, w := range word.wanted {
				for _, sequence := range w {
					for _, key := range keysOf(sequence) {
						if _, ok := known[key]; !ok {
							known[key] = 0
							keys = append(keys, key)
						}
					}
				}
			}
		}
	}
	if len(keys) == 0 {
		return known, nil
	}
	ranges := make([][2]string, len(keys))
	for i, key := range keys {
		ranges[i] = [2]string{key.word, key.word}
		if key.prefix {
			ranges[i][1] += "\U0010ffff"
		}
	}
	var stmts []engine.Stmt
	for _, l := range s.listings(articleListing) {
		stmts = append(stmts, engine.Stmt{SQL: strings.ReplaceAll(pagesOfWords, "search", l.search), Args: []any{listJSON(ranges)},
			Scan: func(r *engine.Row) error { known[keys[r.Int()]] += r.Int(); return nil }})
	}
	if err := s.db.Query(ctx, stmts...); err != nil {
		return nil, fmt.Errorf("the costs of a search: %w", err)
	}
	return known, nil
}

// pagesOfWords counts for each range of words, in each segment of the index, the pages between the one that can hold its first word
// and the one that begins behind its last.
const pagesOfWords = `WITH RECURSIVE
	segments (id) AS (SELECT min(segid) FROM search_idx
		UNION ALL SELECT (SELECT min(x.segid) FROM search_idx x WHERE x.segid > segments.id) FROM segments WHERE segments.id IS NOT NULL),
	ends (id, page) AS (SELECT id, (SELECT max(d.id) & 0x7fffffff FROM search_data d WHERE d.id >= segments.id << 37 AND d.id < (segments.id << 37) + 0x80000000)
		FROM segments WHERE id IS NOT NULL)
	SELECT j.key, (SELECT coalesce(sum(max(0,
		coalesce((SELECT x.pgno >> 1 FROM search_idx x WHERE x.segid = e.id AND x.term > CAST('0' || (j.value ->> 1) AS BLOB) ORDER BY x.term LIMIT 1), e.page)
		- coalesce((SELECT x.pgno >> 1 FROM search_idx x WHERE x.segid = e.id AND x.term <= CAST('0' || (j.value ->> 0) AS BLOB) ORDER BY x.term DESC LIMIT 1), 1) - 1)), 0) FROM ends e)
	FROM json_each(?) j`
