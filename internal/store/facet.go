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
	facetAll             = 0       // every published entry
	facetKind            = 1       // plus the index in news.ArticleKinds or news.HistoricalEventKinds
	facetSticky          = 100     // articles
	facetImage           = 101     // articles with a lead image
	facetNoImage         = 102     // articles without
	facetNotSyndicatable = 103     // articles
	facetSelected        = 100     // events
	facetVerified        = 200     // plus the index in news.VerificationStates; events
	facetPrecise         = 300     // plus the index in news.DatePrecisions; events
	facetStatus          = 400     // plus the index in news.EntryStatuses; what is not published
	facetMonthDay        = 1000    // plus month * 100 + day: events kept then, articles first published then
	facetWithLeap        = 20000   // plus 228 or 301: what is kept then in a common year, with what belongs to 29 February
	facetHeadline        = 40000   // times 1 to 4, plus the facet of a day: the events of one rank that may head it; see headlineRank
	facetLocale          = 1 << 32 // plus the number in table locales
	minID                = 1 << 40 // facets above it are ids
)

// listing is a table that holds entries of one type once per facet: those that are published, or all others.
type listing struct {
	number  int    // in facet_counts
	table   string // of the facets
	id      string // column of the entry
	entries string // their own table
	search  string // index of their words
	orders  map[string]order
	// insert copies entries into table, once per facet; its argument is a JSON list of ids.
	insert string
	// unpublished is the listing of the same entries while they are not published; nil for itself.
	unpublished *listing
}

type order struct {
	column string
	isText bool
}

var articleListing = &listing{
	number: 1, table: "article_facets", id: "article_id", entries: "articles", search: "search",
	orders: map[string]order{
		string(news.ByPublishedAt): {column: "published_at"},
		string(news.ByUpdatedAt):   {column: "updated_at"},
		string(news.ByTitle):       {column: "title_key", isText: true},
	},
	insert: `
		INSERT INTO article_facets (article_id, facet, published_at, updated_at, title_key)
		SELECT a.id, x.facet, a.published_at, a.updated_at, a.title_key
		FROM (` + articleFacets + `) x CROSS JOIN articles a ON a.id = x.id AND a.status = 'PUBLISHED' ON CONFLICT DO NOTHING`,
	unpublished: &listing{
		number: 3, table: "unpublished_article_facets", id: "article_id", entries: "articles", search: "unpublished_search",
		insert: `
			INSERT INTO unpublished_article_facets (article_id, facet, published_at, updated_at, title_key)
			WITH j (value) AS (SELECT a.id FROM json_each(?1) i CROSS JOIN articles a ON a.id = i.value AND a.status <> 'PUBLISHED')
			SELECT a.id, x.facet, coalesce(a.published_at, a.publish_at, a.updated_at), a.updated_at, a.title_key
			FROM (` + unpublishedFacets(articleFacets, "articles") + `) x CROSS JOIN articles a ON a.id = x.id ON CONFLICT DO NOTHING`,
	},
}

// articleFacets are the ids of articles with their facets; its argument is a JSON list of ids.
var articleFacets = fmt.Sprintf(`
			SELECT j.value AS id, 0 AS facet FROM json_each(?1) j
			UNION ALL SELECT b.id, %s FROM json_each(?1) j JOIN articles b ON b.id = j.value
			UNION ALL SELECT b.id, %d FROM json_each(?1) j JOIN articles b ON b.id = j.value WHERE b.is_sticky
			UNION ALL SELECT b.id, CASE WHEN b.lead_image_id IS NULL THEN %d ELSE %d END FROM json_each(?1) j JOIN articles b ON b.id = j.value
			UNION ALL SELECT b.id, %d FROM json_each(?1) j JOIN articles b ON b.id = j.value WHERE NOT b.is_syndicatable
			UNION ALL SELECT b.id, %d + l.id FROM json_each(?1) j JOIN articles b ON b.id = j.value JOIN locales l ON l.tag = b.locale
			UNION ALL %s
			UNION ALL SELECT c.article_id, t.ancestor_id FROM json_each(?1) j JOIN article_categories c ON c.article_id = j.value JOIN category_ancestors t ON t.category_id = c.category_id
			UNION ALL SELECT c.article_id, -c.category_id FROM json_each(?1) j JOIN article_categories c ON c.article_id = j.value
			UNION ALL SELECT t.article_id, t.topic_id FROM json_each(?1) j JOIN article_topics t ON t.article_id = j.value
			UNION ALL SELECT b.article_id, b.author_id FROM json_each(?1) j JOIN bylines b ON b.article_id = j.value WHERE b.author_id IS NOT NULL
			UNION ALL SELECT e.article_id, e.event_id FROM json_each(?1) j JOIN article_events e ON e.article_id = j.value`,
	indexFacets("b.kind", facetKind, news.ArticleKinds), facetSticky, facetNoImage, facetImage, facetNotSyndicatable, facetLocale, dayFacets("articles", "published_day", "0", "true"))

