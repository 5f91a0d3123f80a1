package store

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/dateline-cms/dateline/internal/analysis"
	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// TestRandomImports imports what a bad day brings: records in any order, rings of parents, references of the wrong type
// and to nothing, names that collide, states that come and go. After each batch all that is derived must follow from
// what it is derived from.
func TestRandomImports(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			n := newNewsroom(t)
			r := rand.New(rand.NewPCG(seed, 7))
			results := map[news.ImportResult]int{}
			for i := range 120 {
				n.clock.advance(time.Hour)
				batch := make([]news.Record, 1+r.IntN(8))
				for j := range batch {
					batch[j] = randomRecord(r, n.clock.now())
				}
				for _, o := range n.try(batch...) {
					results[o.Result]++
				}
				if i%4 == 0 {
					n.finish()
				}
				if n.check(); t.Failed() {
					t.Fatalf("after batch %d: %s", i, asJSON(batch))
				}
			}
			t.Log(results)
			if results[news.Created] == 0 || results[news.Updated] < 50 || results[news.Failed] == 0 {
				t.Error("the records are not varied enough to show anything")
			}
		})
	}
}

// A small world, so that records meet.
func randomRecord(r *rand.Rand, now time.Time) news.Record {
	ref := func(kind string, n int) news.Ref { return news.Ref(fmt.Sprintf("w:%s%d", kind, r.IntN(n))) }
	some := func(kind string, n int) (refs []news.Ref) {
		for range r.IntN(4) {
			refs = append(refs, ref(kind, n))
		}
		if r.IntN(40) == 0 {
			refs = append(refs, ref("image", 5)) // of the wrong type, mostly
		}
		return refs
	}
	maybe := func(ref news.Ref) news.Ref {
		if r.IntN(3) == 0 {
			return ""
		}
		return ref
	}
	head := func() news.Head {
		h := news.Head{Title: []string{"Rain", "Snow", "Sleet", "Hail"}[r.IntN(4)]}
		h.Status = []news.EntryStatus{"", "", news.StatusPublished, news.StatusPublished, news.StatusDraft, news.StatusRetracted, news.StatusUnpublished, news.StatusScheduled}[r.IntN(8)]
		h.PublishedAt = now.Add(time.Duration(r.IntN(5)-4) * time.Hour)
		h.Locale = []news.Locale{"", "en", "de", "ar"}[r.IntN(4)]
		if r.IntN(4) == 0 {
			h.Path = []news.Path{"/a/", "/b/", "/c", "/rain/"}[r.IntN(4)]
		}
		if r.IntN(6) == 0 {
			h.Slug = []string{"x", "y", "rain"}[r.IntN(3)]
		}
		return h
	}
	earlier := func() []news.Path {
		return [][]news.Path{nil, nil, {"/old-1"}, {"/old-2", "/a/"}}[r.IntN(4)]
	}
	switch r.IntN(12) {
	case 0, 1:
		c := category(ref("category", 9), []string{"World", "Sport", "Art"}[r.IntN(3)], maybe(ref("category", 10)))
		c.Category.Position, c.Category.RedirectsFrom = r.IntN(3), earlier()
		return c
	case 2:
		tp := topic(ref("topic", 5), []string{"Flood", "Peace"}[r.IntN(2)])
		tp.Topic.Kind, tp.Topic.Image = news.TopicKinds[r.IntN(9)], maybe(ref("image", 5))
		return tp
	case 3:
		return author(ref("author", 4), []string{"Ada", "Ben"}[r.IntN(2)], func(a *news.AuthorRecord) { a.Portrait = maybe(ref("image", 5)) })
	case 4:
		return image(ref("image", 4), news.URL(fmt.Sprintf("/media/%d.svg", r.IntN(9))))
	case 5:
		p := page(ref("page", 4), "", func(p *news.PageRecord) { p.Parent, p.RedirectsFrom = maybe(ref("page", 5)), earlier() })
		p.Page.Head = head()
		return p
	case 6:
		e := event(ref("event", 6), "", news.EDTF(fmt.Sprintf("%04d-0%d-0%d", 1000+r.IntN(3), 1+r.IntN(2), 1+r.IntN(2))))
		e.Event.Head, e.Event.IsSelected, e.Event.Kind = head(), r.IntN(3) == 0, news.HistoricalEventKinds[r.IntN(5)]
		e.Event.Topics, e.Event.Categories, e.Event.Image = some("topic", 6), some("category", 10), maybe(ref("image", 5))
		e.Event.Significance = new(r.IntN(3))
		return e
	case 7:
		return redirect(ref("redirect", 4), []news.Path{"/old-1", "/old-2", "/a/", "/gone"}[r.IntN(4)], maybe(ref("article", 14)))
	}
	a := article(ref("article", 12), "")
	a.Article.Head, a.Article.Kind, a.Article.IsSticky = head(), news.ArticleKinds[r.IntN(len(news.ArticleKinds))], r.IntN(3) == 0
	a.Article.Body = news.HTML("<p>" + strings.Repeat("word ", []int{0, 1, 2, 50}[r.IntN(4)]) + "</p>")
	a.Article.PrimaryCategory, a.Article.Categories = maybe(ref("category", 10)), some("category", 10)
	for _, tp := range some("topic", 6) {
		a.Article.Topics = append(a.Article.Topics, news.TopicLink{Topic: tp})
	}
	for _, by := range some("author", 5) {
		a.Article.Byline = append(a.Article.Byline, news.CreditRecord{Name: "By", Author: by})
	}
	for i, other := range some("article", 14) {
		if a.Article.Related = append(a.Article.Related, news.Pin{Article: other, IsMutual: i%2 == 0}); i%3 == 2 {
			a.Article.Hidden = append(a.Article.Hidden, news.Hide{Article: other, IsMutual: a.Article.IsSticky})
		}
	}
	a.Article.Events, a.Article.LeadImage = some("event", 7), maybe(ref("image", 5))
	a.Article.RedirectsFrom = earlier()
	if r.IntN(4) == 0 {
		a.Article.TranslationOf = ref("article", 14)
	}
	if r.IntN(20) == 0 {
		a.Article.Kind = "POEM"
	}
	return a
}

