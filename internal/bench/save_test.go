package bench

import (
	"context"
	"database/sql/driver"
	"fmt"
	"net/url"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"

	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// savesInto is the newsroom that BenchmarkSaves saves into.
const savesInto = 1000

// BenchmarkSaves creates published articles of 5 kB by store.Save, with 1 and 16 writers: each with its revision, its place in
// lists and counters, the search index and the journal. Beside it go-sqlite3 inserts the same articles, sanitised, into one table
// and one search index, a transaction an article, on a connection that the writers share. Both wait for the disk at every
// commit and take turns, half a second each. The last part reads article pages with one client, with nobody and with 16 writers at work.
// The files are in the folder for temporary files: a disk in memory would say nothing.
func BenchmarkSaves(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as cmd/dateline does
	file := filepath.Join(b.TempDir(), "saves.db")
	s, closeStore := open(b, file, sqlite.Options{})
	b.Cleanup(closeStore)
	fill(b, s, Newsroom(savesInto))
	d, raw := &desk{Store: s}, newRawDesk(b)
	for _, writers := range []int{1, 16} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) { contestOfDesks(b, d, raw, writers) })
	}
	b.Run("readers", func(b *testing.B) { readBeside(b, d, file) })
}

func contestOfDesks(b *testing.B, d *desk, raw *rawDesk, writers int) {
	var ours, theirs shift
	(&shift{}).work(b, writers, span/2, d.save)
	(&shift{}).work(b, writers, span/2, raw.save)
	for b.Loop() {
		ours.work(b, writers, span, d.save)
		theirs.work(b, writers, span, raw.save)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ours.rate(), "saves/s")
	b.ReportMetric(theirs.rate(), "raw-saves/s")
	b.ReportMetric(100*ours.rate()/theirs.rate(), "%-of-raw")
	b.ReportMetric(ours.cpu.Seconds()*1e6/float64(ours.saves.Load()), "cpu-µs/save")
	b.ReportMetric(theirs.cpu.Seconds()*1e6/float64(theirs.saves.Load()), "raw-cpu-µs/save")
}

func readBeside(b *testing.B, d *desk, file string) {
	c := between(b, d.Store, file, paths(b, d.Store))
	requests, _ := c.requests(pages[0], len(c.paths))
	alone, beside := newLoad(b, c.dateline, 1, requests), newLoad(b, c.dateline, 1, requests)
	defer alone.close()
	defer beside.close()
	alone.run(b, span)
	alone.reset()
	var written shift
	for b.Loop() {
		alone.run(b, span)
		var writing sync.WaitGroup
		writing.Go(func() { written.work(b, 16, span, d.save) })
		beside.run(b, span)
		writing.Wait()
	}
	b.ReportMetric(0, "ns/op")
	alone.report(b, "alone-")
	beside.report(b, "beside-")
	b.ReportMetric(written.rate(), "saves/s")
}

// shift is the work of some writers, in all.
type shift struct {
	effort
	saves atomic.Int64
}

func (s *shift) rate() float64 { return float64(s.saves.Load()) / s.clock.Seconds() }

// work lets writers save for a while.
func (s *shift) work(b *testing.B, writers int, d time.Duration, save func() error) {
	spent := measure()
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			for start := time.Now(); time.Since(start) < d; {
				if err := save(); err != nil {
					b.Error(err)
					return
				}
				s.saves.Add(1)
			}
		})
	}
	group.Wait()
	s.add(spent())
}

// desk saves articles that the newsroom does not have.
type desk struct {
	*store.Store
	next atomic.Int64
}

// newArticle is the nth article after those of the newsroom, with a title of its own.
func newArticle(n int64) news.Record {
	record := sizeOf(savesInto).article(savesInto + int(n))
	record.Article.Title = fmt.Sprintf("%s %d", record.Article.Title, n)
	record.Article.Status, record.Article.PublishedAt = news.StatusPublished, Newest
	record.Article.Related = nil
	return record
}

func (d *desk) save() error {
	record := newArticle(d.next.Add(1))
	record.Ref = ""
	_, err := d.Save(context.Background(), store.Edit{By: "bench", Change: func(r *news.Record) error {
		a := *record.Article
		*r = news.Record{Article: &a}
		return nil
	}})
	return err
}

// rawDesk is the least that keeps articles and finds their words.
type rawDesk struct {
	mu                             sync.Mutex
	conn                           *sqlite3.SQLiteConn
	begin, article, search, commit *sqlite3.SQLiteStmt
	next                           atomic.Int64
}

func newRawDesk(b *testing.B) *rawDesk {
	file := filepath.Join(b.TempDir(), "raw.db")
	opened, err := new(sqlite3.SQLiteDriver).Open("file:" + url.PathEscape(file) + "?_mutex=no&_journal_mode=WAL&_synchronous=FULL")
	if err != nil {
		b.Fatal(err)
	}
	d := &rawDesk{conn: opened.(*sqlite3.SQLiteConn)}
	for _, sql := range []string{
		"PRAGMA cache_size = -16384",
		`CREATE TABLE articles (id INTEGER PRIMARY KEY, title TEXT NOT NULL, published_at INTEGER NOT NULL, html TEXT NOT NULL, text TEXT NOT NULL) STRICT`,
		`CREATE VIRTUAL TABLE search USING fts5(title, body, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2')`,
	} {
		if _, err := d.conn.Exec(sql, nil); err != nil {
			b.Fatal(err)
		}
	}
	prepare := func(sql string) *sqlite3.SQLiteStmt {
		s, err := d.conn.Prepare(sql)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { s.Close() })
		return s.(*sqlite3.SQLiteStmt)
	}
	b.Cleanup(func() {
		if err := d.conn.Close(); err != nil {
			b.Error(err)
		}
	})
	d.begin, d.commit = prepare("BEGIN IMMEDIATE"), prepare("COMMIT")
	d.article = prepare(`INSERT INTO articles (id, title, published_at, html, text) VALUES (?, ?, ?, ?, ?)`)
	d.search = prepare(`INSERT INTO search (rowid, title, body) VALUES (?, ?, ?)`)
	return d
}

func (d *rawDesk) save() error {
	n := d.next.Add(1)
	a := newArticle(n).Article
	html, text := markup.Clean(string(a.Body))
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, do := range []struct {
		*sqlite3.SQLiteStmt
		args []driver.Value
	}{
		{d.begin, nil},
		{d.article, []driver.Value{n, a.Title, a.PublishedAt.UnixMilli(), html, text}},
		{d.search, []driver.Value{n, a.Title, text}},
		{d.commit, nil},
	} {
		if _, err := do.Exec(do.args); err != nil {
			return err
		}
	}
	return nil
}
