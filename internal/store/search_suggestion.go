package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/dateline-cms/dateline/internal/analysis"
	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

const (
	fewHits = 5 // from so many hits on nobody needs another spelling
	// maxRespelled bounds how many words of a search get another spelling, maxTried how many spellings of one are looked at.
	maxRespelled, maxTried = 6, 5
	// maxVocabularyPages bounds how much of the index is read for the words that begin as one does.
	maxVocabularyPages = 60
)

// Suggestion is what was typed with words spelled as they are in what the caller sees, where that finds more than the few hits there
// are; empty when there is nothing better. Callers with limits get none: the vocabulary is that of everything.
func (s *Reader) Suggestion(ctx context.Context, typed string, filter *news.SearchFilter, hits *Hits) (string, error) {
	few, _, err := hits.Total(ctx)
	if err != nil || few >= fewHits || s.limited() {
		return "", err
	}
	type respelling struct{ old, new string }
	var all []respelling
	for _, group := range parseSearch(typed, searchFields).all {
		for _, word := range group {
			if word.phrase || word.prefix || word.author || len(all) == maxRespelled {
				continue
			}
			better, err := s.respell(ctx, word.text)
			if err != nil {
				return "", err
			}
			if better != "" {
				all = append(all, respelling{word.text, better})
			}
		}
	}
	attempts := [][]respelling{all}
	if len(all) > 1 {
		for _, one := range all {
			attempts = append(attempts, []respelling{one})
		}
	}
	for _, attempt := range attempts {
		suggestion := typed
		for _, r := range attempt {
			suggestion = replaceWord(suggestion, r.old, r.new)
		}
		if suggestion == typed {
			continue
		}
		found, err := s.Search(ctx, suggestion, filter, news.SearchByNewest, news.Window{Limit: 1})
		if err != nil {
			return "", err
		}
		more, _, err := found.Total(ctx)
		if err != nil || more > few {
			return suggestion, err
		}
	}
	return "", nil
}

// respell gives a word as it is written in what the caller sees, when its spelling is that of hardly any word there; else nothing.
func (s *Reader) respell(ctx context.Context, typed string) (string, error) {
	terms := analysis.In("").Terms(typed)
	if len(terms) != 1 || terms[0].Kind != analysis.Whole || len([]rune(terms[0].Word)) < 4 || strings.ContainsFunc(terms[0].Word, unicode.IsNumber) {
		return "", nil
	}
	word := terms[0].Word
	near, err := s.nearWords(ctx, word)
	if err != nil {
		return "", err
	}
	for _, candidate := range near[:min(len(near), maxTried)] {
		written, err := s.written(ctx, candidate)
		if err != nil {
			return "", err
		}
		if written != "" {
			return typed[:terms[0].Start] + written + typed[terms[0].End:], nil
		}
	}
	return "", nil
}

// nearWords are the words of the vocabulary that somebody may have meant, the likeliest first: those that one slip explains, then
// those that two do, and of these the most common. A word that is common itself was meant.
func (s *Reader) nearWords(ctx context.Context, word string) ([]string, error) {
	type near struct {
		word        string
		slips, docs int
	}
	docs := map[string]int{}
	add := func(r *engine.Row) error { docs[r.Text()] += r.Int(); return nil }
	beginning, err := s.beginning(ctx, word)
	if err != nil {
		return nil, err
	}
	var stmts []engine.Stmt
	for _, l := range s.listings(articleListing) {
		if beginning != "" {
			stmts = append(stmts, engine.Stmt{SQL: fmt.Sprintf(`SELECT term, doc FROM %s_words WHERE term >= ? AND term < ? || char(1114111)`, l.search), Args: []any{beginning, beginning}, Long: true, Scan: add})
		}
		stmts = append(stmts, engine.Stmt{SQL: fmt.Sprintf(`SELECT w.term, w.doc FROM json_each(?) j CROSS JOIN %s_words w ON w.term = j.value`, l.search), Args: []any{listJSON(analysis.OneSlip(word, beginning))}, Long: true, Scan: add})
	}
	if err := s.db.Query(ctx, stmts...); err != nil {
		return nil, fmt.Errorf("words near %q: %w", word, err)
	}
	allowed := 1
	if len([]rune(word)) > 5 {
		allowed = 2
	}
	var all []near
	for other, n := range docs {
		if slips := analysis.Slips(word, other, allowed); other != word && slips <= allowed && n > docs[word] {
			all = append(all, near{other, slips, n})
		}
	}
	slices.SortFunc(all, func(a, b near) int {
		return cmp.Or(cmp.Compare(a.slips, b.slips), cmp.Compare(b.docs, a.docs), strings.Compare(a.word, b.word))
	})
	words := make([]string, len(all))
	for i, n := range all {
		words[i] = n.word
	}
	return words, nil
}

// beginning is the shortest beginning of a word that not too much of the index shares, of at most half of it; empty when there is none.
func (s *Reader) beginning(ctx context.Context, word string) (string, error) {
	runes := []rune(word)
	var beginnings []sought
	for n := 1; n <= min(4, len(runes)/2); n++ {
		beginnings = append(beginnings, sought{wanted: []analysis.Wanted{{{Words: []string{string(runes[:n])}, Prefix: true}}}})
	}
	costs, err := s.costs(ctx, beginnings)
	if err != nil {
		return "", err
	}
	for _, b := range beginnings {
		if costs.ofAll(b.wanted) <= maxVocabularyPages {
			return b.wanted[0][0].Words[0], nil
		}
	}
	return "", nil
}

// written gives a word of the index as it is written in something that the caller sees, in lower case where it is so anywhere; empty
// when the caller sees it nowhere.
func (s *Reader) written(ctx context.Context, word string) (written string, err error) {
	var ids []news.ID
	var stmts []engine.Stmt
	for _, l := range s.listings(articleListing) {
		stmts = append(stmts, engine.Stmt{SQL: fmt.Sprintf(`SELECT rowid FROM %[1]s WHERE %[1]s MATCH ? ORDER BY rowid DESC LIMIT 3`, l.search),
			Args: []any{"{" + s.searched() + `} : "` + word + `"`}, Scan: func(r *engine.Row) error { ids = append(ids, id(r)); return nil }})
	}
	if err := s.db.Query(ctx, stmts...); err != nil {
		return "", err
	}
	err = s.eachDocument(ctx, ids, func(doc *document) {
		language := analysis.In(string(doc.locale))
		for _, text := range doc.columns() {
			for _, t := range language.Terms(text) {
				if t.Word != word || t.Kind != analysis.Whole {
					continue
				}
				if as := text[t.Start:t.End]; written == "" || as == strings.ToLower(as) {
					written = as
				}
			}
		}
	})
	return written, err
}

// replaceWord puts another word for one that stands alone.
func replaceWord(typed, old, new string) string {
	for at := 0; ; {
		i := strings.Index(typed[at:], old)
		if i < 0 {
			return typed
		}
		start, end := at+i, at+i+len(old)
		before, after := strings.TrimRight(typed[:start], `"'(`), strings.TrimLeft(typed[end:], `"')`)
		if (before == "" || strings.HasSuffix(before, " ")) && (after == "" || strings.HasPrefix(after, " ")) {
			return typed[:start] + new + typed[end:]
		}
		at = end
	}
}
