package store

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// A facet is a set of entries that can be listed in any order by one seek, and whose size is kept as a counter. It is
// a number: the id of a topic, author, event or category (its whole subtree); the negated id of a category (only what
// is filed right there); or one of those below. The ranges do not meet.
const (
	facetAll      = 0       // every published entry
	facetKind     = 1       // plus the index in news.ArticleKinds or news.HistoricalEventKinds
	facetSticky   = 100     // articles
	facetImage    = 101     // articles with a lead image
	facetNoImage  = 102     // articles without
	facetSelected = 100     // events
	facetMonthDay = 1000    // plus month * 100 + day; events
	facetLocale   = 1 << 32 // plus the number in table locales
	minID         = 1 << 40 // facets above it are ids
)

// listing is a table that holds the visible entries of one type once per facet.
type listing struct {
	number int    // in facet_counts
	table  string // of the facets
	id     string // column of the entry
	orders map[string]order
	// insert copies entries into table, once per facet; its argument is a JSON list of ids.
	insert string
}

type order struct {
	column string
	isText bool
}

var articleListing = &listing{
	number: 1, table: "article_facets", id: "article_id",
	orders: map[string]order{
		string(news.ByPublishedAt): {column: "published_at"},
		string(news.ByUpdatedAt):   {column: "updated_at"},
		string(news.ByTitle):       {column: "title_key", isText: true},
	},
	insert: fmt.Sprintf(`
		INSERT INTO article_facets (article_id, facet, published_at, updated_at, title_key)
		SELECT a.id, x.facet, a.published_at, a.updated_at, a.title_key
		FROM (
			SELECT j.value AS id, 0 AS facet FROM json_each(?1) j
			UNION ALL SELECT b.id, %s FROM json_each(?1) j JOIN articles b ON b.id = j.value
			UNION ALL SELECT b.id, %d FROM json_each(?1) j JOIN articles b ON b.id = j.value WHERE b.is_sticky
			UNION ALL SELECT b.id, CASE WHEN b.lead_image_id IS NULL THEN %d ELSE %d END FROM json_each(?1) j JOIN articles b ON b.id = j.value
			UNION ALL SELECT b.id, %d + l.id FROM json_each(?1) j JOIN articles b ON b.id = j.value JOIN locales l ON l.tag = b.locale
			UNION ALL SELECT c.article_id, t.ancestor_id FROM json_each(?1) j JOIN article_categories c ON c.article_id = j.value JOIN category_ancestors t ON t.category_id = c.category_id
			UNION ALL SELECT c.article_id, -c.category_id FROM json_each(?1) j JOIN article_categories c ON c.article_id = j.value
			UNION ALL SELECT t.article_id, t.topic_id FROM json_each(?1) j JOIN article_topics t ON t.article_id = j.value
			UNION ALL SELECT b.article_id, b.author_id FROM json_each(?1) j JOIN bylines b ON b.article_id = j.value WHERE b.author_id IS NOT NULL
			UNION ALL SELECT e.article_id, e.event_id FROM json_each(?1) j JOIN article_events e ON e.article_id = j.value
		) x CROSS JOIN articles a ON a.id = x.id AND a.status = 'PUBLISHED' ON CONFLICT DO NOTHING`,
		kindFacets("b.kind", news.ArticleKinds), facetSticky, facetNoImage, facetImage, facetLocale),
}

var eventListing = &listing{
	number: 2, table: "event_facets", id: "event_id",
	orders: map[string]order{
		string(news.EventByDate):         {column: "sort_day"},
		string(news.EventBySignificance): {column: "significance"},
		string(news.EventByUpdatedAt):    {column: "updated_at"},
		string(news.EventByTitle):        {column: "title_key", isText: true},
	},
	insert: fmt.Sprintf(`
		INSERT INTO event_facets (event_id, facet, sort_day, significance, updated_at, title_key)
		SELECT e.id, x.facet, e.sort_day, e.significance, e.updated_at, e.title_key
		FROM (
			SELECT j.value AS id, 0 AS facet FROM json_each(?1) j
			UNION ALL SELECT b.id, %s FROM json_each(?1) j JOIN events b ON b.id = j.value
			UNION ALL SELECT b.id, %d FROM json_each(?1) j JOIN events b ON b.id = j.value WHERE b.is_selected
			UNION ALL SELECT b.id, %d + b.month_day FROM json_each(?1) j JOIN events b ON b.id = j.value WHERE b.month_day IS NOT NULL
			UNION ALL SELECT c.event_id, t.ancestor_id FROM json_each(?1) j JOIN event_categories c ON c.event_id = j.value JOIN category_ancestors t ON t.category_id = c.category_id
			UNION ALL SELECT c.event_id, -c.category_id FROM json_each(?1) j JOIN event_categories c ON c.event_id = j.value
			UNION ALL SELECT t.event_id, t.topic_id FROM json_each(?1) j JOIN event_topics t ON t.event_id = j.value
		) x CROSS JOIN events e ON e.id = x.id AND e.status = 'PUBLISHED' ON CONFLICT DO NOTHING`,
		kindFacets("b.kind", news.HistoricalEventKinds), facetSelected, facetMonthDay),
}

// kindFacets is SQL for the facet of a kind.
func kindFacets[K ~string](column string, kinds []K) string {
	var b strings.Builder
	b.WriteString("CASE " + column)
	for i, k := range kinds {
		fmt.Fprintf(&b, " WHEN '%s' THEN %d", k, facetKind+i)
	}
	b.WriteString(" END")
	return b.String()
}

// refile makes facets and counters agree with the entries as they are now stored. It follows every change of an
// entry's status, sort keys or links.
func (l *listing) refile(ids []news.ID) []engine.Step {
	ids = slices.Clone(ids) // an entry is filed once, however often it was touched
	slices.Sort(ids)
	arg := []any{idList(slices.Compact(ids))}
	// An upsert, for UPDATE FROM would look at every counter there is.
	count := func(sign string) string {
		return fmt.Sprintf(`INSERT INTO facet_counts (list, facet, entries)
			SELECT %d, facet, %scount(*) FROM %s WHERE %s IN (SELECT value FROM json_each(?)) GROUP BY facet HAVING true
			ON CONFLICT (list, facet) DO UPDATE SET entries = entries + excluded.entries`, l.number, sign, l.table, l.id)
	}
	return []engine.Step{
		{SQL: count("-"), Args: arg},
		{SQL: fmt.Sprintf(`DELETE FROM %s WHERE %s IN (SELECT value FROM json_each(?))`, l.table, l.id), Args: arg},
		{SQL: l.insert, Args: arg},
		{SQL: count(""), Args: arg},
	}
}
