package engine

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"time"
)

// tables are what an engine keeps for itself. Migrate makes them in one batch
// before the first migration.
var tables = []Step{
	{SQL: `CREATE TABLE IF NOT EXISTS migrations (
	number     INTEGER PRIMARY KEY, -- the NNNN of NNNN_what.sql
	name       TEXT NOT NULL,       -- the file's name
	sha256     TEXT NOT NULL,       -- of the file, in hexadecimal
	applied_at INTEGER NOT NULL     -- Unix time in milliseconds
) STRICT`},
	// A table that takes no row: INSERT INTO guard SELECT 'why' WHERE changes()<>1
	// right after a step fails the batch of an engine that cannot look between two steps.
	{SQL: `CREATE TABLE IF NOT EXISTS guard (
	reason TEXT NOT NULL,
	CONSTRAINT guard_failed CHECK (0)
) STRICT`},
	{SQL: `CREATE TABLE IF NOT EXISTS operations (
	number INTEGER PRIMARY KEY, -- in the order of writing
	id     TEXT NOT NULL UNIQUE -- the opID of Write
) STRICT`},
}

// OperationSteps returns the steps with which a batch that has an opID begins.
// The first breaks Unique on the table operations when the opID was applied
// before; the second forgets all but the last 100,000. It is for engines.
func OperationSteps(opID string) []Step {
	return []Step{
		{SQL: `INSERT INTO operations(id) VALUES (?)`, Args: []any{opID}},
		{SQL: `DELETE FROM operations WHERE number <= (SELECT max(number) FROM operations) - 100000`},
	}
}

// Applied says whether err, of a batch that began with OperationSteps, means
// that its opID was applied before. It is for engines.
func Applied(err error) bool {
	var c *ConstraintError
	return errors.As(err, &c) && c.Kind == Unique && c.Table == "operations"
}

type migration struct {
	number int64
	name   string
	sha256 string
	stmts  []string
}

// Migrate brings the database up to the newest migration in files and returns
// how many it applied. The migrations are the files NNNN_what.sql at the top of
// files, numbered from 0001 without a gap; each is one atomic batch and is
// recorded, with now, in the table migrations. On a database that is up to date
// it writes nothing.
//
// It refuses, with an error and without a change, a database that is not
// Dateline's, one with a migration that files lacks (a newer program wrote it),
// and one to which a file was applied that has changed since.
func Migrate(ctx context.Context, e Engine, files fs.FS, now time.Time) (applied int, err error) {
	known, err := readMigrations(files)
	if err != nil {
		return 0, err
	}
	done, err := recorded(ctx, e)
	if errors.Is(err, errNew) {
		err = e.Write(ctx, "", tables)
	}
	if err != nil {
		return 0, fmt.Errorf("preparing the database for migrations: %w", err)
	}
	for {
		if err := compare(known, done); err != nil {
			return applied, err
		}
		if len(done) == len(known) {
			return applied, nil
		}
		m := known[len(done)]
		err := e.Write(ctx, "", m.steps(now))
		var c *ConstraintError
		switch {
		case err == nil:
			applied++
			done = append(done, m)
		case errors.As(err, &c) && c.Table == "migrations" && c.Kind == PrimaryKey:
			// Another program is migrating the same database: go on from where it is.
			if done, err = recorded(ctx, e); err != nil {
				return applied, err
			}
		default:
			return applied, fmt.Errorf("migration %s: %w", m.name, err)
		}
	}
}

// Pending returns how many migrations of files the database lacks, and changes
// nothing. It refuses what Migrate refuses, and an empty database: that is none
// of Dateline's yet.
func Pending(ctx context.Context, e Engine, files fs.FS) (int, error) {
	known, err := readMigrations(files)
	if err != nil {
		return 0, err
	}
	done, err := recorded(ctx, e)
	if err != nil {
		return 0, err
	}
	return len(known) - len(done), compare(known, done)
}

// steps begins with the record, so that of two programs the slower one stops
// there and not at a table that exists.
func (m migration) steps(now time.Time) []Step {
	steps := []Step{{
		SQL:  `INSERT INTO migrations(number, name, sha256, applied_at) VALUES (?, ?, ?, ?)`,
		Args: []any{m.number, m.name, m.sha256, now.UnixMilli()},
	}}
	for _, sql := range m.stmts {
		steps = append(steps, Step{SQL: sql})
	}
	return steps
}

var migrationName = regexp.MustCompile(`^([0-9]{4})_[a-z0-9_]+\.sql$`)

func readMigrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "*.sql") // sorted
	if err != nil {
		return nil, fmt.Errorf("listing the migrations: %w", err)
	}
	var known []migration
	for i, name := range names {
		match := migrationName.FindStringSubmatch(path.Base(name))
		if match == nil {
			return nil, fmt.Errorf("migration %s: the name must be like 0001_what.sql", name)
		}
		number, _ := strconv.ParseInt(match[1], 10, 64)
		if number != int64(i+1) {
			return nil, fmt.Errorf("migration %s: the next number is %04d: rename the file", name, i+1)
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
		text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) // a checkout on Windows is no change
		stmts, err := split(string(text))
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
		sum := sha256.Sum256(text)
		known = append(known, migration{number: number, name: name, sha256: hex.EncodeToString(sum[:]), stmts: stmts})
	}
	return known, nil
}

// errNew means an empty database.
var errNew = errors.New("the database is empty: check its name")

// recorded returns the migrations that the database says were applied.
func recorded(ctx context.Context, e Engine) ([]migration, error) {
	all, ours := 0, 0
	err := e.Query(ctx, Stmt{
		SQL: `SELECT count(*), count(*) FILTER (WHERE name = 'migrations') FROM sqlite_schema WHERE type = 'table'`,
		Scan: func(r *Row) error {
			all, ours = r.Int(), r.Int()
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	if all == 0 {
		return nil, errNew
	}
	if ours == 0 {
		return nil, fmt.Errorf("the database has %d tables but was not made by dateline: choose another file", all)
	}
	var done []migration
	err = e.Query(ctx, Stmt{
		SQL: `SELECT number, name, sha256 FROM migrations ORDER BY number`,
		Scan: func(r *Row) error {
			done = append(done, migration{number: r.Int64(), name: r.Text(), sha256: r.Text()})
			return nil
		},
	})
	return done, err
}

// compare checks that what was done is the beginning of what is known.
func compare(known, done []migration) error {
	for i, d := range done {
		if d.number > int64(len(known)) {
			newest := done[len(done)-1].number
			return fmt.Errorf("this database was written by a newer dateline (migration %d; this program knows %d): use a newer program", newest, len(known))
		}
		if d.number != int64(i+1) {
			return fmt.Errorf("the database has migration %d but not %d: its table migrations was changed by hand; restore a backup", d.number, i+1)
		}
		if k := known[i]; d.sha256 != k.sha256 {
			return fmt.Errorf("migration %s was changed after it was applied to this database: put the file back as it was and add a new migration", k.name)
		}
	}
	return nil
}
