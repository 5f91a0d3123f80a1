package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// Fault is something in the database that contradicts something else in it.
type Fault struct {
	What string // is wrong, and where
	Do   string // about it
}

func (f Fault) String() string { return f.What + "; " + f.Do }

// Check compares what is stored with what it must follow from: the file itself, references, the journal, revisions, paths, the
// tree of categories, fingerprints, days and dates, facets and their counters, the search index, and lists of related nodes. It only reads, and may run beside a server: each
// comparison is of one instant. It lists at most ten faults of a kind. All documents of the search index are looked for, and
// counted where their letters are Latin; the words themselves are compared in a sample of them.
func (s *Store) Check(ctx context.Context) ([]Fault, error) {
	return s.inspect(ctx, (*inspection).file, (*inspection).references, (*inspection).journal, (*inspection).revisions, (*inspection).paths,
		(*inspection).texts, (*inspection).fingerprints, (*inspection).categories, (*inspection).keys, (*inspection).days, (*inspection).dates, (*inspection).facets,
		(*inspection).counters, (*inspection).indexed, (*inspection).words, (*inspection).related)
}

// CheckJournal is the part of Check that is about the journal: no number is missing since it was last trimmed, and the content is that of the last
// change of each subject.
func (s *Store) CheckJournal(ctx context.Context) ([]Fault, error) {
	return s.inspect(ctx, (*inspection).journal)
}

// inspect runs the checks. A part of the file that cannot be read is a fault of its own, and the next check goes on.
func (s *Store) inspect(ctx context.Context, checks ...func(*inspection) error) ([]Fault, error) {
	in := &inspection{Store: s, ctx: ctx}
	for _, check := range checks {
		switch err := check(in); {
		case errors.Is(err, engine.ErrCorrupt):
			in.found(restoreBackup, "a part of the database cannot be read: %v", err)
		case err != nil:
			return in.faults, fmt.Errorf("check: %w", err)
		}
	}
	return in.faults, nil
}

// What to do about faults.
const (
	restoreBackup = "restore the newest backup (dateline restore)"
	saveAgain     = "save it again, or restore a backup (dateline restore)"
)

// maxFaults is how many faults of a kind are told.
const maxFaults = 10

// An inspection collects faults.
type inspection struct {
	*Store
	ctx    context.Context
	faults []Fault
}

func (in *inspection) found(do, what string, args ...any) {
	in.faults = append(in.faults, Fault{What: fmt.Sprintf(what, args...), Do: do})
}

// A tally of one kind of fault tells the first of them and counts the rest.
type tally struct {
	*inspection
	kind  string
	count int
}

func (t *tally) found(do, what string, args ...any) {
	if t.count++; t.count <= maxFaults {
		t.inspection.found(do, what, args...)
	}
}

func (t *tally) close() {
	if t.count > maxFaults {
		t.inspection.found(restoreBackup, "there are %d more faults of %s", t.count-maxFaults, t.kind)
	}
}

// each runs a statement and hands every row to tell, which decides whether it is a fault.
func (in *inspection) each(kind, sql string, tell func(*tally, *engine.Row) error, args ...any) error {
	t := &tally{inspection: in, kind: kind}
	defer t.close()
	return in.db.Query(in.ctx, engine.Stmt{SQL: sql, Args: args, Long: true, Scan: func(r *engine.Row) error { return tell(t, r) }})
}

// wrong is for statements whose every row is a fault: an id and what is wrong with it.
func (in *inspection) wrong(kind, do, sql string, args ...any) error {
	return in.each(kind, sql, func(t *tally, r *engine.Row) error {
		subject := id(r)
		t.found(do, "%s %s", subject, r.Text())
		return nil
	}, args...)
}

func (in *inspection) file() error {
	t := &tally{inspection: in, kind: "the file"}
	defer t.close()
	// FTS5 looks whether others have written when a search begins, but not when its integrity is checked (SQLite 3.54):
	// without the search, a connection that was used before finds damage that is not there.
	search, other := engine.Stmt{SQL: `SELECT rowid FROM search LIMIT 1`}, engine.Stmt{SQL: `SELECT rowid FROM unpublished_search LIMIT 1`}
	return in.db.Query(in.ctx, search, other, engine.Stmt{SQL: `SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'`, Long: true,
		Scan: func(r *engine.Row) error {
			t.found(restoreBackup, "the file is damaged: %s", strings.Join(strings.Fields(r.Text()), " "))
			return nil
		}})
}

