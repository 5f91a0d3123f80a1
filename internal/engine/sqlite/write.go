package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
)

const (
	// maxGroup is how many batches may share one commit.
	maxGroup = 64

	// maxPause is the longest pause between two looks at a lock that another
	// program holds. SQLite's own pauses grow to 100 ms, and beside an import
	// that takes the lock again at once, few looks would find it free.
	maxPause = 500 * time.Microsecond
)

// A write is a batch on its way through the writer.
type write struct {
	ctx   context.Context
	opID  string
	steps []engine.Step
	err   error
	done  chan struct{} // closed when err is final
}

// Write implements engine.Engine. Batches that wait at the same time are
// committed together: the cost of a commit is the wait for the disk.
func (db *DB) Write(ctx context.Context, opID string, steps []engine.Step) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if db.writer == nil {
		return fmt.Errorf("%s: %w", db.path, engine.ErrReadOnly)
	}
	w := &write{ctx: ctx, opID: opID, steps: steps, done: make(chan struct{})}
	select {
	case <-db.closing:
		return engine.ErrClosed
	default:
	}
	select {
	case db.writes <- w:
		<-w.done
		return w.err
	case <-ctx.Done():
		return ctx.Err()
	case <-db.closing:
		return engine.ErrClosed
	}
}

// writer owns the connection that writes.
type writer struct {
	*conn
	busyTimeout time.Duration
}

// writeAll runs the batches until the database is closed.
func (db *DB) writeAll() {
	defer close(db.wrote)
	for {
		select {
		case first := <-db.writes:
			db.writer.serve(first, db.writes)
		case <-db.closing:
			return
		}
	}
}

// serve runs one batch and, when others wait once the lock is held, those too,
// in one transaction. Callers that were not taken yet still wait for the
// channel and may give up.
func (w *writer) serve(first *write, more <-chan *write) {
	if err := w.begin(first.ctx); err != nil {
		first.finish(err)
		return
	}
	group := []*write{first}
	for len(group) < maxGroup {
		select {
		case next := <-more:
			group = append(group, next)
			continue
		default:
		}
		break
	}
	if len(group) == 1 {
		first.finish(w.alone(first))
		return
	}
	if !w.together(group) {
		// The transaction failed as a whole, for a reason that need not be
		// every batch's: a full disk, a deferred foreign key. Find out whose.
		for _, b := range group {
			err := w.begin(b.ctx)
			if err == nil {
				err = w.alone(b)
			}
			b.err = err
		}
	}
	for _, b := range group {
		close(b.done)
	}
}

func (b *write) finish(err error) {
	b.err = err
	close(b.done)
}

// begin takes the lock that one writer of all programs can hold.
func (w *writer) begin(ctx context.Context) error {
	start, pause := time.Now(), maxPause/16
	for {
		err := w.control("BEGIN IMMEDIATE")
		if !errors.Is(err, engine.ErrBusy) {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if waited := time.Since(start); waited >= w.busyTimeout {
			return fmt.Errorf("waited %v: %w", waited.Round(time.Millisecond), err)
		}
		time.Sleep(pause)
		pause = min(2*pause, maxPause)
	}
}

// alone applies a batch and commits it, in the transaction that has begun.
func (w *writer) alone(b *write) error {
	err := w.apply(b)
	if err == nil {
		err = w.late(b)
	}
	if err == nil {
		err = w.commit()
	}
	if err != nil {
		err = w.rollback(err)
	}
	return err
}

// together applies the batches, each in a savepoint but for its late steps, and commits them. It
// returns false when nothing was kept and no result is final.
func (w *writer) together(group []*write) bool {
	for _, b := range group {
		b.err = w.control("SAVEPOINT batch")
		if b.err == nil {
			b.err = w.apply(b)
		}
		if b.err != nil && w.control("ROLLBACK TO batch") != nil || w.control("RELEASE batch") != nil {
			_ = w.rollback(nil)
			return false
		}
	}
	for _, b := range group {
		if b.err != nil {
			continue
		}
		if err := w.late(b); err != nil {
			_ = w.rollback(err)
			return false
		}
	}
	if err := w.commit(); err != nil {
		_ = w.rollback(err)
		return false
	}
	return true
}

func (w *writer) commit() error {
	err := w.control("COMMIT")
	var c *engine.ConstraintError
	if errors.As(err, &c) {
		c.Step = -1
	}
	return err
}

// rollback undoes the transaction and returns why, with what the rollback may
// have to add. Some errors make SQLite roll back by itself.
func (w *writer) rollback(why error) error {
	if w.sqlite.AutoCommit() {
		return why
	}
	if err := w.control("ROLLBACK"); err != nil {
		return errors.Join(why, err)
	}
	return why
}

func (w *writer) apply(b *write) error {
	if b.opID != "" {
		for _, s := range engine.OperationSteps(b.opID) {
			err := w.exec(b.ctx, &s)
			if engine.Applied(err) {
				return engine.ErrApplied
			}
			if err != nil {
				return fmt.Errorf("recording the operation: %w", err)
			}
		}
	}
	for i := range b.steps {
		if b.steps[i].Late {
			continue
		}
		if err := w.step(b, i); err != nil {
			return err
		}
	}
	return nil
}

// late runs the late steps of a batch that was applied.
func (w *writer) late(b *write) error {
	for i := range b.steps {
		if !b.steps[i].Late {
			continue
		}
		if err := w.step(b, i); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) step(b *write, i int) error {
	if err := b.ctx.Err(); err != nil {
		return err
	}
	s := &b.steps[i]
	if err := w.exec(b.ctx, s); err != nil {
		var c *engine.ConstraintError
		if errors.As(err, &c) {
			c.Step = i
		}
		return fmt.Errorf("step %d, %s: %w", i, engine.Short(s.SQL), err)
	}
	if s.Guard == "" {
		return nil
	}
	if n, err := w.changes(); err != nil {
		return err
	} else if n != 1 {
		return &engine.GuardError{Reason: s.Guard, Step: i}
	}
	return nil
}

// exec runs a step as a query: the driver binds and steps in one call into C,
// where its Exec needs a call for each argument.
func (w *writer) exec(ctx context.Context, s *engine.Step) error {
	n, err := w.run(ctx, &engine.Stmt{SQL: s.SQL, Args: s.Args})
	if err == nil && n > 0 {
		err = errors.New("a step must not return rows: leave out RETURNING, or give a SELECT to Query")
	}
	return err
}

// changes returns how many rows the last step changed.
func (w *writer) changes() (n int, err error) {
	_, err = w.run(context.Background(), &engine.Stmt{SQL: `SELECT changes()`, Scan: func(r *engine.Row) error {
		n = r.Int()
		return nil
	}})
	return n, err
}
