package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/store"
)

type backupCommand struct {
	DB    string `name:"db" default:"dateline.db" placeholder:"FILE" help:"The database file; it is only read (${default})."`
	Force bool   `help:"Replace the backup that is there already."`
	File  string `arg:"" name:"file" help:"The file to write."`
}

// Help is shown by --help.
func (backupCommand) Help() string {
	return `Copies the database as it is at one instant, while servers and imports go on reading and writing. The file appears when the
copy is complete, checked and on the disk. It holds everything, drafts and keys' hashes too: only its owner may read it.
Files that are kept outside the database, such as uploaded images, are not in it. Keep backups on another disk.

Example:

  dateline backup --db site.db /backups/site-monday.db`
}

// Run makes the backup.
func (c *backupCommand) Run(ctx context.Context, std *streams) error {
	db, err := sqlite.Open(c.DB, sqlite.Options{ReadOnly: true, Readers: 1})
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := engine.Pending(ctx, db, store.Migrations()); err != nil {
		return fmt.Errorf("database %s: %w", c.DB, err)
	}
	err = db.Backup(ctx, c.File, c.Force)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("there is a file %s already; choose another name, or replace it with --force", c.File)
	}
	if err != nil {
		return err
	}
	info, err := os.Stat(c.File)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.out, "%s is backed up in %s (%.1f MB)\n", c.DB, c.File, float64(info.Size())/1e6)
	return nil
}
