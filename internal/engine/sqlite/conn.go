package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"github.com/mattn/go-sqlite3"

	"github.com/dateline-cms/dateline/internal/engine"
)

// maxStatements is how many prepared statements a connection keeps. The store's
// statements are a few hundred texts at most.
const maxStatements = 256

// A conn is one connection with its prepared statements. One goroutine at a
// time may use it.
type conn struct {
	path   string
	sqlite *sqlite3.SQLiteConn
	writer bool

	statements map[string]*statement
	clock      uint64                         // counts uses of statements
	controls   map[string]*sqlite3.SQLiteStmt // BEGIN and the like

	// Used again for each statement, so that a query allocates little more than its strings.
	args   []driver.NamedValue
	dest   []driver.Value
	values []any
	row    engine.Row
}

type statement struct {
	*sqlite3.SQLiteStmt
	used uint64 // the clock at the last use
}

func connect(path string, writer bool, opt Options) (*conn, error) {
	mode := "ro"
	if writer {
		mode = "rwc"
	}
	if opt.immutable {
		mode += "&immutable=1"
	}
	opened, err := dial(path, fmt.Sprintf("mode=%s&_mutex=no&_busy_timeout=%d", mode, opt.BusyTimeout.Milliseconds()))
	if err != nil {
		return nil, err
	}
	c := &conn{path: path, sqlite: opened, writer: writer, statements: map[string]*statement{}, controls: map[string]*sqlite3.SQLiteStmt{}}
	if err := c.configure(opt); err != nil {
		return nil, errors.Join(explain(path, err), c.close())
	}
	return c, nil
}

// dial makes a bare connection.
func dial(path, parameters string) (*sqlite3.SQLiteConn, error) {
	name, err := uri(path, parameters)
	if err != nil {
		return nil, err
	}
	opened, err := new(sqlite3.SQLiteDriver).Open(name)
	if err != nil {
		return nil, explain(path, err)
	}
	return opened.(*sqlite3.SQLiteConn), nil
}

func (c *conn) configure(opt Options) error {
	pragmas := []string{
		fmt.Sprintf("cache_size = -%d", opt.CacheBytes/1024),
		"foreign_keys = ON",
		"temp_store = MEMORY",
		"trusted_schema = OFF", // a file from elsewhere must not run functions with side effects
	}
	if c.writer {
		mode, err := c.value("PRAGMA journal_mode = WAL")
		if err != nil {
			return err
		}
		if mode != "wal" {
			return fmt.Errorf("the file's folder cannot share memory, which WAL needs (journal mode stays %v): put the database on a local disk", mode)
		}
		pragmas = append(pragmas,
			"synchronous = FULL",            // the driver sets NORMAL, which may lose the last commits with the power
			"wal_autocheckpoint = 4000",     // pages: an import writes many of them more than once
			"journal_size_limit = 67108864", // give the disk back after an import
			"busy_timeout = 0",              // begin waits
		)
	}
	for _, p := range pragmas {
		if _, err := c.sqlite.Exec("PRAGMA "+p, nil); err != nil {
			return fmt.Errorf("PRAGMA %s: %w", p, err)
		}
	}
	fts, err := c.value("SELECT sqlite_compileoption_used('ENABLE_FTS5')")
	if err != nil {
		return err
	}
	if fts != int64(1) {
		return errors.New("this program was built without FTS5, which search needs: build it with -tags sqlite_fts5")
	}
	return nil
}

// value runs a statement that gives one value.
func (c *conn) value(sql string) (any, error) {
	rows, err := c.sqlite.Query(sql, nil)
	if err != nil {
		return nil, err
	}
	dest := make([]driver.Value, 1)
	err = rows.Next(dest)
	return dest[0], errors.Join(err, rows.Close())
}

func (c *conn) close() error {
	var errs []error
	for _, s := range c.statements {
		errs = append(errs, s.Close())
	}
	for _, s := range c.controls {
		errs = append(errs, s.Close())
	}
	errs = append(errs, c.sqlite.Close())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("closing the database %s: %w", c.path, err)
	}
	return nil
}