func (in *inspection) references() error {
	return in.each("references", `SELECT "table", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2`, func(t *tally, r *engine.Row) error {
		from, to := r.Text(), r.Text()
		t.found(restoreBackup, "%d rows of the table %s refer to %s that are not there", r.Int(), from, to)
		return nil
	})
}

// journalled are the tables whose rows have a version that is that of their last change, by kind.
var journalled = []struct {
	kind  news.IDKind
	table string
}{
	{news.KindSite, "sites"}, {news.KindImage, "images"}, {news.KindAuthor, "authors"}, {news.KindTopic, "topics"}, {news.KindCategory, "categories"},
	{news.KindPage, "pages"}, {news.KindArticle, "articles"}, {news.KindHistoricalEvent, "events"}, {news.KindAPIKey, "api_keys"},
}

func (in *inspection) journal() error {
	// Up to where it was trimmed, the journal has the last change of each subject.
	trimmed, err := in.Followed(in.ctx, trimmer)
	if err != nil {
		return err
	}
	err = in.each("the journal", `SELECT seq, max(before, ?1) FROM (SELECT seq, lag(seq, 1, 0) OVER (ORDER BY seq) AS before FROM changes) WHERE seq > max(before, ?1) + 1`,
		func(t *tally, r *engine.Row) error {
			seq, before := r.Int64(), r.Int64()
			t.found(restoreBackup, "the journal lacks the changes %d to %d", before+1, seq-1)
			return nil
		}, trimmed)
	if err != nil {
		return err
	}
	err = in.wrong("the journal", restoreBackup, `SELECT subject, 'has ' || count(*) || ' changes and the last is of version ' || max(version) FROM changes
		GROUP BY subject HAVING count(*) <> max(version) - min(version) + 1 OR min(version) <> 1 AND ? = 0`, trimmed)
	if err != nil {
		return err
	}
	for _, v := range journalled {
		err := in.wrong(v.table, restoreBackup, fmt.Sprintf(`SELECT t.id, 'has version ' || t.version || ' and the last change of it in the journal '
				|| CASE WHEN last.version IS NULL THEN 'is missing' ELSE 'is ' || last.kind || ' of version ' || last.version END
			FROM %s t LEFT JOIN (SELECT subject, kind, max(version) AS version FROM changes GROUP BY subject) last ON last.subject = t.id
			WHERE t.version IS NOT last.version OR last.kind = 'DELETED'`, v.table))
		if err != nil {
			return err
		}
		err = in.wrong(v.table, restoreBackup, fmt.Sprintf(`SELECT last.subject, 'is in the journal (' || last.kind || ' of version ' || last.version || ') and not in the table %s'
			FROM (SELECT subject, kind, max(version) AS version FROM changes WHERE subject >> 16 & 63 = ? GROUP BY subject) last
			LEFT JOIN %[1]s t ON t.id = last.subject WHERE t.id IS NULL AND last.kind <> 'DELETED'`, v.table), int(v.kind))
		if err != nil {
			return err
		}
	}
	return nil
}