// check compares everything derived with what it is derived from.
func (n *newsroom) check() {
	n.t.Helper()
	chains := n.checkCategories()
	n.checkFacets("article_facets", 1, n.articleFacets(chains, true))
	n.checkFacets("event_facets", 2, n.eventFacets(chains, true))
	n.checkFacets("unpublished_article_facets", 3, n.articleFacets(chains, false))
	n.checkFacets("unpublished_event_facets", 4, n.eventFacets(chains, false))
	n.checkClaims()
	n.checkSearch()
	n.checkJournal()
	n.checkPaths()
	n.checkFingerprints()
	faults := ""
	// The searches come first for the reason that Check gives.
	err := n.Store.db.Query(context.Background(), engine.Stmt{SQL: `SELECT rowid FROM search LIMIT 1`}, engine.Stmt{SQL: `SELECT rowid FROM unpublished_search LIMIT 1`},
		engine.Stmt{SQL: `SELECT integrity_check FROM pragma_integrity_check`, Scan: func(r *engine.Row) error { faults += r.Text(); return nil }})
	if err != nil || faults != "ok" {
		n.t.Errorf("the file is not whole: %s, %v", faults, err)
	}
	for what, sql := range map[string]string{
		"an article in a translation group alone with a founder who is elsewhere": `SELECT count(*) FROM articles WHERE translation_group IS NOT NULL
			AND translation_group NOT IN (SELECT id FROM articles)`,
		"a body without an entry, or an entry without a body": `SELECT count(*) FROM (SELECT id FROM articles UNION ALL SELECT id FROM pages) e
			FULL JOIN bodies b ON b.entry_id = e.id WHERE e.id IS NULL OR b.entry_id IS NULL`,
		"an image nobody can name": `SELECT count(*) FROM images WHERE id NOT IN (SELECT subject FROM external_refs) AND id NOT IN (SELECT subject FROM changes WHERE by IS NOT NULL)`,
		"a link to what was deleted": `SELECT count(*) FROM (SELECT subject FROM paths UNION ALL SELECT subject FROM external_refs UNION ALL SELECT subject FROM revisions
			UNION ALL SELECT subject FROM pending_records UNION ALL SELECT subject FROM idempotency_keys UNION ALL SELECT abs(facet) FROM facet_counts) WHERE subject IN (SELECT subject FROM (` + tombstones + `))`,
		"a ring of pages":                `WITH RECURSIVE up (id, top, n) AS (SELECT id, parent_id, 0 FROM pages UNION ALL SELECT up.id, p.parent_id, n + 1 FROM up JOIN pages p ON p.id = up.top WHERE n < 200) SELECT count(*) FROM up WHERE n = 200`,
		"broken foreign keys":            `SELECT count(*) FROM pragma_foreign_key_check`,
		"a pending record of no subject": `SELECT count(*) FROM pending_records WHERE subject NOT IN (SELECT subject FROM changes)`,
	} {
		if bad := n.number(sql); bad != 0 {
			n.t.Errorf("there is %s (%d)", what, bad)
		}
	}
}

