package main

import (
	"context"
	"fmt"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/store"
)

type checkCommand struct {
	DB string `name:"db" default:"dateline.db" placeholder:"FILE" help:"The database file; it is only read (${default})."`
}

// Help is shown by --help.
func (checkCommand) Help() string {
	return `Looks for damage in the file, and compares what is stored with what it must follow from: references, the journal, paths, the
tree of categories, lists and their counters, lists of related articles, and the search index. A server may run meanwhile. Prints one line for each fault
with what to do about it; the exit code is 1 when there is one.

Example:

  dateline check --db site.db`
}

// Run checks the database.
func (c *checkCommand) Run(ctx context.Context, std *streams) error {
	return examine(ctx, std, c.DB, (*store.Store).Check)
}

// examine prints the faults that a look at the database finds, which is only read.
func examine(ctx context.Context, std *streams, file string, look func(*store.Store, context.Context) ([]store.Fault, error)) error {
	db, err := sqlite.Open(file, sqlite.Options{ReadOnly: true, Readers: 1})
	if err != nil {
		return err
	}
	defer db.Close()
	faults, seq, err := lookAt(ctx, db, look)
	for _, f := range faults {
		fmt.Fprintln(std.out, f)
	}
	switch {
	case err != nil:
		return fmt.Errorf("database %s: %w", file, err)
	case len(faults) > 0:
		return errReported
	}
	fmt.Fprintf(std.out, "%s has no fault; the journal is at %d\n", file, seq)
	return nil
}

// lookAt refuses an older schema, which only a program that writes can bring up to date.
func lookAt(ctx context.Context, db engine.Engine, look func(*store.Store, context.Context) ([]store.Fault, error)) (faults []store.Fault, seq int64, err error) {
	pending, err := engine.Pending(ctx, db, store.Migrations())
	if err != nil {
		return nil, 0, err
	}
	if pending > 0 {
		return nil, 0, fmt.Errorf("an older dateline wrote it and its schema lacks %d changes; start dateline serve once, which makes them, then check again", pending)
	}
	s, err := store.Open(ctx, db, time.Now)
	if err != nil {
		return nil, 0, err
	}
	if faults, err = look(s, ctx); err != nil {
		return faults, 0, err
	}
	seq, err = s.Position(ctx)
	return faults, seq, err
}
