package sqlite_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/mattn/go-sqlite3"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
)

const (
	pointSQL = `SELECT id, slug, title, summary, published_at, words FROM article WHERE slug = ?`
	listSQL  = `SELECT id, slug, title, summary, published_at, words FROM article WHERE category = ? ORDER BY published_at DESC, id DESC LIMIT 100`
	articles = 10_000
)

// newNewsroom makes a database of 10,000 articles and returns its path.
func newNewsroom(b *testing.B) string {
	path := filepath.Join(b.TempDir(), "bench.db")
	db, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	steps := []engine.Step{
		{SQL: `CREATE TABLE article (id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, title TEXT NOT NULL, summary TEXT, published_at INTEGER NOT NULL, words INTEGER NOT NULL, category INTEGER NOT NULL) STRICT`},
		{SQL: `CREATE INDEX article_newest ON article(category, published_at DESC, id DESC)`},
	}
	for i := range articles {
		steps = append(steps, insertArticle(i))
	}
	if err := errors.Join(db.Write(b.Context(), "", steps), db.Close()); err != nil {
		b.Fatal(err)
	}
	return path
}

func insertArticle(i int) engine.Step {
	return engine.Step{
		SQL:  `INSERT INTO article(id, slug, title, summary, published_at, words, category) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		Args: []any{1_000_000 + i, slug(i), "A title of about sixty characters, as they are in the trade", "A summary that says in one sentence what the article is about.", 1_700_000_000_000 + i*1000, 500 + i%700, i % 20},
	}
}

func slug(i int) string { return fmt.Sprintf("2026/03/09/article-%d", i) }

type article struct {
	id, published int64
	slug, title   string
	summary       *string
	words         int
}

// BenchmarkQuery compares the ways to read in one run: the engine, a hand-kept
// statement on a bare driver connection, and database/sql with prepared
// statements and as many connections as the engine has.
func BenchmarkQuery(b *testing.B) {
	path := newNewsroom(b)
	for _, q := range []struct {
		name, sql string
		rows      int
		arg       func(i int) any
	}{
		{"point", pointSQL, 1, func(i int) any { return slug(i * 7919 % articles) }},
		{"100 rows", listSQL, 100, func(i int) any { return int64(i % 20) }},
	} {
		b.Run(q.name+"/engine", func(b *testing.B) {
			db, err := sqlite.Open(path, sqlite.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			each(b, q.rows, func(ctx context.Context, i int, list *[]article) error {
				return engineRead(ctx, db, q.sql, q.arg(i), list)
			})
		})
		b.Run(q.name+"/driver", func(b *testing.B) {
			conn, err := new(sqlite3.SQLiteDriver).Open("file:" + path + "?_mutex=no&mode=ro&_cache_size=-16384")
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Close()
			stmt, err := conn.Prepare(q.sql)
			if err != nil {
				b.Fatal(err)
			}
			defer stmt.Close()
			each(b, q.rows, func(ctx context.Context, i int, list *[]article) error {
				return driverRead(stmt.(driver.StmtQueryContext), q.arg(i), list)
			})
		})
		b.Run(q.name+"/database_sql", func(b *testing.B) {
			db, err := sql.Open("sqlite3", "file:"+path+"?_mutex=no&mode=ro&_cache_size=-16384")
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			db.SetMaxOpenConns(4)
			db.SetMaxIdleConns(4)
			stmt, err := db.Prepare(q.sql)
			if err != nil {
				b.Fatal(err)
			}
			defer stmt.Close()
			each(b, q.rows, func(ctx context.Context, i int, list *[]article) error { return sqlRead(ctx, stmt, q.arg(i), list) })
		})
	}
}

// each measures read with one goroutine, with a context as a server's.
func each(b *testing.B, rows int, read func(ctx context.Context, i int, list *[]article) error) {
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	list := make([]article, 0, rows)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		list = list[:0]
		if err := read(ctx, i, &list); err != nil {
			b.Fatal(err)
		}
		if len(list) != rows || list[0].title == "" {
			b.Fatalf("%d rows, want %d", len(list), rows)
		}
	}
}

func engineRead(ctx context.Context, e engine.Engine, query string, arg any, list *[]article) error {
	return e.Query(ctx, engine.Stmt{SQL: query, Args: []any{arg}, Scan: func(r *engine.Row) error {
		*list = append(*list, article{id: r.Int64(), slug: r.Text(), title: r.Text(), summary: r.NullText(), published: r.Int64(), words: r.Int()})
		return nil
	}})
}

func driverRead(stmt driver.StmtQueryContext, arg any, list *[]article) error {
	rows, err := stmt.QueryContext(context.Background(), []driver.NamedValue{{Ordinal: 1, Value: arg}})
	if err != nil {
		return err
	}
	dest := make([]driver.Value, 6)
	for {
		if err := rows.Next(dest); err == io.EOF {
			return rows.Close()
		} else if err != nil {
			return err
		}
		a := article{id: dest[0].(int64), slug: dest[1].(string), title: dest[2].(string), published: dest[4].(int64), words: int(dest[5].(int64))}
		if s, ok := dest[3].(string); ok {
			a.summary = &s
		}
		*list = append(*list, a)
	}
}

func sqlRead(ctx context.Context, stmt *sql.Stmt, arg any, list *[]article) error {
	rows, err := stmt.QueryContext(ctx, arg)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var a article
		if err := rows.Scan(&a.id, &a.slug, &a.title, &a.summary, &a.published, &a.words); err != nil {
			return err
		}
		*list = append(*list, a)
	}
	return rows.Err()
}

// BenchmarkQueryKinds shows what several statements, a watched context and a
// trace add to a point query.
func BenchmarkQueryKinds(b *testing.B) {
	db := newDBAt(b, newNewsroom(b))
	read := func(list *[]article) engine.Stmt {
		return engine.Stmt{SQL: pointSQL, Args: []any{slug(77)}, Scan: func(r *engine.Row) error {
			*list = append(*list, article{id: r.Int64(), slug: r.Text(), title: r.Text(), summary: r.NullText(), published: r.Int64(), words: r.Int()})
			return nil
		}}
	}
	for _, n := range []int{1, 2, 6} {
		b.Run(fmt.Sprintf("%d statements", n), func(b *testing.B) {
			each(b, n, func(ctx context.Context, i int, list *[]article) error {
				stmts := make([]engine.Stmt, n)
				for i := range stmts {
					stmts[i] = read(list)
				}
				return db.Query(ctx, stmts...)
			})
		})
	}
	b.Run("long", func(b *testing.B) {
		each(b, 1, func(ctx context.Context, i int, list *[]article) error {
			s := read(list)
			s.Long = true
			return db.Query(ctx, s)
		})
	})
	b.Run("traced", func(b *testing.B) {
		each(b, 1, func(ctx context.Context, i int, list *[]article) error {
			return db.Query(engine.WithTrace(ctx, new(engine.Trace)), read(list))
		})
	})
	b.Run("32 goroutines", func(b *testing.B) {
		b.SetParallelism(16)
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			var list []article
			for pb.Next() {
				list = list[:0]
				if err := db.Query(context.Background(), read(&list)); err != nil || len(list) != 1 {
					b.Error(err, len(list))
				}
			}
		})
	})
}

func newDBAt(b *testing.B, path string) *sqlite.DB {
	db, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	return db
}

// BenchmarkWrite writes one article with its links per batch, synchronous FULL,
// from one goroutine and from many; and a batch of 500 articles as an import does.
func BenchmarkWrite(b *testing.B) {
	var next atomic.Int64
	next.Store(articles)
	one := func() []engine.Step {
		i := int(next.Add(1))
		return []engine.Step{insertArticle(i), {SQL: `UPDATE article SET words = words + 1 WHERE id = ?`, Args: []any{1_000_000 + i}, Guard: "words"}}
	}
	for _, parallel := range []int{1, 4, 32} { // times two processors
		name := fmt.Sprintf("%d writers", 2*parallel)
		if parallel == 1 {
			name = "1 writer"
		}
		b.Run(name, func(b *testing.B) {
			db := newDBAt(b, newNewsroom(b))
			b.ResetTimer()
			if parallel == 1 {
				for range b.N {
					if err := db.Write(b.Context(), "", one()); err != nil {
						b.Fatal(err)
					}
				}
				return
			}
			b.SetParallelism(parallel)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := db.Write(context.Background(), "", one()); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
	b.Run("batch of 500", func(b *testing.B) {
		db := newDBAt(b, newNewsroom(b))
		b.ResetTimer()
		for range b.N {
			var steps []engine.Step
			for range 500 {
				steps = append(steps, insertArticle(int(next.Add(1))))
			}
			if err := db.Write(b.Context(), "", steps); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/500, "µs/article")
	})
	b.Run("500 guarded", func(b *testing.B) {
		db := newDBAt(b, newNewsroom(b))
		b.ResetTimer()
		for range b.N {
			var steps []engine.Step
			for i := range 500 {
				steps = append(steps, engine.Step{SQL: `UPDATE article SET words = words + 1 WHERE id = ?`, Args: []any{1_000_000 + i}, Guard: "words"})
			}
			if err := db.Write(b.Context(), "", steps); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/500, "µs/step")
	})
}