// checkCategories compares ancestors and depths with the parents, and returns every category's chain, itself included.
func (n *newsroom) checkCategories() map[int64][]int64 {
	n.t.Helper()
	parents, depths := map[int64]int64{}, map[int64]int64{}
	n.query(`SELECT id, coalesce(parent_id, 0), depth FROM categories`, func(r *engine.Row) {
		id := r.Int64()
		parents[id], depths[id] = r.Int64(), r.Int64()
	})
	chains, stored := map[int64][]int64{}, map[int64][]int64{}
	for id := range parents {
		for at := id; at != 0; at = parents[at] {
			chains[id] = append(chains[id], at)
			if len(chains[id]) > len(parents) {
				n.t.Fatalf("category %s is in a ring of parents", news.ID(id))
			}
		}
		slices.Reverse(chains[id])
		if int(depths[id]) != len(chains[id])-1 {
			n.t.Errorf("category %s has depth %d and %d ancestors", news.ID(id), depths[id], len(chains[id])-1)
		}
	}
	n.query(`SELECT category_id, depth, ancestor_id FROM category_ancestors ORDER BY category_id, depth`, func(r *engine.Row) {
		id, depth := r.Int64(), r.Int64()
		if int(depth) != len(stored[id]) {
			n.t.Errorf("category %s has an ancestor of depth %d after %d others", news.ID(id), depth, len(stored[id]))
		}
		stored[id] = append(stored[id], r.Int64())
	})
	equal(n.t, "ancestors", stored, chains)
	return chains
}

// filed is what a facet table must hold: the sort keys of an entry, by entry and facet.
type filed map[[2]int64]string

