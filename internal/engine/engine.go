// Package engine runs SQL for the store. There are two engines behind one
// contract: engine/sqlite in this process and, for whoever outgrows one
// machine, SQLite replicated over Raft. Both run the same SQL text and the same
// migrations, and both pass the suite in engine/enginetest.
//
// SQL that must run on both: one statement per Stmt or Step; no BEGIN, no
// RETURNING, no now or random in any form; BLOBs only in BLOB columns; lists of
// ids as one JSON parameter to json_each(?); STRICT tables.
package engine

import "context"

// An Engine reads many things at once and writes in batches. There is no
// interactive transaction. Its methods may be called from any goroutine.
type Engine interface {
	// Query runs the statements in order, all in one snapshot of the database,
	// and hands each row to its statement's Scan. The first error ends it: an
	// error of Scan is returned as it is, any other names the statement. A
	// context that has already ended is returned at once.
	Query(ctx context.Context, stmts ...Stmt) error

	// Write runs the steps in order as one atomic batch: on any error nothing
	// of it is kept. A context that ends before the batch starts or between two
	// steps undoes the batch; once the commit has begun it is carried through.
	//
	// opID, when not "", makes a retry safe: when a batch with this opID was
	// applied before (one of the last 100,000 that had one), nothing is done
	// and the error is ErrApplied. It needs the tables that Migrate creates.
	Write(ctx context.Context, opID string, steps []Step) error

	// Close waits for what is running and releases the database. Later calls
	// of Query and Write fail with ErrClosed.
	Close() error
}

// A Stmt is one SELECT of a Query.
type Stmt struct {
	SQL  string
	Args []any // see Arg for the types that are accepted

	// Scan is called once per row, in order. The row is valid only during the
	// call. Scan must not call the engine. When it is nil the rows are dropped.
	Scan func(*Row) error

	// Long says that the statement may run long before it gives a row. Such a
	// statement is interrupted when the context ends, at a small cost; for
	// others the context is looked at between rows only.
	Long bool
}

// A Step is one INSERT, UPDATE, DELETE or schema statement of a Write. It must
// not return rows.
type Step struct {
	SQL  string
	Args []any // see Arg for the types that are accepted

	// Guard, when not "", is the reason the batch fails with, as a *GuardError,
	// unless this step changes exactly one row. Rows changed by triggers and
	// by foreign key actions do not count.
	Guard string

	// Late steps run after all others of their batch, in their order, and of
	// the batches that share its commit. They are those of a search index:
	// before a step that SQLite may have to undo alone, FTS5 writes the words
	// gathered so far, once for each batch if not for this. A late step has no
	// Guard, and what a step that is not late writes must not depend on one.
	Late bool
}