var eventListing = &listing{
	number: 2, table: "event_facets", id: "event_id", entries: "events", search: "search",
	orders: map[string]order{
		string(news.EventByDate):         {column: "sort_day"},
		string(news.EventBySignificance): {column: "significance"},
		string(news.EventByUpdatedAt):    {column: "updated_at"},
		string(news.EventByTitle):        {column: "title_key", isText: true},
	},
	insert: `
		INSERT INTO event_facets (event_id, facet, sort_day, significance, updated_at, title_key)
		SELECT e.id, x.facet, e.sort_day, e.significance, e.updated_at, e.title_key
		FROM (` + eventFacets + `) x CROSS JOIN events e ON e.id = x.id AND e.status = 'PUBLISHED' ON CONFLICT DO NOTHING`,
	unpublished: &listing{
		number: 4, table: "unpublished_event_facets", id: "event_id", entries: "events", search: "unpublished_search",
		insert: `
			INSERT INTO unpublished_event_facets (event_id, facet, sort_day, significance, updated_at, title_key)
			WITH j (value) AS (SELECT e.id FROM json_each(?1) i CROSS JOIN events e ON e.id = i.value AND e.status <> 'PUBLISHED')
			SELECT e.id, x.facet, e.sort_day, e.significance, e.updated_at, e.title_key
			FROM (` + unpublishedFacets(eventFacets, "events") + `) x CROSS JOIN events e ON e.id = x.id ON CONFLICT DO NOTHING`,
	},
}

// eventFacets are the ids of events with their facets; its argument is a JSON list of ids.
var eventFacets = fmt.Sprintf(`
			SELECT j.value AS id, 0 AS facet FROM json_each(?1) j
			UNION ALL SELECT b.id, %s FROM json_each(?1) j JOIN events b ON b.id = j.value
			UNION ALL SELECT b.id, %d FROM json_each(?1) j JOIN events b ON b.id = j.value WHERE b.is_selected
			UNION ALL SELECT b.id, %s FROM json_each(?1) j JOIN events b ON b.id = j.value
			UNION ALL SELECT b.id, %s FROM json_each(?1) j JOIN events b ON b.id = j.value WHERE b.precision IS NOT NULL
			UNION ALL %s
			UNION ALL %s
			UNION ALL SELECT b.id, b.place_id FROM json_each(?1) j JOIN events b ON b.id = j.value WHERE b.place_id IS NOT NULL
			UNION ALL SELECT c.event_id, t.ancestor_id FROM json_each(?1) j JOIN event_categories c ON c.event_id = j.value JOIN category_ancestors t ON t.category_id = c.category_id
			UNION ALL SELECT c.event_id, -c.category_id FROM json_each(?1) j JOIN event_categories c ON c.event_id = j.value
			UNION ALL SELECT t.event_id, t.topic_id FROM json_each(?1) j JOIN event_topics t ON t.event_id = j.value`,
	indexFacets("b.kind", facetKind, news.HistoricalEventKinds), facetSelected,
	indexFacets("b.verification", facetVerified, news.VerificationStates), indexFacets("b.precision", facetPrecise, news.DatePrecisions),
	dayFacets("events", "month_day", "0", "true"),
	dayFacets("events", "month_day", headlineRank, "b.verification <> 'REFUTED'"))

// headlineRank is SQL for what is added to the facet of a day: first comes what editors picked, then what is verified.
var headlineRank = fmt.Sprintf(`%d * CASE WHEN b.is_selected THEN iif(b.verification = 'VERIFIED', 1, 2) ELSE iif(b.verification = 'VERIFIED', 3, 4) END`, facetHeadline)

// unpublishedFacets are the same facets of the ids in table j, and one more for the status.
func unpublishedFacets(facets, table string) string {
	return strings.ReplaceAll(facets, "json_each(?1) j", "j") +
		fmt.Sprintf(" UNION ALL SELECT b.id, %s FROM j JOIN %s b ON b.id = j.value", indexFacets("b.status", facetStatus, news.EntryStatuses), table)
}

// indexFacets is SQL for the facet of a word: the first one plus the word's index in the list.
func indexFacets[W ~string](column string, first int, words []W) string {
	var b strings.Builder
	b.WriteString("CASE " + column)
	for i, w := range words {
		fmt.Fprintf(&b, " WHEN '%s' THEN %d", w, first+i)
	}
	b.WriteString(" END")
	return b.String()
}

// dayFacets is SQL for the facets of a day of the year, each with something added, of the entries that fulfil a condition;
// none where the column is NULL.
func dayFacets(table, column, plus, condition string) string {
	return fmt.Sprintf(`SELECT b.id, %[6]s + %[3]d + b.%[2]s FROM json_each(?1) j JOIN %[1]s b ON b.id = j.value WHERE b.%[2]s IS NOT NULL AND %[7]s
			UNION ALL SELECT b.id, %[6]s + %[4]d FROM json_each(?1) j JOIN %[1]s b ON b.id = j.value WHERE b.%[2]s IN (228, 229) AND %[7]s
			UNION ALL SELECT b.id, %[6]s + %[5]d FROM json_each(?1) j JOIN %[1]s b ON b.id = j.value WHERE b.%[2]s IN (229, 301) AND %[7]s`,
		table, column, facetMonthDay, facetWithLeap+228, facetWithLeap+301, plus, condition)
}

// dayFacet is the facet of what is kept on a day: that day's own and, at the end of February of a common year and by
// policy, what belongs to 29 February.
func dayFacet(d news.Date, policy news.LeapDayPolicy) int {
	own := d.MonthDay().Number()
	if len(policy.KeptOn(d)) > 1 {
		return facetWithLeap + own
	}
	return facetMonthDay + own
}

// refile makes facets and counters agree with the entries as they are now stored. It follows every change of an
// entry's status, sort keys or links.
func (l *listing) refile(ids []news.ID) []engine.Step {
	ids = slices.Clone(ids) // an entry is filed once, however often it was touched
	slices.Sort(ids)
	arg := []any{idList(slices.Compact(ids))}
	return append(l.refileIn(arg), l.unpublished.refileIn(arg)...)
}

func (l *listing) refileIn(arg []any) []engine.Step {
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