func (n *newsroom) articleFacets(chains map[int64][]int64, published bool) filed {
	want, keys := filed{}, map[int64]string{}
	add := func(article, facet int64) {
		if key, visible := keys[article]; visible {
			want[[2]int64{article, facet}] = key
		}
	}
	locales := map[string]int64{}
	n.query(`SELECT id, tag FROM locales`, func(r *engine.Row) { id := r.Int64(); locales[r.Text()] = id })
	n.query(`SELECT id, published_at, publish_at, updated_at, title, kind, is_sticky, lead_image_id IS NULL, locale, NOT is_syndicatable, status
			FROM articles WHERE (status = 'PUBLISHED') = ?`, func(r *engine.Row) {
		id, first, planned, updated := r.Int64(), nullInstant(r), nullInstant(r), instant(r)
		keys[id] = fmt.Sprintf("%d %d %s", firstTime(first, planned, updated).UnixMilli(), updated.UnixMilli(), fold(r.Text()))
		add(id, facetAll)
		add(id, facetKind+int64(slices.Index(news.ArticleKinds, news.ArticleKind(r.Text()))))
		if r.Bool() {
			add(id, facetSticky)
		}
		image := int64(facetImage)
		if r.Bool() {
			image = facetNoImage
		}
		add(id, image)
		add(id, facetLocale+locales[r.Text()])
		if r.Bool() {
			add(id, facetNotSyndicatable)
		}
		addStatus(add, id, news.EntryStatus(r.Text()))
		if !first.IsZero() {
			addDays(add, id, new(news.DateOf(first.In(n.zone())).MonthDay()))
		}
	}, published)
	n.query(`SELECT article_id, category_id FROM article_categories`, func(r *engine.Row) {
		article, category := r.Int64(), r.Int64()
		add(article, -category)
		for _, above := range chains[category] {
			add(article, above)
		}
	})
	for _, sql := range []string{`SELECT article_id, topic_id FROM article_topics`, `SELECT article_id, event_id FROM article_events`,
		`SELECT article_id, author_id FROM bylines WHERE author_id IS NOT NULL`} {
		n.query(sql, func(r *engine.Row) { add(r.Int64(), r.Int64()) })
	}
	return want
}

func (n *newsroom) eventFacets(chains map[int64][]int64, published bool) filed {
	want, keys := filed{}, map[int64]string{}
	add := func(event, facet int64) {
		if key, visible := keys[event]; visible {
			want[[2]int64{event, facet}] = key
		}
	}
	n.query(`SELECT id, edtf, calendar, significance, updated_at, title, kind, is_selected, verification, place_id, status FROM events WHERE (status = 'PUBLISHED') = ?`, func(r *engine.Row) {
		id := r.Int64()
		date, err := news.ParseHistoricalDate(r.Text(), news.CalendarModel(r.Text()))
		if err != nil {
			n.t.Error(err)
		}
		keys[id] = fmt.Sprintf("%d %d %d %s", date.SortDay(), r.Int64(), r.Int64(), fold(r.Text()))
		add(id, facetAll)
		add(id, facetKind+int64(slices.Index(news.HistoricalEventKinds, news.HistoricalEventKind(r.Text()))))
		selected := r.Bool()
		if selected {
			add(id, facetSelected)
		}
		state := news.VerificationState(r.Text())
		addDays(add, id, date.MonthDay())
		if state != news.Refuted {
			rank := int64(4)
			if state == news.Verified {
				rank = 3
			}
			if selected {
				rank -= 2
			}
			addDays(func(entry, facet int64) { add(entry, 40000*rank+facet) }, id, date.MonthDay())
		}
		add(id, facetVerified+int64(slices.Index(news.VerificationStates, state)))
		add(id, facetPrecise+int64(slices.Index(news.DatePrecisions, date.Precision)))
		if place := nullID(r); place != 0 {
			add(id, int64(place))
		}
		addStatus(add, id, news.EntryStatus(r.Text()))
	}, published)
	n.query(`SELECT event_id, category_id FROM event_categories`, func(r *engine.Row) {
		event, category := r.Int64(), r.Int64()
		add(event, -category)
		for _, above := range chains[category] {
			add(event, above)
		}
	})
	n.query(`SELECT event_id, topic_id FROM event_topics`, func(r *engine.Row) { add(r.Int64(), r.Int64()) })
	return want
}

// addStatus adds the facet of a status other than PUBLISHED.
func addStatus(add func(entry, facet int64), id int64, status news.EntryStatus) {
	if status != news.StatusPublished {
		add(id, facetStatus+int64(slices.Index(news.EntryStatuses, status)))
	}
}

