package main

import (
	"context"
	"fmt"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/store"
)

type restoreCommand struct {
	DB   string `name:"db" default:"dateline.db" placeholder:"FILE" help:"The database file to replace; made when it is missing (${default})."`
	File string `arg:"" name:"file" help:"The backup; it is only read."`
}

// Help is shown by --help.
func (restoreCommand) Help() string {
	return `Puts a copy of the backup in the place of the database. The copy is checked first: a damaged one, one of another program, and one
that a newer dateline wrote change nothing. The database that was there is kept beside the new one. Stop every program that
has the database open before: nothing is done while one has.

Example:

  dateline restore --db site.db /backups/site-monday.db`
}

// Run restores the backup.
func (c *restoreCommand) Run(ctx context.Context, std *streams) error {
	kept, err := sqlite.Restore(ctx, c.File, c.DB, time.Now(), func(ctx context.Context, e engine.Engine) error {
		_, err := engine.Pending(ctx, e, store.Migrations())
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(std.out, "%s is restored from %s\n", c.DB, c.File)
	if kept != "" {
		fmt.Fprintf(std.out, "what it was before is in %s; remove it when you need it no more\n", kept)
	}
	return nil
}
