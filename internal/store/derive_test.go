package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/news"
)

// atNight came out at 22:30 UTC on 28 February 2025: on 1 March in Baghdad and Kiritimati, on 28 February elsewhere.
var atNight = time.Date(2025, 2, 28, 22, 30, 0, 0, time.UTC)

func nightly(ref news.Ref) news.Record {
	return article(ref, "Rain "+string(ref), func(a *news.ArticleRecord) { a.PublishedAt = atNight })
}

func nightlies(from, to int) (records []news.Record) {
	for i := from; i < to; i++ {
		records = append(records, nightly(news.Ref(fmt.Sprint("w:a", i))))
	}
	return records
}

// setZone changes the site's zone.
func (n *newsroom) setZone(zone news.TimeZone) error {
	return n.SetSite(context.Background(), func(s *news.Site) { s.TimeZone = zone })
}

// onDay is the number of articles in the archive of a day, by its counter and by the list.
func (n *newsroom) onDay(month, day int) int {
	n.t.Helper()
	c, err := n.FindArchive(context.Background(), news.Date{Year: 2026, Month: month, Day: day}, n.zone(), news.LeapYearsOnly, 1, nil, news.Window{Limit: 2000})
	if err != nil {
		n.t.Fatal(err)
	}
	if counter := int(n.number(`SELECT coalesce((SELECT entries FROM facet_counts WHERE list = 1 AND facet = ?), 0)`, 1000+100*month+day)); counter != len(c.Edges) {
		n.t.Errorf("%d-%d has %d articles and the counter %d", month, day, len(c.Edges), counter)
	}
	return len(c.Edges)
}