// prepare returns the prepared statement for sql, which is kept.
func (c *conn) prepare(sql string) (*statement, error) {
	c.clock++
	if s, ok := c.statements[sql]; ok {
		s.used = c.clock
		return s, nil
	}
	if err := engine.CheckStatement(sql); err != nil {
		return nil, err
	}
	prepared, err := c.sqlite.Prepare(sql)
	if err != nil {
		return nil, explain(c.path, err)
	}
	s := &statement{SQLiteStmt: prepared.(*sqlite3.SQLiteStmt), used: c.clock}
	if !c.writer && !s.Readonly() {
		return nil, errors.Join(errors.New("the statement writes: give it to Write"), s.Close())
	}
	if len(c.statements) >= maxStatements {
		if err := c.forgetOldest(); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	c.statements[sql] = s
	return s, nil
}

func (c *conn) forgetOldest() error {
	var oldest string
	used := c.clock
	for sql, s := range c.statements {
		if s.used < used {
			oldest, used = sql, s.used
		}
	}
	s := c.statements[oldest]
	delete(c.statements, oldest)
	return s.Close()
}

// control runs a statement about the transaction.
func (c *conn) control(sql string) error {
	s, ok := c.controls[sql]
	if !ok {
		prepared, err := c.sqlite.Prepare(sql)
		if err != nil {
			return explain(c.path, err)
		}
		s = prepared.(*sqlite3.SQLiteStmt)
		c.controls[sql] = s
	}
	if _, err := s.ExecContext(context.Background(), nil); err != nil {
		return fmt.Errorf("%s: %w", sql, explain(c.path, err))
	}
	return nil
}

// run runs one statement and returns the number of its rows. Stmt.Long decides
// whether the driver watches the context.
func (c *conn) run(ctx context.Context, stmt *engine.Stmt) (n int, err error) {
	s, err := c.prepare(stmt.SQL)
	if err != nil {
		return 0, err
	}
	if err := c.bind(s, stmt.Args); err != nil {
		return 0, err
	}
	watched := context.Background()
	if stmt.Long {
		watched = ctx
	}
	rows, err := s.QueryContext(watched, c.args)
	clear(c.args) // the driver has copied the texts
	if err != nil {
		return 0, explain(c.path, err)
	}
	defer func() {
		if e := rows.Close(); e != nil && err == nil {
			err = explain(c.path, e)
		}
	}()
	return c.scan(ctx, rows, stmt.Scan)
}

func (c *conn) bind(s *statement, args []any) error {
	if len(args) != s.NumInput() {
		return fmt.Errorf("it takes %d arguments and was given %d: give one for each ?", s.NumInput(), len(args))
	}
	c.args = c.args[:0]
	for i, arg := range args {
		v, err := engine.Arg(arg)
		if err != nil {
			return fmt.Errorf("argument %d: %w", i+1, err)
		}
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return nil
}

// A scanError is an error of a Stmt's Scan, which Query returns as it is.
type scanError struct{ error }

func (c *conn) scan(ctx context.Context, rows driver.Rows, scan func(*engine.Row) error) (n int, err error) {
	columns := rows.Columns()
	if len(c.dest) < len(columns) {
		c.dest = make([]driver.Value, len(columns))
		c.values = make([]any, len(columns))
	}
	dest, values := c.dest[:len(columns)], c.values[:len(columns)]
	defer clear(dest)
	defer clear(values)
	for {
		if err := rows.Next(dest); err == io.EOF {
			return n, nil
		} else if err != nil {
			return n, explain(c.path, err)
		}
		n++
		if scan != nil {
			for i, v := range dest {
				values[i] = v
			}
			c.row.Reset(columns, values)
			if err := scan(&c.row); err != nil {
				return n, scanError{err}
			}
			if err := c.row.Err(); err != nil {
				return n, err
			}
		}
		if err := ctx.Err(); err != nil {
			return n, err
		}
	}
}
