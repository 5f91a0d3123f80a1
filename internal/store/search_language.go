package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/dateline-cms/dateline/internal/analysis"
	"github.com/dateline-cms/dateline/internal/engine"
)

// languages are those in which what the caller sees is written, as far as that is known without looking: the site's, and those of
// articles where the caller sees all of these. A typed word is looked for by the rules of each.
func (s *Reader) languages(ctx context.Context) (analysis.Languages, error) {
	var locales []string
	for _, l := range s.caller.Locales {
		locales = append(locales, string(l))
	}
	if len(locales) > 0 {
		return analysis.InAll(locales), nil
	}
	sql := `SELECT j.value FROM sites CROSS JOIN json_each(json_insert(sites.locales, '$[#]', sites.default_locale)) j`
	for _, l := range s.listings(articleListing) {
		if !s.limited() { // the counters tell of nothing else
			sql += fmt.Sprintf(` UNION ALL SELECT locales.tag FROM locales CROSS JOIN facet_counts c ON c.list = %d AND c.facet = %d + locales.id WHERE c.entries > 0`, l.number, facetLocale)
		}
	}
	err := s.db.Query(ctx, engine.Stmt{SQL: sql, Scan: func(r *engine.Row) error { locales = append(locales, r.Text()); return nil }})
	if err != nil {
		return nil, fmt.Errorf("read the languages: %w", err)
	}
	slices.Sort(locales)
	return analysis.InAll(locales), nil
}

// matchOf is what is wanted in the words of FTS5: a term that can be joined to others by AND, OR and NOT.
func matchOf(w analysis.Wanted) string {
	var b strings.Builder
	b.WriteByte('(')
	for i, sequence := range w {
		if i > 0 {
			b.WriteString(" OR ")
		}
		b.WriteByte('"')
		for j, word := range sequence.Words {
			if j > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(word)
		}
		b.WriteByte('"')
		if sequence.Prefix {
			b.WriteByte('*')
		}
	}
	b.WriteByte(')')
	return b.String()
}