// addDays adds the facets of a day of the year: its own, and those of the days that 29 February may join.
func addDays(add func(entry, facet int64), id int64, day *news.MonthDay) {
	if day == nil {
		return
	}
	add(id, int64(1000+100*day.Month+day.Day))
	switch *day {
	case news.MonthDay{Month: 2, Day: 28}:
		add(id, 20228)
	case news.MonthDay{Month: 2, Day: 29}:
		add(id, 20228)
		add(id, 20301)
	case news.MonthDay{Month: 3, Day: 1}:
		add(id, 20301)
	}
}

func (n *newsroom) zone() *time.Location {
	site, err := n.Site(context.Background())
	if err != nil {
		n.t.Fatal(err)
	}
	zone, err := site.TimeZone.Location()
	if err != nil {
		n.t.Fatal(err)
	}
	return zone
}

// checkClaims looks for events whose accepted claim is not their date.
func (n *newsroom) checkClaims() {
	n.t.Helper()
	if wrong := n.number(`SELECT count(*) FROM events e LEFT JOIN date_claims c ON c.event_id = e.id AND c.is_accepted
		WHERE c.edtf IS NOT e.edtf OR c.calendar IS NOT e.calendar`); wrong != 0 {
		n.t.Errorf("%d events have another date than their accepted claim", wrong)
	}
}

func (n *newsroom) checkFingerprints() {
	n.t.Helper()
	want := []int64{}
	n.query(`SELECT b.text FROM articles a JOIN bodies b ON b.entry_id = a.id ORDER BY a.id`, func(r *engine.Row) {
		keys := fingerprintOf(r.Text())
		slices.Sort(keys)
		want = append(want, keys...)
	})
	got := append([]int64{}, n.numbers(`SELECT key FROM fingerprints ORDER BY article_id, key`)...)
	equal(n.t, "fingerprints", got, want)
}

func (n *newsroom) checkFacets(table string, list int64, want filed) {
	n.t.Helper()
	got := filed{}
	columns := "article_id, facet, published_at || ' ' || updated_at || ' ' || title_key"
	if list == 2 || list == 4 {
		columns = "event_id, facet, sort_day || ' ' || significance || ' ' || updated_at || ' ' || title_key"
	}
	n.query(`SELECT `+columns+` FROM `+table, func(r *engine.Row) { key := [2]int64{r.Int64(), r.Int64()}; got[key] = r.Text() })
	for key := range maps.Keys(want) {
		if got[key] != want[key] {
			n.t.Errorf("%s: %s is filed under %d as %q, want %q", table, news.ID(key[0]), key[1], got[key], want[key])
		}
	}
	counts := map[int64]int64{}
	for key := range got {
		counts[key[1]]++
		if _, ok := want[key]; !ok {
			n.t.Errorf("%s: %s is filed under %d", table, news.ID(key[0]), key[1])
		}
	}
	stored := map[int64]int64{}
	n.query(`SELECT facet, entries FROM facet_counts WHERE list = ? AND entries <> 0`, func(r *engine.Row) { stored[r.Int64()] = r.Int64() }, list)
	equal(n.t, table+"' counters", stored, counts)
}