// revisions are unpacked, and must have gone with what was deleted.
func (in *inspection) revisions() error {
	err := in.each("revisions", `SELECT e.subject, e.version, e.base, e.content, b.content FROM revisions e
		LEFT JOIN revisions b ON b.subject = e.subject AND b.version = e.base`, func(t *tally, r *engine.Row) error {
		subject, version := id(r), r.Int()
		base, isDelta := r.NullInt()
		packed, dictionary := r.Bytes(), r.NullBytes()
		if isDelta && dictionary == nil {
			t.found(restoreBackup, "%s revision %d is packed against revision %d, which is missing", subject, version, base)
			return nil
		}
		var err error
		if isDelta {
			dictionary, err = unpack(dictionary, nil)
		}
		if err == nil {
			_, err = unpack(packed, dictionary)
		}
		if err != nil {
			t.found(restoreBackup, "%s revision %d cannot be unpacked: %v", subject, version, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return in.wrong("revisions", restoreBackup, `SELECT r.subject, 'was deleted and has ' || count(*) || ' revisions' FROM revisions r
		JOIN changes c ON c.subject = r.subject AND c.kind = 'DELETED' GROUP BY r.subject`)
}

// addressed are all nodes that have an address, and those that had one: another may have taken the path of what was
// retracted.
const addressed = `SELECT id, path, status = 'RETRACTED' AS gone FROM articles UNION ALL SELECT id, path, status = 'RETRACTED' FROM pages
	UNION ALL SELECT id, path, status = 'RETRACTED' FROM events UNION ALL SELECT id, path, 0 FROM authors
	UNION ALL SELECT id, path, 0 FROM topics UNION ALL SELECT id, path, 0 FROM categories`

func (in *inspection) paths() error {
	err := in.wrong("paths", saveAgain, `SELECT a.id, 'has the path ' || a.path || ', which '
			|| CASE WHEN p.path IS NULL THEN 'leads nowhere' ELSE 'is ' || p.state || CASE WHEN p.subject IS a.id THEN '' ELSE ' and that of another' END END
		FROM (`+addressed+`) a LEFT JOIN paths p ON p.path = a.path
		WHERE p.path IS NULL OR NOT a.gone AND (p.subject IS NOT a.id OR p.state <> 'CURRENT')`)
	if err != nil {
		return err
	}
	return in.wrong("paths", saveAgain, `SELECT coalesce(p.subject, 0), 'is led to by ' || p.path || ', which is not its path' FROM paths p
		LEFT JOIN (`+addressed+`) a ON a.id = p.subject WHERE p.state = 'CURRENT' AND (a.path IS NOT p.path OR a.gone)`)
}

// texts are in a table of their own.
func (in *inspection) texts() error {
	return in.wrong("bodies", restoreBackup, `SELECT coalesce(e.id, b.entry_id), CASE WHEN e.id IS NULL THEN 'is gone and its body is there' ELSE 'has no body' END
		FROM (SELECT id FROM articles UNION ALL SELECT id FROM pages) e FULL JOIN bodies b ON b.entry_id = e.id WHERE e.id IS NULL OR b.entry_id IS NULL`)
}

// fingerprints are made of the texts of articles.
func (in *inspection) fingerprints() error {
	return in.each("fingerprints", `SELECT b.entry_id, b.text, (SELECT json_group_array(f.key ORDER BY f.key) FROM fingerprints f WHERE f.article_id = a.id)
		FROM articles a CROSS JOIN bodies b ON b.entry_id = a.id`, func(t *tally, r *engine.Row) error {
		subject, want := id(r), fingerprintOf(r.Text())
		slices.Sort(want)
		if r.Text() != asJSON(want) {
			t.found(saveAgain, "%s has the fingerprint of another text", subject)
		}
		return nil
	})
}

func (in *inspection) categories() error {
	// A ring of parents has no top: what is in it or below it is not reached.
	tree := `WITH RECURSIVE tree (category_id, depth, ancestor_id) AS (
			SELECT id, 0, id FROM categories WHERE parent_id IS NULL
			UNION ALL SELECT c.id, t.depth + (t.ancestor_id = t.category_id AND x.own), CASE WHEN x.own THEN c.id ELSE t.ancestor_id END
				FROM tree t JOIN categories c ON c.parent_id = t.category_id JOIN (SELECT 0 AS own UNION ALL SELECT 1) x ON NOT x.own OR t.ancestor_id = t.category_id)`
	err := in.wrong("categories", saveAgain, tree+` SELECT coalesce(w.category_id, h.category_id), CASE WHEN h.category_id IS NULL THEN 'lacks' WHEN w.category_id IS NULL THEN 'has' END
			|| ' an ancestor of depth ' || coalesce(w.depth, h.depth) || CASE WHEN h.category_id IS NULL THEN '' ELSE ' that is none' END
		FROM tree w FULL JOIN category_ancestors h ON h.category_id = w.category_id AND h.depth = w.depth AND h.ancestor_id = w.ancestor_id
		WHERE w.category_id IS NULL OR h.category_id IS NULL`)
	if err != nil {
		return err
	}
	return in.wrong("categories", saveAgain, tree+` SELECT c.id, 'has depth ' || c.depth || ' and ' || coalesce('stands at ' || max(t.depth), 'is in a ring of parents')
		FROM categories c LEFT JOIN tree t ON t.category_id = c.id GROUP BY c.id HAVING c.depth IS NOT max(t.depth)`)
}

// keys are what names and titles are ordered by.
func (in *inspection) keys() error {
	for _, named := range []struct{ table, column string }{{"articles", "title"}, {"pages", "title"}, {"events", "title"}, {"authors", "name"}, {"topics", "name"}, {"categories", "name"}} {
		err := in.each(named.table, fmt.Sprintf(`SELECT id, %s, %[1]s_key FROM %s`, named.column, named.table), func(t *tally, r *engine.Row) error {
			subject, text, key := id(r), r.Text(), r.Text()
			if key != fold(text) {
				t.found(saveAgain, "%s %q is ordered as %q", subject, text, key)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// days compares the days on which articles came out with the site's time zone.
func (in *inspection) days() error {
	t := &tally{inspection: in, kind: "articles"}
	defer t.close()
	var zone *time.Location
	site := engine.Stmt{SQL: `SELECT time_zone FROM sites`, Scan: func(r *engine.Row) (err error) { zone, err = news.TimeZone(r.Text()).Location(); return err }}
	return in.db.Query(in.ctx, site, engine.Stmt{SQL: `SELECT id, published_at, published_day FROM articles`, Long: true, Scan: func(r *engine.Row) error {
		subject, at := id(r), nullInstant(r)
		stored := any(nil)
		if day, ok := r.NullInt(); ok {
			stored = day
		}
		if want := publishedDay(at, zone); stored != want {
			t.found(saveAgain, "%s is kept for the day %v of the year and came out on %v (month * 100 + day)", subject, stored, want)
		}
		return nil
	}})
}

// dates compares the dates of events with what is sorted and looked up by, and with the claim that is accepted.
func (in *inspection) dates() error {
	err := in.each("events", `SELECT id, edtf, calendar, sort_day, coalesce(month_day, 0), coalesce(precision, '') FROM events`, func(t *tally, r *engine.Row) error {
		subject, edtf, calendar := id(r), r.Text(), r.Text()
		date, err := news.ParseHistoricalDate(edtf, news.CalendarModel(calendar))
		if err != nil {
			t.found(saveAgain, "%s has the date %q, which is none: %v", subject, edtf, err)
			return nil
		}
		monthDay := 0
		if day := date.MonthDay(); day != nil {
			monthDay = day.Number()
		}
		if day, md, precision := r.Int64(), r.Int(), r.Text(); day != date.SortDay() || md != monthDay || precision != string(date.Precision) {
			t.found(saveAgain, "%s of %s is sorted and looked up by another date", subject, edtf)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return in.wrong("events", saveAgain, `SELECT e.id, 'has the date ' || e.edtf || ' and the accepted claim is ' || coalesce(c.edtf, 'missing') FROM events e
		LEFT JOIN date_claims c ON c.event_id = e.id AND c.is_accepted WHERE c.edtf IS NOT e.edtf OR c.calendar IS NOT e.calendar`)
}

// filedAtOnce is how many entries are compared with their facets in one statement.
const filedAtOnce = 500

func (in *inspection) facets() error {
	for _, l := range allListings {
		t := &tally{inspection: in, kind: l.table}
		for last := int64(0); ; {
			ids, err := in.entriesAfter(l, last)
			if err != nil {
				return err
			}
			if len(ids) == 0 {
				break
			}
			if err := in.compareFacets(t, l, ids); err != nil {
				return err
			}
			last = int64(ids[len(ids)-1])
		}
		t.close()
	}
	return nil
}

// allListings are those of published and of other entries.
var allListings = []*listing{articleListing, eventListing, articleListing.unpublished, eventListing.unpublished}

// entriesAfter are the next ids of a listing, published or not.
func (in *inspection) entriesAfter(l *listing, last int64) (ids []news.ID, err error) {
	err = in.db.Query(in.ctx, engine.Stmt{
		SQL:  fmt.Sprintf(`SELECT id FROM %s WHERE id > ? ORDER BY id LIMIT %d`, l.entries, filedAtOnce),
		Args: []any{last},
		Scan: func(r *engine.Row) error { ids = append(ids, id(r)); return nil },
	})
	return ids, err
}

// compareFacets compares the rows that are stored with those that filing the entries again would make.
func (in *inspection) compareFacets(t *tally, l *listing, ids []news.ID) error {
	head, filing, _ := strings.Cut(l.insert, ")")
	columns := head[strings.Index(head, "(")+1:]
	sql := fmt.Sprintf(`WITH filed (%[1]s) AS (%[2]s), stored AS (SELECT %[1]s FROM %[3]s WHERE %[4]s IN (SELECT value FROM json_each(?1)))
		SELECT %[4]s, facet, 'is not listed as it should be' FROM (SELECT * FROM filed EXCEPT SELECT * FROM stored)
		UNION ALL SELECT %[4]s, facet, 'is listed and should not be' FROM (SELECT * FROM stored EXCEPT SELECT * FROM filed)`,
		columns, strings.TrimSuffix(filing, " ON CONFLICT DO NOTHING"), l.table, l.id)
	return in.db.Query(in.ctx, engine.Stmt{SQL: sql, Args: []any{idList(ids)}, Long: true, Scan: func(r *engine.Row) error {
		entry, facet := id(r), r.Int64()
		t.found(saveAgain, "%s %s, in facet %s", entry, r.Text(), facetName(facet))
		return nil
	}})
}

// facetName is an id where the facet is one, and else a number of facet.go.
func facetName(facet int64) string {
	switch {
	case facet > minID:
		return news.ID(facet).String()
	case facet < 0:
		return news.ID(-facet).String() + " alone"
	}
	return fmt.Sprint(facet)
}

func (in *inspection) counters() error {
	for _, l := range allListings {
		err := in.each(l.table, fmt.Sprintf(`SELECT facet, coalesce(entries, 0), coalesce(filed, 0)
			FROM (SELECT facet, count(*) AS filed FROM %s GROUP BY facet) FULL JOIN (SELECT facet, entries FROM facet_counts WHERE list = %d) USING (facet)
			WHERE coalesce(entries, 0) <> coalesce(filed, 0)`, l.table, l.number), func(t *tally, r *engine.Row) error {
			facet, counted := r.Int64(), r.Int64()
			t.found(restoreBackup, "%s: facet %s is counted as %d and has %d entries", l.table, facetName(facet), counted, r.Int64())
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// documentsOf are what the search indexes hold of each type, as index gets them.
var documentsOf = []string{
	`SELECT a.id, a.locale, a.status = 'PUBLISHED' AS visible, coalesce(a.published_at, a.publish_at, a.updated_at) AS at, a.title, coalesce(a.standfirst, '') AS standfirst, coalesce(b.text, '') AS body,
		coalesce((SELECT group_concat(name, ', ' ORDER BY position) FROM bylines WHERE article_id = a.id), '') AS byline
		FROM articles a LEFT JOIN bodies b ON b.entry_id = a.id`,
	`SELECT p.id, p.locale, p.status = 'PUBLISHED', coalesce(p.published_at, p.publish_at, p.updated_at), p.title, '', coalesce(b.text, ''), '' FROM pages p LEFT JOIN bodies b ON b.entry_id = p.id`,
	`SELECT id, locale, status = 'PUBLISHED', coalesce(published_at, publish_at, updated_at), title, '', description_text, '' FROM events`,
	`SELECT id, locale, true, NULL, name || coalesce((SELECT group_concat(', ' || value, '' ORDER BY key) FROM json_each(aliases)), ''), '', coalesce(description, ''), '' FROM topics`,
	`SELECT id, locale, true, NULL, name, '', coalesce(description, ''), '' FROM categories`,
	`SELECT id, '', true, NULL, name, '', coalesce(bio_text, ''), '' FROM authors`,
}

// documents are all that the search indexes hold.
var documents = strings.Join(documentsOf, " UNION ALL ")

// unpublished are the entries that have an index of their own, with the time by which they are sorted.
const unpublished = `SELECT id, coalesce(published_at, publish_at, updated_at) AS at FROM articles WHERE status <> 'PUBLISHED'
	UNION ALL SELECT id, coalesce(published_at, publish_at, updated_at) FROM pages WHERE status <> 'PUBLISHED'
	UNION ALL SELECT id, coalesce(published_at, publish_at, updated_at) FROM events WHERE status <> 'PUBLISHED'`

// findable are the nodes of documents that are visible, with the time by which they are sorted where it is stored elsewhere, too.
const findable = `SELECT id, published_at AS at FROM articles WHERE status = 'PUBLISHED' UNION ALL SELECT id, published_at FROM pages WHERE status = 'PUBLISHED'
	UNION ALL SELECT id, published_at FROM events WHERE status = 'PUBLISHED'
	UNION ALL SELECT id, NULL FROM topics UNION ALL SELECT id, NULL FROM categories UNION ALL SELECT id, NULL FROM authors`

// indexed looks for every document in the search index and its dates.
func (in *inspection) indexed() error {
	for _, missing := range []struct{ what, in, from string }{
		{"is not in the search index", findable, `SELECT rowid AS id FROM search`},
		{"is in the search index and must not be", `SELECT rowid AS id FROM search`, findable},
		{"has no date in the search index", findable, `SELECT id FROM search_dates`},
		{"has a date in the search index and must not have one", `SELECT id FROM search_dates`, findable},
		{"is not in the search index of what is not published", unpublished, `SELECT rowid AS id FROM unpublished_search`},
		{"is in the search index of what is not published and must not be", `SELECT rowid AS id FROM unpublished_search`, unpublished},
		{"has no date in the search index of what is not published", unpublished, `SELECT id FROM unpublished_search_dates`},
		{"has a date in the search index of what is not published and must not have one", `SELECT id FROM unpublished_search_dates`, unpublished},
	} {
		if err := in.wrong("the search index", saveAgain, `SELECT id, '`+missing.what+`' FROM (SELECT id FROM (`+missing.in+`) EXCEPT SELECT id FROM (`+missing.from+`))`); err != nil {
			return err
		}
	}
	return in.wrong("the search index", saveAgain, `SELECT d.id, 'has another date in the search index' FROM (`+findable+`) d JOIN search_dates x ON x.id = d.id WHERE x.at <> d.at`)
}

// sampled is how many documents are compared with the search index word by word.
const sampled = 100

// words counts the words of all documents, and looks up those of some, spread evenly.
func (in *inspection) words() error {
	total := 0
	err := in.db.Query(in.ctx, engine.Stmt{SQL: `SELECT count(*) FROM search`, Scan: func(r *engine.Row) error { total = r.Int(); return nil }})
	if err != nil {
		return err
	}
	n, every := 0, max(total/sampled, 1)
	t := &tally{inspection: in, kind: "the search index"}
	defer t.close()
	var sample []document
	err = in.db.Query(in.ctx, engine.Stmt{SQL: `SELECT d.*, s.sz FROM (` + documents + `) d JOIN search_docsize s ON s.id = d.id WHERE d.visible`, Long: true, Scan: func(r *engine.Row) error {
		doc, _ := scanDocument(r)
		if column, ok := miscounted(doc.words(), r.Bytes()); ok {
			t.found(saveAgain, "%s is in the search index with another number of words in its %s", doc.id, column)
		} else if n++; n%every == 0 {
			sample = append(sample, doc)
		}
		return nil
	}})
	if err != nil {
		return err
	}
	for _, doc := range sample {
		if err := in.lookUp(t, doc); err != nil {
			return err
		}
	}
	return nil
}

func scanDocument(r *engine.Row) (doc document, visible bool) {
	doc = document{id: id(r), locale: news.Locale(r.Text())}
	visible = r.Bool()
	doc.at, _ = r.NullInt64()
	doc.title, doc.standfirst, doc.body, doc.byline = r.Text(), r.Text(), r.Text(), r.Text()
	return doc, visible
}

// miscounted says in which column the search index has another number of words than the document. FTS5 keeps the numbers
// as varints (https://sqlite.org/fileformat2.html#varint).
func miscounted(words []string, sizes []byte) (column string, found bool) {
	_, sizes = varint(sizes) // of the type
	for i, text := range words {
		var size int
		size, sizes = varint(sizes)
		if size != strings.Count(text, " ") {
			return searchColumns[i], true
		}
	}
	return "", false
}

func varint(b []byte) (n int, rest []byte) {
	for i, c := range b {
		n = n<<7 | int(c&0x7f)
		if c < 0x80 {
			return n, b[i+1:]
		}
	}
	return n, nil
}

// lookUp searches for a document by all its words in their order, unless it has changed since it was read.
func (in *inspection) lookUp(t *tally, doc document) error {
	var now document
	stmts := []engine.Stmt{{SQL: `SELECT * FROM (` + documents + `) WHERE id = ?`, Args: []any{int64(doc.id)},
		Scan: func(r *engine.Row) error { now, _ = scanDocument(r); return nil }}}
	missing := map[string]bool{}
	for i, words := range doc.words() {
		if column := searchColumns[i]; words != "" {
			missing[column] = true
			stmts = append(stmts, engine.Stmt{SQL: `SELECT rowid FROM search WHERE search MATCH ? AND rowid = ?`, Long: true,
				Args: []any{column + ` : ^ "` + words + `"`, int64(doc.id)},
				Scan: func(*engine.Row) error { delete(missing, column); return nil }})
		}
	}
	if err := in.db.Query(in.ctx, stmts...); err != nil || now != doc {
		return err
	}
	for _, column := range slices.Sorted(maps.Keys(missing)) {
		t.found(saveAgain, "%s is in the search index with other words in its %s", doc.id, column)
	}
	return nil
}
