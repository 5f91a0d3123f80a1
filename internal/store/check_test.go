package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/news"
)

// TestCheckFindsNothing checks what random imports leave behind, while one connection after the other reads.
func TestCheckFindsNothing(t *testing.T) {
	n := newNewsroom(t)
	r := rand.New(rand.NewPCG(1, 7))
	for i := range 60 {
		n.clock.advance(time.Hour)
		batch := make([]news.Record, 1+r.IntN(8))
		for j := range batch {
			batch[j] = randomRecord(r, n.clock.now())
		}
		n.try(batch...)
		if i%4 == 0 {
			n.finish()
		}
		faults, err := n.Check(context.Background())
		if err != nil || len(faults) > 0 {
			t.Fatalf("after batch %d: %v %v", i, faults, err)
		}
	}
}

// spoilable is a newsroom in which everything that Check compares is there.
func spoilable(t *testing.T) *newsroom {
	t.Helper()
	n := newNewsroom(t)
	n.bring(news.Created,
		category("w:c", "World", ""), category("w:d", "Asia", "w:c"), topic("w:t", "Peace"), author("w:ada", "Ada"),
		event("w:e", "Flood", "1999-01-02"), page("w:p", "About us"),
		article("w:a", "Rain in the North", func(a *news.ArticleRecord) {
			a.Categories, a.Byline = []news.Ref{"w:d"}, []news.CreditRecord{{Name: "Ada", Author: "w:ada"}}
			a.Body = "<p>It rained for three days. In the morning it stopped.</p>"
		}),
		article("w:snow", "ثلج في الشمال", func(a *news.ArticleRecord) { a.Body = "<p>سقط الثلج ثلاثة أيام</p>" }))
	page, content := n.id("w:p"), make([]byte, 2000)
	for i := range content {
		content[i] = byte(i * i * 2654435761 >> 16) // shrinks only beside what is like it
	}
	for version := range 2 {
		steps, err := n.revisionSteps(t.Context(), []save{{Revision: news.Revision{EntryID: page, Number: version + 1, SavedAt: noon}, content: content}})
		if err != nil {
			t.Fatal(err)
		}
		if err := n.db.Write(t.Context(), "", steps); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

func (n *newsroom) write(sql string) {
	n.t.Helper()
	if err := n.db.Write(context.Background(), "", []engine.Step{{SQL: sql}}); err != nil {
		n.t.Fatalf("%s: %v", sql, err)
	}
}

// TestCheckFinds spoils one thing after the other.
func TestCheckFinds(t *testing.T) {
	for spoil, want := range map[string]string{
		`UPDATE facet_counts SET entries = entries + 1 WHERE list = 1 AND facet = 0`:                                                    "article_facets: facet 0 is counted as 3 and has 2 entries",
		`DELETE FROM facet_counts WHERE list = 2`:                                                                                       "event_facets: facet 0 is counted as 0 and has 1 entries",
		`INSERT INTO facet_counts (list, facet, entries) VALUES (1, 77, 5)`:                                                             "facet 77 is counted as 5 and has 0",
		`DELETE FROM article_facets WHERE facet = 0`:                                                                                    "is not listed as it should be, in facet 0",
		`UPDATE article_facets SET title_key = 'z' WHERE facet = 0`:                                                                     "is listed and should not be, in facet 0",
		`UPDATE article_facets SET published_at = published_at + 1 WHERE facet < 0`:                                                     "alone",
		`INSERT INTO event_facets SELECT event_id, 77, sort_day, significance, updated_at, title_key FROM event_facets WHERE facet = 0`: "is listed and should not be, in facet 77",
		`UPDATE articles SET status = 'DRAFT'`:                                                                                          "is listed and should not be",
		`UPDATE articles SET is_sticky = 1`:                                                                                             "is not listed as it should be, in facet 100",
		`UPDATE categories SET depth = 7`:                                                                                               "has depth 7 and stands at 0",
		`DELETE FROM category_ancestors WHERE depth = 0`:                                                                                "lacks an ancestor of depth 0",
		`INSERT INTO category_ancestors SELECT category_id, 9, ancestor_id FROM category_ancestors WHERE depth = 1`:                     "an ancestor of depth 9 that is none",
		`UPDATE categories SET parent_id = (SELECT max(id) FROM categories)`:                                                            "is in a ring of parents",
		`UPDATE articles SET title_key = 'b'`:                                                                                           `is ordered as "b"`,
		`UPDATE topics SET name_key = 'b'`:                                                                                              `"Peace" is ordered as "b"`,
		`DELETE FROM search WHERE rowid = (SELECT max(id) FROM articles)`:                                                               "is not in the search index",
		`DELETE FROM search WHERE rowid = (SELECT max(id) FROM authors)`:                                                                "aut_",
		`INSERT INTO search (rowid, title) VALUES (77, 'x')`:                                                                            "is in the search index and must not be",
		`DELETE FROM search_dates`:                                                                                                      "has no date in the search index",
		`INSERT INTO search_dates VALUES (77, 1)`:                                                                                       "has a date in the search index and must not have one",
		`UPDATE search_dates SET at = at + 1`:                                                                                           "has another date in the search index",
		`UPDATE articles SET title = title || ' Sea' WHERE locale = 'en'`:                                                               "another number of words in its title",
		`UPDATE articles SET title = 'Rain in the South', title_key = 'rain in the south'`:                                              "other words in its title",
		`UPDATE bodies SET text = replace(text, 'three', 'four')`:                                                                       "other words in its body",
		`UPDATE bodies SET text = replace(text, 'ثلاثة', 'أربعة')`:                                                                      "other words in its body",
		`UPDATE bodies SET text = replace(text, 'for three', 'three for')`:                                                              "other words in its body",
		`UPDATE bylines SET name = 'Bob'`:                                                                                               "other words in its byline",
		`UPDATE events SET description_text = 'A drought of some time'`:                                                                 "evt_",
		`UPDATE articles SET version = version + 1`:                                                                                     "has version 2 and the last change of it in the journal is PUBLISHED of version 1",
		`UPDATE sites SET version = version + 1`:                                                                                        "site_",
		`DELETE FROM changes WHERE seq = 2`:                                                                                             "the journal lacks the changes 2 to 2",
		`DELETE FROM changes WHERE seq = (SELECT max(seq) FROM changes)`:                                                                "the last change of it in the journal is missing",
		`UPDATE changes SET version = 3 WHERE subject = (SELECT id FROM topics)`:                                                        "has version 1 and the last change of it in the journal is CREATED of version 3",
		`UPDATE changes SET kind = 'DELETED' WHERE subject = (SELECT id FROM topics)`:                                                   "the last change of it in the journal is DELETED",
		`INSERT INTO changes (subject, kind, version, tags, at) SELECT max(id) + 1, 'CREATED', 1, '[]', 0 FROM pages`:                   "is in the journal (CREATED of version 1) and not in the table pages",
		`INSERT INTO changes (subject, kind, version, tags, at) SELECT id, 'UPDATED', 3, '[]', 0 FROM pages`:                            "has 2 changes and the last is of version 3",
		`INSERT INTO fingerprints SELECT id, 7 FROM articles`:                                                                           "has the fingerprint of another text",
		`UPDATE paths SET path = path || 'x'`:                                                                                           "leads nowhere",
		`UPDATE paths SET state = 'MOVED'`:                                                                                              "is MOVED",
		`UPDATE paths SET subject = (SELECT id FROM topics)`:                                                                            "and that of another",
		`INSERT INTO paths SELECT '/x/', id, 'CURRENT', NULL, 0 FROM topics`:                                                            "is led to by /x/, which is not its path",
		`UPDATE articles SET published_day = 101`:                                                                                       "is kept for the day 101 of the year and came out on 309",
		`UPDATE sites SET time_zone = 'Pacific/Kiritimati'`:                                                                             "is kept for the day 309 of the year and came out on 310",
		`UPDATE events SET sort_day = sort_day + 1`:                                                                                     "of 1999-01-02 is sorted and looked up by another date",
		`UPDATE events SET month_day = NULL`:                                                                                            "is sorted and looked up by another date",
		`UPDATE events SET precision = 'YEAR'`:                                                                                          "is sorted and looked up by another date",
		`UPDATE events SET edtf = 'soon'`:                                                                                               `has the date "soon", which is none`,
		`UPDATE date_claims SET edtf = '1999-01-03'`:                                                                                    "has the date 1999-01-02 and the accepted claim is 1999-01-03",
		`UPDATE date_claims SET is_accepted = 0`:                                                                                        "the accepted claim is missing",
		`UPDATE revisions SET content = x'28b52ffd' WHERE version = 1`:                                                                  "revision 1 cannot be unpacked",
		`DELETE FROM revisions WHERE version = 1`:                                                                                       "revision 2 is packed against revision 1, which is missing",
		`UPDATE changes SET kind = 'DELETED' WHERE subject = (SELECT max(id) FROM pages)`:                                               "was deleted and has 2 revisions",
		`DELETE FROM bodies`:                        "has no body",
		`INSERT INTO bodies VALUES (77, '', '', 0)`: "is gone and its body is there",
	} {
		n := spoilable(t)
		if faults, err := n.Check(t.Context()); err != nil || len(faults) > 0 {
			t.Fatalf("not even whole before: %v %v", faults, err)
		}
		n.write(spoil)
		faults, err := n.Check(t.Context())
		if err != nil {
			t.Errorf("%s: %v", spoil, err)
		}
		told := ""
		for _, f := range faults {
			told += f.String() + "\n"
			if f.What == "" || !strings.Contains(f.Do, "backup") || strings.Contains(f.String(), "\n") {
				t.Errorf("%s: %q", spoil, f)
			}
		}
		if !strings.Contains(told, want) {
			t.Errorf("%s: it does not say %q:\n%s", spoil, want, told)
		}
	}
}

// TestCheckJournal sees only what is about the journal.
func TestCheckJournal(t *testing.T) {
	n := spoilable(t)
	n.write(`DELETE FROM facet_counts`)
	if faults, err := n.CheckJournal(t.Context()); err != nil || len(faults) > 0 {
		t.Errorf("%v %v", faults, err)
	}
	n.write(`DELETE FROM changes WHERE seq IN (3, 4, 6)`)
	faults, err := n.CheckJournal(t.Context())
	if err != nil || len(faults) != 5 || faults[0].What != "the journal lacks the changes 3 to 4" || faults[1].What != "the journal lacks the changes 6 to 6" {
		t.Errorf("%v %v", faults, err)
	}
}

// TestCheckTellsSome: a thousand faults of a kind are not told one by one.
func TestCheckTellsSome(t *testing.T) {
	n := newNewsroom(t)
	var records []news.Record
	for i := range 3 * maxFaults {
		records = append(records, topic(news.Ref(fmt.Sprint("w:", i)), fmt.Sprint("Topic ", i)))
	}
	n.bring(news.Created, records...)
	n.write(`UPDATE topics SET name_key = 'x'`)
	faults, err := n.Check(t.Context())
	if err != nil || len(faults) != maxFaults+1 || !strings.Contains(faults[maxFaults].What, fmt.Sprintf("%d more faults of topics", 2*maxFaults)) {
		t.Errorf("%v %v", faults, err)
	}
}

// TestCheckDamagedFile overwrites pages: the check says so and looks at the rest.
func TestCheckDamagedFile(t *testing.T) {
	n := spoilable(t)
	page, size := int64(0), int64(0)
	n.query(`SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_schema WHERE name = 'bodies'`, func(r *engine.Row) { page, size = r.Int64(), r.Int64() })
	n.write(`UPDATE facet_counts SET entries = entries + 1 WHERE list = 1 AND facet = 0`)
	copied := t.TempDir() + "/damaged.db"
	db, err := sqlite.Open(n.path, sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Backup(t.Context(), copied, false); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(copied, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteAt([]byte(strings.Repeat("\xff", int(size))), (page-1)*size); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	faults, err := openNewsroom(t, copied).Check(t.Context())
	told := fmt.Sprint(faults)
	if err != nil || !strings.Contains(told, "the file is damaged") || !strings.Contains(told, "cannot be read") || !strings.Contains(told, "facet 0 is counted as 3 and has 2") {
		t.Errorf("%v %s", err, told)
	}
}