func (n *newsroom) checkSearch() {
	n.t.Helper()
	visible := `SELECT id, published_at AS at, title FROM articles WHERE status = 'PUBLISHED' UNION ALL SELECT id, published_at, title FROM pages WHERE status = 'PUBLISHED'
		UNION ALL SELECT id, published_at, title FROM events WHERE status = 'PUBLISHED'`
	all := visible + ` UNION ALL SELECT id, 0, name || aliases FROM topics UNION ALL SELECT id, 0, name FROM categories UNION ALL SELECT id, 0, name FROM authors`
	equal(n.t, "nodes in the search index", n.numbers(`SELECT rowid FROM search ORDER BY rowid`), n.numbers(`SELECT id FROM (`+all+`) ORDER BY id`))
	equal(n.t, "nodes with a search date", n.numbers(`SELECT id FROM search_dates ORDER BY id`), n.numbers(`SELECT id FROM (`+all+`) ORDER BY id`))
	if wrong := n.number(`SELECT count(*) FROM (` + visible + `) v JOIN search_dates d USING (id) WHERE v.at <> d.at`); wrong != 0 {
		n.t.Errorf("%d search dates differ from the publication", wrong)
	}
	hidden := strings.ReplaceAll(strings.ReplaceAll(visible, "= 'PUBLISHED'", "<> 'PUBLISHED'"), "published_at", "coalesce(published_at, publish_at, updated_at)")
	equal(n.t, "entries in the index of what is not published", n.numbers(`SELECT rowid FROM unpublished_search ORDER BY rowid`), n.numbers(`SELECT id FROM (`+hidden+`) ORDER BY id`))
	equal(n.t, "their dates", n.text(`SELECT id || ' ' || at FROM unpublished_search_dates ORDER BY id`), n.text(`SELECT id || ' ' || at FROM (`+hidden+`) ORDER BY id`))
	titles := map[string][]int64{} // who has a word in the title
	n.query(all, func(r *engine.Row) {
		id := r.Int64()
		r.Skip()
		for _, word := range strings.FieldsFunc(r.Text(), func(c rune) bool { return !unicode.In(c, unicode.L, unicode.M, unicode.N) }) {
			if word = analysis.Fold(word); word == "" { // a mark alone
				continue
			}
			if !slices.Contains(titles[word], id) {
				titles[word] = append(titles[word], id)
			}
		}
	})
	for word, ids := range titles {
		slices.Sort(ids)
		equal(n.t, "nodes found by the title "+word, n.numbers(`SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid`, `title : "`+word+`"`), ids)
	}
}

var versioned = []string{"sites", "images", "authors", "topics", "categories", "pages", "articles", "events", "api_keys"}

// tombstones are the subjects of which the journal says that they were deleted.
const tombstones = `SELECT subject, version FROM changes WHERE kind = 'DELETED'`

func (n *newsroom) checkJournal() {
	n.t.Helper()
	seqs := n.numbers(`SELECT seq FROM changes ORDER BY seq`)
	for i, seq := range seqs {
		if seq != int64(i+1) {
			n.t.Fatalf("entry %d of the journal has the number %d", i+1, seq)
		}
	}
	subjects := 0
	for _, table := range versioned {
		subjects += int(n.number(`SELECT count(*) FROM ` + table))
		if wrong := n.number(`SELECT count(*) FROM ` + table + ` t WHERE version IS NOT (SELECT max(c.version) FROM changes c WHERE c.subject = t.id)
			OR version <> (SELECT count(*) FROM changes c WHERE c.subject = t.id)`); wrong != 0 {
			n.t.Errorf("%d %s have another version than the journal", wrong, table)
		}
	}
	for _, kind := range []news.IDKind{news.KindRedirect, news.KindRelatedLists} { // which have no table
		subjects += int(n.number(`SELECT count(DISTINCT subject) FROM changes WHERE subject >> 16 & 63 = ?`, int(kind)))
	}
	subjects += int(n.number(`SELECT count(*) FROM (` + tombstones + `)`))
	if again := n.number(`SELECT count(*) FROM changes c JOIN (` + tombstones + `) d USING (subject) WHERE c.version > d.version`); again != 0 {
		n.t.Errorf("%d changes of what was deleted before", again)
	}
	if journal := int(n.number(`SELECT count(DISTINCT subject) FROM changes`)); journal != subjects {
		n.t.Errorf("the journal has %d subjects, the tables %d", journal, subjects)
	}
}

