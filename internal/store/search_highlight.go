package store

import (
	"context"
	"fmt"

	"github.com/dateline-cms/dateline/internal/analysis"
	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// maxHighlight bounds what is shown of a text around what was found, in characters.
const maxHighlight = 240

// Highlights are the places of visible nodes where what was typed occurs, by the node. Words that must not occur are none.
func (s *Reader) Highlights(ctx context.Context, typed string, ids []news.ID) (map[news.ID][]*news.SearchHighlight, error) {
	languages, err := s.languages(ctx)
	if err != nil {
		return nil, err
	}
	var anywhere, inByline []analysis.Wanted
	for _, group := range parseSearch(typed, searchFields).all {
		for _, word := range soughtWords(group, languages) {
			inByline = append(inByline, word.wanted...)
			if !word.author {
				anywhere = append(anywhere, word.wanted...)
			}
		}
	}
	found := make(map[news.ID][]*news.SearchHighlight, len(ids))
	return found, s.eachDocument(ctx, ids, func(doc *document) {
		language := analysis.In(string(doc.locale))
		for i, text := range doc.columns() {
			wanted := anywhere
			if searchColumns[i] == "byline" {
				wanted = inByline
			}
			if html, ok := language.Mark(text, wanted, maxHighlight); ok {
				found[doc.id] = append(found[doc.id], &news.SearchHighlight{Field: news.SearchTextFields[i], HTML: news.HTML(html)})
			}
		}
	})
}

// eachDocument reads the visible nodes among ids as the search index has them, but for bodies that the caller may not read.
func (s *Reader) eachDocument(ctx context.Context, ids []news.ID, yield func(*document)) error {
	body := func(text string) string {
		if s.noBody != nil {
			return "''"
		}
		return "coalesce(" + text + ", '')"
	}
	below := ""
	if c := s.visibleCategory("e.id"); c != "" {
		below = " WHERE " + c
	}
	sql := fmt.Sprintf(`SELECT e.id, e.locale, e.title, coalesce(e.standfirst, ''), %s, coalesce((SELECT group_concat(name, ', ' ORDER BY position) FROM bylines WHERE article_id = e.id), '')
			FROM json_each(?1) j CROSS JOIN articles e ON e.id = j.value WHERE %s
		UNION ALL SELECT e.id, e.locale, e.title, '', %s, '' FROM json_each(?1) j CROSS JOIN pages e ON e.id = j.value WHERE %s
		UNION ALL SELECT e.id, e.locale, e.title, '', %s, '' FROM json_each(?1) j CROSS JOIN events e ON e.id = j.value WHERE %s
		UNION ALL SELECT e.id, e.locale, e.name || coalesce((SELECT group_concat(', ' || value, '' ORDER BY key) FROM json_each(e.aliases)), ''), '', %s, '' FROM json_each(?1) j CROSS JOIN topics e ON e.id = j.value
		UNION ALL SELECT e.id, e.locale, e.name, '', %s, '' FROM json_each(?1) j CROSS JOIN categories e ON e.id = j.value%s
		UNION ALL SELECT e.id, '', e.name, '', %s, '' FROM json_each(?1) j CROSS JOIN authors e ON e.id = j.value`,
		body("(SELECT b.text FROM bodies b WHERE b.entry_id = e.id)"), s.visible(news.KindArticle), body("(SELECT b.text FROM bodies b WHERE b.entry_id = e.id)"), s.visible(news.KindPage),
		body("e.description_text"), s.visible(news.KindHistoricalEvent), body("e.description"), body("e.description"), below, body("e.bio_text"))
	return s.db.Query(ctx, engine.Stmt{SQL: sql, Args: []any{idList(ids)}, Scan: func(r *engine.Row) error {
		doc := &document{id: id(r), locale: news.Locale(r.Text())}
		doc.title, doc.standfirst, doc.body, doc.byline = r.Text(), r.Text(), r.Text(), r.Text()
		yield(doc)
		return nil
	}})
}
