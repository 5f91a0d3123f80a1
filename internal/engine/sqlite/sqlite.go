// Package sqlite is the engine that runs SQLite in this process, on one file in
// WAL mode. It needs the build tag sqlite_fts5 and a C compiler.
package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
)

// Options of a database. The zero value is right for a server.
type Options struct {
	ReadOnly    bool          // Write fails with engine.ErrReadOnly, and a missing file is not created
	Readers     int           // connections for Query; 4 when 0
	BusyTimeout time.Duration // how long to wait for another program that writes; 10 seconds when 0
	CacheBytes  int           // page cache of each connection, filled as pages are read; 16 MiB when 0

	// Server says that this is the one server of the database: Open is refused
	// while another one has it open so, in this process or another. Whoever opens
	// it without works beside the server.
	Server bool

	immutable bool // nobody writes to the file: it needs no locks and no files beside it
}

// A DB is an open database file. It is an engine.Engine.
//
// One goroutine owns the only connection that writes; a Query borrows one of
// the connections that read. No connection is ever used by two goroutines at
// once, so SQLite's own mutexes are off.
type DB struct {
	path    string
	server  *serverLock // nil unless this is the server
	readers pool
	writer  *writer // nil when the database is read-only
	writes  chan *write
	closing chan struct{}
	wrote   chan struct{} // closed when the writer has ended
	close   func() error
}

// Open opens the database file at path and creates it when it is missing. It
// does not migrate it. A database in memory is refused: connections could not
// share it.
func Open(path string, opt Options) (*DB, error) {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return nil, fmt.Errorf("database %q: it must be a file: name one", path)
	}
	if opt.Readers == 0 {
		opt.Readers = 4
	}
	if opt.BusyTimeout == 0 {
		opt.BusyTimeout = 10 * time.Second
	}
	if opt.CacheBytes == 0 {
		opt.CacheBytes = 16 << 20
	}
	if opt.ReadOnly {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("opening the database: %w: check the file name", err)
		}
	}
	db := &DB{
		path:    path,
		readers: pool{tickets: make(chan struct{}, opt.Readers)},
		writes:  make(chan *write),
		closing: make(chan struct{}),
		wrote:   make(chan struct{}),
	}
	db.close = sync.OnceValue(db.shut)
	if err := db.open(opt); err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	return db, nil
}

func (db *DB) open(opt Options) (err error) {
	defer holdFolder(db.path, false)()
	if !opt.ReadOnly {
		c, err := connect(db.path, true, opt)
		if err != nil {
			return err
		}
		db.writer = &writer{conn: c, busyTimeout: opt.BusyTimeout}
	}
	if opt.Server { // not before it is known to be a database
		if db.server, err = lockServer(db.path); err != nil {
			return errors.Join(err, db.closeConns())
		}
	}
	for range opt.Readers {
		c, err := connect(db.path, false, opt)
		if err != nil {
			return errors.Join(err, db.closeConns())
		}
		db.readers.put(c)
	}
	if db.writer == nil {
		close(db.wrote)
	} else {
		go db.writeAll()
	}
	return nil
}

// Close waits for the queries and writes that are running, moves the WAL into
// the database file and, when no other program has it open, removes the WAL.
func (db *DB) Close() error { return db.close() }

func (db *DB) shut() error {
	close(db.closing)
	<-db.wrote
	for range cap(db.readers.tickets) {
		<-db.readers.tickets // wait for the queries
	}
	return db.closeConns()
}

// closeConns closes the readers and then the writer: a connection that reads
// cannot remove the WAL, so it must not be the last. Then another server may come.
func (db *DB) closeConns() error {
	var errs []error
	for _, c := range db.readers.free {
		errs = append(errs, c.close())
	}
	if db.writer != nil {
		errs = append(errs, db.writer.close())
	}
	if db.server != nil {
		errs = append(errs, db.server.release())
	}
	return errors.Join(errs...)
}

// A pool holds the connections that are free. The one that was used last is
// taken first: its pages are still in the processor's cache.
type pool struct {
	tickets chan struct{} // as many as connections are free
	mu      sync.Mutex
	free    []*conn
}

func (p *pool) put(c *conn) {
	p.mu.Lock()
	p.free = append(p.free, c)
	p.mu.Unlock()
	p.tickets <- struct{}{}
}

// take hands out a connection to the holder of a ticket.
func (p *pool) take() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.free) - 1
	c := p.free[last]
	p.free = p.free[:last]
	return c
}

// reader waits for a free connection that reads.
func (db *DB) reader(ctx context.Context) (*conn, error) {
	select {
	case <-db.closing:
		return nil, engine.ErrClosed
	default:
	}
	select {
	case <-db.readers.tickets:
		return db.readers.take(), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-db.closing:
		return nil, engine.ErrClosed
	}
}

// uri names the file for SQLite. Every byte that could mean something else in a
// URI is escaped, and the path is absolute: SQLite would read a host out of two
// leading slashes. The parameters are SQLite's and the driver's.
func uri(path, parameters string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	path = filepath.ToSlash(path)
	var b strings.Builder
	b.WriteString("file:")
	if !strings.HasPrefix(path, "/") {
		b.WriteByte('/') // a drive letter
	}
	for i := range len(path) {
		c := path[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("/-._~:", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String() + "?" + parameters, nil
}