func (n *newsroom) checkPaths() {
	n.t.Helper()
	addressed := `SELECT id, path, status FROM articles UNION ALL SELECT id, path, status FROM pages UNION ALL SELECT id, path, status FROM events
		UNION ALL SELECT id, path, '' FROM authors UNION ALL SELECT id, path, '' FROM topics UNION ALL SELECT id, path, '' FROM categories`
	want := n.text(`SELECT id || ' ' || path FROM (` + addressed + `) WHERE status <> 'RETRACTED' ORDER BY id`)
	equal(n.t, "current paths", n.text(`SELECT subject || ' ' || path FROM paths WHERE state = 'CURRENT' ORDER BY subject`), want)
	if bad := n.text(`SELECT id || ' ' || path FROM (` + addressed + `) WHERE path NOT LIKE '/%'`); bad != "" {
		n.t.Errorf("nodes without an address: %s", bad)
	}
}

// TestChecksCanFail spoils one derived thing after the other.
func TestChecksCanFail(t *testing.T) {
	for _, spoil := range []string{
		`UPDATE facet_counts SET entries = entries + 1 WHERE list = 1 AND facet = 0`,
		`DELETE FROM facet_counts WHERE list = 2`,
		`DELETE FROM article_facets WHERE facet = 0`,
		`UPDATE article_facets SET title_key = 'z' WHERE facet = 0`,
		`DELETE FROM unpublished_article_facets WHERE facet = 0`,
		`UPDATE unpublished_article_facets SET published_at = 0`,
		`UPDATE facet_counts SET entries = entries + 1 WHERE list = 3`,
		`DELETE FROM unpublished_event_facets`,
		`DELETE FROM unpublished_search`,
		`UPDATE unpublished_search_dates SET at = at + 1`,
		`INSERT INTO event_facets SELECT event_id, 77, sort_day, significance, updated_at, title_key FROM event_facets WHERE facet = 0`,
		`UPDATE categories SET depth = 7`,
		`DELETE FROM category_ancestors WHERE depth = 0`,
		`DELETE FROM search WHERE rowid = (SELECT max(id) FROM articles)`,
		`DELETE FROM search_dates`,
		`UPDATE search_dates SET at = at + 1`,
		`UPDATE articles SET version = version + 1`,
		`DELETE FROM changes WHERE seq = 2`,
		`UPDATE paths SET path = path || 'x'`,
		`UPDATE paths SET state = 'MOVED'`,
		`UPDATE date_claims SET edtf = '1999-01-03'`,
		`UPDATE date_claims SET is_accepted = 0`,
		`UPDATE articles SET published_at = published_at + 86400000`,
		`DELETE FROM bodies`,
		`INSERT INTO fingerprints SELECT id, 7 FROM articles`,
		`UPDATE articles SET translation_group = 17`,
	} {
		n := newNewsroom(t)
		n.bring(news.Created, category("w:c", "World", ""), category("w:d", "Asia", "w:c"), event("w:e", "Flood", "1999-01-02"),
			event("w:e2", "Draft of a flood", "1999-01-03", func(e *news.EventRecord) { e.Status = news.StatusDraft }),
			article("w:a2", "Draft", func(a *news.ArticleRecord) { a.Status = news.StatusDraft }),
			article("w:a", "Rain", func(a *news.ArticleRecord) { a.Categories = []news.Ref{"w:d"} }))
		if n.check(); t.Failed() {
			t.Fatal("not even whole before")
		}
		if err := n.db.Write(context.Background(), "", []engine.Step{{SQL: spoil}}); err != nil {
			t.Fatal(err)
		}
		probe := &probe{TB: t}
		n.t = probe
		func() {
			defer func() { _ = recover() }()
			n.check()
		}()
		if !probe.failed {
			t.Errorf("nobody noticed: %s", spoil)
		}
	}
}

// probe notes a failure instead of failing the test.
type probe struct {
	testing.TB
	failed bool
}

func (p *probe) Errorf(string, ...any)     { p.failed = true }
func (p *probe) Error(...any)              { p.failed = true }
func (p *probe) Fatalf(f string, _ ...any) { p.failed = true; panic(f) }
func (p *probe) Helper()                   {}
