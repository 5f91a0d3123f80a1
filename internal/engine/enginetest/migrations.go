package enginetest

import (
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
)

var day = time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)

func sqlFiles(text ...string) fstest.MapFS {
	names := []string{"0001_first.sql", "0002_second.sql", "0003_third.sql"}
	files := fstest.MapFS{"README.md": {Data: []byte("not a migration")}}
	for i, s := range text {
		files[names[i]] = &fstest.MapFile{Data: []byte(s)}
	}
	return files
}

const (
	first = `-- articles; the first table
CREATE TABLE article (
	id    INTEGER PRIMARY KEY,
	title TEXT NOT NULL, -- plain text; no markup
	state TEXT NOT NULL DEFAULT 'a;b'
) STRICT;

CREATE TABLE log (what TEXT NOT NULL) STRICT;
CREATE TRIGGER article_logged AFTER INSERT ON article WHEN new.title <> ';' BEGIN
	INSERT INTO log VALUES (CASE new.title WHEN 'x' THEN 'an x' ELSE 'added; ' || new.title END);
	INSERT INTO log VALUES ('and again');
END;
/* the; end */`
	second = "INSERT INTO article(title) VALUES ('from 2');\r\nCREATE INDEX article_title ON article(title);\r\n"
	third  = `ALTER TABLE article ADD COLUMN slug TEXT;`
)

func wantMigrated(t *testing.T, e engine.Engine, files fstest.MapFS, want int) {
	t.Helper()
	if n, err := engine.Migrate(t.Context(), e, files, day); n != want || err != nil {
		t.Fatalf("Migrate applied %d, error %v; want %d", n, err, want)
	}
}

func migrations(t *testing.T, e engine.Engine) {
	wantMigrated(t, e, sqlFiles(first), 1)
	wantMigrated(t, e, sqlFiles(first), 0)
	wantMigrated(t, e, sqlFiles(first, second, third), 2)
	wantMigrated(t, e, sqlFiles(first, second, third), 0)
	// Line ends of another system are no change.
	wantMigrated(t, e, sqlFiles(first, "INSERT INTO article(title) VALUES ('from 2');\nCREATE INDEX article_title ON article(title);\n", third), 0)
	wantTexts(t, column(t, e, `SELECT number || ' ' || name || ' ' || length(sha256) || ' ' || applied_at FROM migrations ORDER BY number`),
		"1 0001_first.sql 64 1773057600000", "2 0002_second.sql 64 1773057600000", "3 0003_third.sql 64 1773057600000")
	wantTexts(t, column(t, e, `SELECT title || state FROM article`), "from 2a;b")
	wantTexts(t, column(t, e, `SELECT what FROM log`), "added; from 2", "and again")
	// The comments of the columns are in the database.
	wantNumber(t, e, 1, `SELECT count(*) FROM sqlite_schema WHERE name = 'article' AND sql LIKE '%-- plain text; no markup%'`)
}

func refusedMigrations(t *testing.T, e engine.Engine) {
	refused := func(files fstest.MapFS, words ...string) {
		t.Helper()
		n, err := engine.Migrate(t.Context(), e, files, day)
		if n != 0 {
			t.Errorf("%d applied", n)
		}
		wantError(t, err, words...)
	}
	bad := func(name, text string) fstest.MapFS { return fstest.MapFS{name: {Data: []byte(text)}} }
	pending := func(files fstest.MapFS, want int, words ...string) {
		t.Helper()
		n, err := engine.Pending(t.Context(), e, files)
		if len(words) > 0 {
			wantError(t, err, words...)
		} else if n != want || err != nil {
			t.Errorf("%d migrations are pending, error %v; want %d", n, err, want)
		}
	}
	pending(sqlFiles(first), 0, "empty")
	refused(bad("1_short.sql", `SELECT 1`), "1_short.sql", "0001_what.sql")
	refused(bad("0002_gap.sql", third), "0002_gap.sql", "0001")
	refused(bad("0001_open.sql", "SELECT 1;\nSELECT 'open"), "0001_open.sql", "line 2", "does not end")
	twice := sqlFiles(first)
	twice["0001_again.sql"] = &fstest.MapFile{Data: []byte(third)}
	refused(twice, "0001_first.sql", "0002")
	wantNumber(t, e, 0, `SELECT count(*) FROM sqlite_schema`)

	// A migration that fails leaves nothing of itself, and the next try goes on there.
	n, err := engine.Migrate(t.Context(), e, sqlFiles(first, `INSERT INTO article(title) VALUES ('kept?'); INSERT INTO missing VALUES (1)`), day)
	if n != 1 {
		t.Errorf("%d applied before the one that failed", n)
	}
	wantError(t, err, "0002_second.sql", "no such table: missing")
	wantNumber(t, e, 0, `SELECT count(*) FROM article`)
	wantNumber(t, e, 1, `SELECT count(*) FROM migrations`)
	refused(sqlFiles(first, `COMMIT`), "0002_second.sql", "transaction")
	wantMigrated(t, e, sqlFiles(first, second), 1)

	pending(sqlFiles(first, second), 0)
	pending(sqlFiles(first, second, third), 1)
	pending(sqlFiles(first), 0, "written by a newer dateline")
	pending(sqlFiles(first+" ", second), 0, "changed after")
	wantNumber(t, e, 2, `SELECT count(*) FROM migrations`)
	refused(sqlFiles(first+" ", second), "0001_first.sql", "changed after")
	refused(sqlFiles(first, second+"--", third), "0002_second.sql", "changed after")
	refused(sqlFiles(first), "written by a newer dateline (migration 2; this program knows 1)", "use a newer program")
	write(t, e, step(`INSERT INTO migrations VALUES (12, '0012_future.sql', '', 0)`))
	refused(sqlFiles(first, second, third), "written by a newer dateline (migration 12; this program knows 3)")
	write(t, e, step(`DELETE FROM migrations WHERE number IN (1, 12)`))
	refused(sqlFiles(first, second, third), "by hand")

	// A database of some other program.
	write(t, e, step(`DROP TABLE migrations`))
	refused(sqlFiles(first), "not made by dateline")
	pending(sqlFiles(first), 0, "not made by dateline")
}

func concurrentMigrations(t *testing.T, e engine.Engine) {
	var work sync.WaitGroup
	var mu sync.Mutex
	total := 0
	for range 8 {
		work.Go(func() {
			n, err := engine.Migrate(t.Context(), e, sqlFiles(first, second, third), day)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			total += n
		})
	}
	work.Wait()
	if total != 3 {
		t.Errorf("%d migrations were applied in all", total)
	}
	wantNumber(t, e, 1, `SELECT count(*) FROM article`)
}
