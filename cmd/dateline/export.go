package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/importer"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

type exportCommand struct {
	Events exportEventsCommand `cmd:"" help:"Write all historical events as JSON Lines."`
}

type exportEventsCommand struct {
	DB  string `name:"db" default:"dateline.db" placeholder:"FILE" help:"The database file; it is only read (${default})."`
	Out string `placeholder:"FILE" help:"The file to write, which is replaced when everything is in it; standard output when left out."`
}

// Help is shown by --help.
func (exportEventsCommand) Help() string {
	return `Writes every event, published or not, as a line that "dateline import jsonl" reads: into the same database it changes nothing, into
another one it makes the same events. Topics, categories and images that events refer to are named, not exported. Years are
astronomical: -0043 is 44 BC.

Example:

  dateline export events --db site.db --out events.jsonl`
}

// Run writes the events.
func (c *exportEventsCommand) Run(ctx context.Context, std *streams) error {
	s, done, err := database{c.DB}.open(ctx, sqlite.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer done()
	if c.Out == "" {
		_, err := writeEvents(ctx, s, std.out)
		return err
	}
	n, err := c.replace(func(w io.Writer) (int, error) { return writeEvents(ctx, s, w) })
	if err != nil {
		return err
	}
	fmt.Fprintf(std.err, "%d events are in %s\n", n, c.Out)
	return nil
}

// replace writes the file beside its place and moves it there when it is complete.
func (c *exportEventsCommand) replace(write func(io.Writer) (int, error)) (n int, err error) {
	file, err := os.CreateTemp(filepath.Dir(c.Out), "."+filepath.Base(c.Out)+"-*")
	if err != nil {
		return 0, fmt.Errorf("the events cannot be written: %w; choose another file with --out", err)
	}
	defer os.Remove(file.Name())
	n, err = write(file)
	if err = errors.Join(err, file.Chmod(0o644), file.Close()); err != nil {
		return 0, err
	}
	return n, os.Rename(file.Name(), c.Out)
}

// writeEvents also returns how many there are.
func writeEvents(ctx context.Context, s *store.Store, out io.Writer) (n int, err error) {
	w := bufio.NewWriterSize(out, 1<<16)
	err = s.ExportEvents(ctx, func(rec news.Record) error {
		line, err := importer.EncodeRecord(rec)
		if err != nil {
			return err
		}
		n++
		_, err = w.Write(append(line, '\n'))
		return err
	})
	return n, errors.Join(err, w.Flush())
}