// TestAnotherZone: articles move to the days they have in the zone that the site gets, by its settings or by an import, alone
// or with articles in the same batch.
func TestAnotherZone(t *testing.T) {
	n := newNewsroom(t)
	n.bring(news.Created, append(nightlies(0, 3), event("w:e", "Flood", "1999-02-28"), article("w:draft", "Draft", func(a *news.ArticleRecord) {
		a.PublishedAt, a.Status = atNight, news.StatusDraft
	}), article("w:never", "Never", func(a *news.ArticleRecord) { a.Status = news.StatusDraft }))...)
	want := func(what string, february, march int) {
		t.Helper()
		if f, m := n.onDay(2, 28), n.onDay(3, 1); f != february || m != march {
			t.Errorf("%s: %d articles on 28 February and %d on 1 March, want %d and %d", what, f, m, february, march)
		}
		n.check()
	}
	want("in UTC", 3, 0)
	position := n.position()
	for _, err := range []error{n.setZone("Asia/Baghdad"), n.setZone("America/New_York"), n.setZone("Pacific/Kiritimati")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	want("in Kiritimati", 0, 3)
	if got := n.position() - position; got != 3 {
		t.Errorf("three changes of the zone made %d entries in the journal", got)
	}
	n.bring(news.Updated, news.Record{Ref: "w:site", Site: &news.SiteRecord{Site: news.Site{TimeZone: "America/New_York"}}})
	want("in New York, by an import", 3, 0)
	// The site's record stands last in the batch and still decides about the articles before it.
	n.bring(news.Created, nightlies(3, 5)...)
	outcomes := n.try(nightly("w:a5"), nightly("w:a6"), news.Record{Ref: "w:site", Site: &news.SiteRecord{Site: news.Site{TimeZone: "Asia/Baghdad"}}})
	if outcomes[2].Result != news.Updated {
		t.Fatal(outcomes)
	}
	want("in Baghdad, by an import with articles", 0, 7)
	if err := n.setZone("Mars/Olympus"); err == nil {
		t.Error("there is no such zone")
	}
}

// TestZoneInBetween: another program gives the site another zone at any moment of an import, and of a change of zone.
func TestZoneInBetween(t *testing.T) {
	for name, write := range map[string]func(*newsroom) error{
		"an import":        func(n *newsroom) error { n.try(nightlies(1, 4)...); return nil },
		"a change of zone": func(n *newsroom) error { return n.setZone("America/New_York") },
		"an import of a zone": func(n *newsroom) error {
			n.try(nightly("w:a1"), news.Record{Ref: "w:site", Site: &news.SiteRecord{Site: news.Site{TimeZone: "America/New_York"}}})
			return nil
		},
	} {
		for before := 1; ; before++ {
			n := newNewsroom(t)
			n.bring(news.Created, nightlies(0, 2)...)
			other := openNewsroom(t, n.path)
			meeting := &meetingEngine{n.Store.db, before, func() {
				if err := other.setZone("Asia/Baghdad"); err != nil {
					t.Fatal(err)
				}
			}}
			n.Store.db = meeting
			err := write(n)
			n.Store.db = meeting.Engine
			if err != nil {
				t.Errorf("%s at call %d: %v", name, before, err)
			}
			if n.check(); t.Failed() {
				t.Fatalf("%s at call %d: the zone is %s", name, before, n.zone())
			}
			if meeting.before > 0 {
				if before < 6 {
					t.Errorf("%s made only %d calls", name, before)
				}
				break
			}
		}
	}
}

// TestImportInBetween: another program imports at any moment of a change of zone: new articles, and new times of old ones.
func TestImportInBetween(t *testing.T) {
	for before := 1; ; before++ {
		n := newNewsroom(t)
		n.bring(news.Created, append(nightlies(0, 3), event("w:e", "Flood", "1999-01-02"))...)
		other := openNewsroom(t, n.path)
		meeting := &meetingEngine{n.Store.db, before, func() {
			other.try(article("w:a0", "Rain", func(a *news.ArticleRecord) { a.PublishedAt = atNight.AddDate(0, 0, 10) }), nightly("w:a9"), event("w:e", "Flood", "1999-01"))
		}}
		n.Store.db = meeting
		err := n.setZone("Asia/Baghdad")
		n.Store.db = meeting.Engine
		if err != nil {
			t.Errorf("at call %d: %v", before, err)
		}
		if n.check(); t.Failed() {
			t.Fatalf("at call %d", before)
		}
		if wrong := n.number(`SELECT count(*) FROM articles WHERE published_day IS NULL`); wrong != 0 {
			t.Fatalf("at call %d: %d articles have no day", before, wrong)
		}
		if n.text(`SELECT precision FROM events`) != string(news.PrecisionMonth) && meeting.before <= 0 {
			t.Fatalf("at call %d: the precision is %s", before, n.text(`SELECT precision FROM events`))
		}
		if meeting.before > 0 {
			break
		}
	}
}

// TestReindexInBetween: another program changes, adds and deletes documents at any moment of a reindexing.
func TestReindexInBetween(t *testing.T) {
	for before := 1; ; before++ {
		n := newNewsroom(t)
		n.bring(news.Created, article("w:a", "Rain"), article("w:b", "Snow"), article("w:draft", "Hail", func(a *news.ArticleRecord) { a.Status = news.StatusDraft }), topic("w:t", "Weather"))
		other := openNewsroom(t, n.path)
		n.write(`UPDATE sites SET derived_by = '4 UTC'`)
		for _, index := range []string{"search", "unpublished_search"} {
			n.write(`INSERT INTO ` + index + ` (` + index + `) VALUES ('delete-all')`)
		}
		if n.number(`SELECT count(*) FROM search WHERE search MATCH 'rain'`) != 0 {
			t.Fatal("the index is not empty")
		}
		meeting := &meetingEngine{n.Store.db, before, func() {
			other.try(article("w:a", "Sleet"), article("w:draft", "Frost"), article("w:new", "Fog"))
		}}
		n.Store.db = meeting
		err := n.derive(context.Background())
		n.Store.db = meeting.Engine
		if err != nil {
			t.Errorf("at call %d: %v", before, err)
		}
		if n.check(); t.Failed() {
			t.Fatalf("at call %d", before)
		}
		if meeting.before > 0 {
			if before < 5 {
				t.Errorf("it took only %d calls", before)
			}
			break
		}
	}
}

// brokenEngine writes some batches and then no more.
type brokenEngine struct {
	engine.Engine
	writes int
}

var errPower = errors.New("the power is off")

func (e *brokenEngine) Write(ctx context.Context, opID string, steps []engine.Step) error {
	if e.writes--; e.writes < 0 {
		return errPower
	}
	return e.Engine.Write(ctx, opID, steps)
}

// TestDeriveStopped: a change of zone is stopped after any of its batches. The next Open finishes it, and so does whoever
// changes the zone again, be it back to what it was.
func TestDeriveStopped(t *testing.T) {
	for writes := 1; ; writes++ {
		stopped := func(n *newsroom) bool {
			db := n.Store.db
			n.Store.db = &brokenEngine{db, writes}
			err := n.setZone("Asia/Baghdad")
			n.Store.db = db
			if err != nil && !errors.Is(err, errPower) {
				t.Fatal(err)
			}
			return err != nil
		}
		stocked := func() *newsroom {
			n := newNewsroom(t)
			n.bring(news.Created, append(nightlies(0, 1203), event("w:e", "Flood", "1999-02-28"))...)
			return n
		}
		first := stocked()
		if !stopped(first) {
			if writes < 5 {
				t.Errorf("a change of zone with 1203 articles took only %d batches", writes)
			}
			break
		}
		again := openNewsroom(t, first.path)
		if f, m := again.onDay(2, 28), again.onDay(3, 1); f != 0 || m != 1203 {
			t.Errorf("stopped after %d batches and opened: %d and %d", writes, f, m)
		}
		again.check()

		back := stocked()
		stopped(back)
		db := back.Store.db
		back.Store.db = &brokenEngine{db, 1} // enough for the import itself
		if _, err := back.Import(context.Background(), nightlies(1203, 1204)); !errors.Is(err, errPower) {
			t.Fatal(err)
		}
		back.Store.db = db
		if err := back.setZone("UTC"); err != nil {
			t.Fatal(err)
		}
		if f, m := back.onDay(2, 28), back.onDay(3, 1); f != 1204 || m != 0 {
			t.Errorf("stopped after %d batches and set back: %d and %d", writes, f, m)
		}
		back.check()
		if t.Failed() {
			return
		}
	}
}

// TestNothingToDerive: opening a database that is up to date writes nothing.
func TestNothingToDerive(t *testing.T) {
	n := newNewsroom(t)
	n.bring(news.Created, nightlies(0, 3)...)
	before := n.dump()
	equal(t, "the database after another Open", openNewsroom(t, n.path).dump(), before)
}

// firstMigration is the schema as it was before there were claims, days and precisions.
func firstMigration(t *testing.T) fs.FS {
	const name = "0001_newsroom.sql"
	sql, err := fs.ReadFile(Migrations(), name)
	if err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{name: {Data: sql}}
}

// oldNewsroom is a database of the first migration, written in SQL: six events, three articles, and facets and counters as
// they were filed then. Ids are numbered from 1 within their kind.
func oldNewsroom(t *testing.T, path string) {
	ctx := context.Background()
	db, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := engine.Migrate(ctx, db, firstMigration(t), noon); err != nil {
		t.Fatal(err)
	}
	var steps []engine.Step
	do := func(sql string, args ...any) { steps = append(steps, engine.Step{SQL: sql, Args: args}) }
	known := func(ref string, id news.ID) {
		system, value := splitRef(news.Ref(ref))
		do(`INSERT INTO external_refs (system, value, subject, digest) VALUES (?, ?, ?, 'old')`, system, value, int64(id))
		do(`INSERT INTO changes (subject, kind, version, tags, at) VALUES (?, 'CREATED', 1, '[]', ?)`, int64(id), noon.UnixMilli())
	}
	site := oldID(news.KindSite, 1)
	do(`INSERT INTO sites (id, name, url, time_zone, default_locale, locales, social_links, menus, about_html, about_text, about_words, version, updated_at)
		VALUES (?, 'Old', 'https://old.example', 'Asia/Baghdad', 'en', '["en"]', '[]', '[]', '', '', 0, 1, ?)`, int64(site), noon.UnixMilli())
	known("w:site", site)
	do(`INSERT INTO locales (id, tag) VALUES (1, 'en')`)
	indexed := func(id news.ID, title string, at time.Time) {
		do(`INSERT INTO search (rowid, type, title, standfirst, body, byline) VALUES (?, ?, ?, '', '', '')`, int64(id), typeToken(id.Kind()), title)
		do(`INSERT INTO search_dates (id, at) VALUES (?, ?)`, int64(id), at.UnixMilli())
	}
	for i, e := range []struct{ edtf, calendar, status string }{
		{"1914-07-28", "GREGORIAN", "PUBLISHED"}, {"-0043-03-15", "JULIAN", "PUBLISHED"}, {"1850~", "GREGORIAN", "PUBLISHED"},
		{"1904-02-29", "GREGORIAN", "PUBLISHED"}, {"XXXX-12-25", "GREGORIAN", "PUBLISHED"}, {"1998-10-05", "GREGORIAN", "DRAFT"},
	} {
		id, slug := oldID(news.KindHistoricalEvent, i+1), fmt.Sprint("event-", i+1)
		date, err := news.ParseHistoricalDate(e.edtf, news.CalendarModel(e.calendar))
		if err != nil {
			t.Fatal(err)
		}
		var monthDay any
		if md := date.MonthDay(); md != nil {
			monthDay = md.Number()
		}
		do(`INSERT INTO events (id, path, title, title_key, slug, locale, status, version, created_at, updated_at, published_at, kind, description_html, description_text,
				edtf, calendar, sort_day, year, month_day, verification, significance, is_selected)
			VALUES (?1, '/events/' || ?2 || '/', 'Flood', 'flood', ?2, 'en', ?3, 1, ?4, ?4, ?4, 'EVENT', '', '', ?5, ?6, ?7, ?8, ?9, 'UNVERIFIED', 50, 0)`,
			int64(id), slug, e.status, noon.UnixMilli(), e.edtf, e.calendar, date.SortDay(), date.AstronomicalYear, monthDay)
		do(`INSERT INTO paths (path, subject, state, since) VALUES ('/events/' || ? || '/', ?, 'CURRENT', ?)`, slug, int64(id), noon.UnixMilli())
		known("w:e"+fmt.Sprint(i+1), id)
		if e.status == "PUBLISHED" {
			indexed(id, "Flood", noon)
			do(`INSERT INTO event_facets (event_id, facet, sort_day, significance, updated_at, title_key) SELECT e.id, f.value, sort_day, significance, updated_at, title_key
				FROM events e, json_each('[0, 1, 17]') f WHERE e.id = ?`, int64(id))
		}
	}
	do(`INSERT INTO event_citations (event_id, position, title, url, publisher, accessed_at, quote) VALUES (?1, 0, 'The record', 'https://record.example/', 'Office', '2026-01-02', 'It began'), (?1, 1, 'Another', NULL, NULL, NULL, NULL)`,
		int64(oldID(news.KindHistoricalEvent, 1)))
	for i, status := range []string{"PUBLISHED", "PUBLISHED", "DRAFT"} {
		id, slug := oldID(news.KindArticle, i+1), fmt.Sprint("article-", i+1)
		do(`INSERT INTO articles (id, path, title, title_key, slug, locale, status, version, created_at, updated_at, published_at, kind, excerpt, is_sticky, word_count)
			VALUES (?1, '/' || ?2 || '/', 'Rain', 'rain', ?2, 'en', ?3, 1, ?4, ?4, iif(?3 = 'DRAFT', NULL, ?4), 'NEWS', '', 0, 0)`, int64(id), slug, status, atNight.UnixMilli())
		do(`INSERT INTO bodies (entry_id, html, text, word_count) VALUES (?, '', '', 0)`, int64(id))
		do(`INSERT INTO paths (path, subject, state, since) VALUES ('/' || ? || '/', ?, 'CURRENT', ?)`, slug, int64(id), noon.UnixMilli())
		known("w:a"+fmt.Sprint(i+1), id)
		if status == "PUBLISHED" {
			indexed(id, "Rain", atNight)
			do(`INSERT INTO article_facets (article_id, facet, published_at, updated_at, title_key) SELECT a.id, f.value, published_at, updated_at, title_key
				FROM articles a, json_each('[0, 1, 102]') f WHERE a.id = ?`, int64(id))
		}
	}
	do(`INSERT INTO facet_counts (list, facet, entries) SELECT 1, facet, count(*) FROM article_facets GROUP BY facet UNION ALL SELECT 2, facet, count(*) FROM event_facets GROUP BY facet`)
	if err := db.Write(ctx, "", steps); err != nil {
		t.Fatal(err)
	}
}

// oldID is an id of a kind as in package news: 41 bits of time, 6 of kind, 16 of a sequence.
func oldID(kind news.IDKind, n int) news.ID {
	id := news.ID(1_000_000_000<<22 | int64(kind)<<16 | int64(n))
	if id.Kind() != kind {
		panic("ids are made in another way")
	}
	return id
}

// TestOldDatabase opens a database of before: events get the claims, precisions and facets they have by the new rules,
// articles their days, and no claim takes an id that something else has.
func TestOldDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	oldNewsroom(t, path)
	n := openNewsroom(t, path)
	n.check()
	equal(t, "precisions", n.text(`SELECT edtf || ' ' || precision FROM events ORDER BY id`),
		"1914-07-28 DAY\n-0043-03-15 DAY\n1850~ YEAR\n1904-02-29 DAY\nXXXX-12-25 DAY\n1998-10-05 DAY")
	equal(t, "days of articles", n.text(`SELECT coalesce(published_day, 'none') FROM (SELECT CAST(published_day AS TEXT) AS published_day FROM articles ORDER BY id)`), "301\n301\nnone")
	if f, m := n.onDay(2, 28), n.onDay(3, 1); f != 0 || m != 2 {
		t.Errorf("%d articles on 28 February and %d on 1 March", f, m)
	}
	if left := n.number(`SELECT count(*) FROM event_facets WHERE facet = 17`); left != 0 {
		t.Errorf("%d rows of a facet that is none any more", left)
	}
	var events []news.ID
	for i := range 6 {
		events = append(events, oldID(news.KindHistoricalEvent, i+1))
	}
	claims, err := n.DateClaims(t.Context(), events)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[news.ID]bool{}
	for i, event := range events {
		if len(claims[event]) != 1 {
			t.Fatalf("event %d has %d claims", i+1, len(claims[event]))
		}
		c := claims[event][0]
		if ids[c.ID] || c.ID.Kind() != news.KindDateClaim || !c.IsAccepted || !c.ClaimedAt.Equal(noon) || c.Note != nil || (c.Source != nil) != (i == 0) {
			t.Errorf("event %d: %s", i+1, asJSON(c))
		}
		ids[c.ID] = true
	}
	equal(t, "the source of the first claim", asJSON(claims[events[0]][0].Source),
		`{"title":"The record","url":"https://record.example/","publisher":"Office","accessedAt":"2026-01-02","quote":"It began"}`)
	on, err := n.FindEventsOn(t.Context(), news.Date{Year: 2025, Month: 3, Day: 1}, news.LeapMar1, nil, news.HistoricalEventOrder{Field: news.EventByDate, Direction: news.Ascending}, news.Window{Limit: 9})
	if err != nil || len(on.Edges) != 1 || on.Edges[0].Node.ID != events[3] {
		t.Errorf("%v, %v", on, err)
	}
	// It is a database like any other from now on.
	n.bring(news.Updated, event("w:e1", "Flood", "1914-07-29"), nightly("w:a3"))
	n.bring(news.Created, event("w:new", "Flood", "1914-07-29"))
	n.check()
	if n.onDay(3, 1) != 3 {
		t.Error("the draft was published on 1 March")
	}
	all := n.number(`SELECT count(*) FROM (SELECT id FROM date_claims UNION SELECT subject FROM changes)`)
	if want := n.number(`SELECT count(*) FROM date_claims`) + n.number(`SELECT count(DISTINCT subject) FROM changes`); all != want {
		t.Errorf("%d different ids of %d", all, want)
	}
}

// TestOldDatabaseStopped: the first Open after the migration is stopped at any of its batches; the next one finishes it.
func TestOldDatabaseStopped(t *testing.T) {
	ctx := context.Background()
	whole := ""
	for writes := 0; ; writes++ {
		path := filepath.Join(t.TempDir(), "old.db")
		oldNewsroom(t, path)
		db, err := sqlite.Open(path, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = Open(ctx, &brokenEngine{db, writes}, func() time.Time { return noon })
		if err != nil && !errors.Is(err, errPower) {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		n := openNewsroom(t, path)
		n.check()
		dump := n.dump()
		if whole == "" {
			whole = dump
		}
		if dump != whole {
			t.Errorf("stopped after %d batches it is another database:\n%s\nwant\n%s", writes, dump, whole)
		}
		if err == nil {
			if writes < 3 || !strings.Contains(dump, "301") {
				t.Errorf("the first Open took only %d batches", writes)
			}
			break
		}
	}
}
