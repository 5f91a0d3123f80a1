package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
)

// Query implements engine.Engine.
func (db *DB) Query(ctx context.Context, stmts ...engine.Stmt) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	c, err := db.reader(ctx)
	if err != nil {
		return err
	}
	defer db.readers.put(c)
	if len(stmts) > 1 { // one statement is a snapshot by itself
		if err := c.control("BEGIN"); err != nil {
			return err
		}
		defer func() {
			if e := c.control("COMMIT"); e != nil && err == nil {
				err = e
			}
		}()
	}
	trace := engine.TraceOf(ctx)
	for i := range stmts {
		if err := c.query(ctx, &stmts[i], trace); err != nil {
			if s, ok := err.(scanError); ok {
				return s.error
			}
			return fmt.Errorf("statement %d, %s: %w", i, engine.Short(stmts[i].SQL), err)
		}
	}
	return nil
}

func (c *conn) query(ctx context.Context, stmt *engine.Stmt, trace *engine.Trace) error {
	if trace == nil {
		_, err := c.run(ctx, stmt)
		return err
	}
	start := time.Now()
	n, err := c.run(ctx, stmt)
	trace.Add(engine.Traced{SQL: stmt.SQL, Rows: n, Duration: time.Since(start)})
	return err
}
