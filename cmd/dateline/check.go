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
tree of categories, lists and their counters, and the search index. A server may run meanwhile. Prints one line for each fault
with what to do about it; the exit code is 1 when there is one.

Example:

  dateline check --db site.db`
}

// Run checks the database.
func (c *checkCommand) Run(ctx context.Context, std *streams) error {
	db, err := sqlite.Open(c.DB, sqlite.Options{ReadOnly: true, Readers: 1})
	if err != nil {
		return err
	}
	defer db.Close()
	faults, seq, err := examine(ctx, db)
	for _, f := range faults {
		fmt.Fprintln(std.out, f)
	}
	switch {
	case err != nil:
		return fmt.Errorf("database %s: %w", c.DB, err)
	case len(faults) > 0:
		return errReported
	}
	fmt.Fprintf(std.out, "%s has no fault; the journal is at %d\n", c.DB, seq)
	return nil
}

// examine refuses an older schema, which only a program that writes can bring up to date.
func examine(ctx context.Context, db engine.Engine) (faults []store.Fault, seq int64, err error) {
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
	if faults, err = s.Check(ctx); err != nil {
		return faults, 0, err
	}
	seq, err = s.Position(ctx)
	return faults, seq, err
}
