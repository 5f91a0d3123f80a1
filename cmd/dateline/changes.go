package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/journal"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

type changesCommand struct {
	Tail   changesTailCommand   `cmd:"" help:"Print the journal, oldest change first."`
	Verify changesVerifyCommand `cmd:"" help:"Compare the content with the journal."`
}

type changesTailCommand struct {
	DB     string `name:"db" default:"dateline.db" placeholder:"FILE" help:"The database file; it is only read (${default})."`
	After  int64  `env:"-" default:"-1" placeholder:"SEQ" help:"Print what follows this number; the last ten changes when left out."`
	Follow bool   `env:"-" help:"Go on with every change as it is made, by whatever program, until interrupted."`
	JSON   bool   `name:"json" env:"-" help:"Print one JSON object a line."`
}

// Help is shown by --help.
func (changesTailCommand) Help() string {
	return `Prints for each change its number, when it happened, what happened to which node, the node's revision, by whom and in which fields;
changes of what readers could never see are marked as hidden. A server may run meanwhile.

Examples:

  dateline changes tail --db site.db --follow
  dateline changes tail --db site.db --after 0 --json > journal.jsonl`
}

// Run prints the journal.
func (c *changesTailCommand) Run(ctx context.Context, std *streams) error {
	s, done, err := database{c.DB}.open(ctx, sqlite.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer done()
	after := c.After
	if after < 0 {
		last, err := s.Position(ctx)
		if err != nil {
			return err
		}
		after = max(0, last-10)
	}
	after, err = c.print(ctx, s, std.out, after)
	if err != nil || !c.Follow {
		return err
	}
	return c.follow(ctx, s, std, after)
}

// follow prints what comes until ctx ends.
func (c *changesTailCommand) follow(ctx context.Context, s *store.Store, std *streams, after int64) error {
	changes := journal.New(s, slog.New(slog.NewTextHandler(std.err, nil)))
	go changes.Run(ctx)
	for {
		err := changes.Wait(ctx, after)
		if err == nil {
			after, err = c.print(ctx, s, std.out, after)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
	}
}

// print writes all that there is after a number, and returns the last number.
func (c *changesTailCommand) print(ctx context.Context, s *store.Store, to io.Writer, after int64) (int64, error) {
	w := bufio.NewWriterSize(to, 1<<16)
	for {
		page, err := s.AllChanges(ctx, after, 1000)
		if err != nil || len(page) == 0 {
			return after, errors.Join(err, w.Flush())
		}
		for _, change := range page {
			if err := c.line(w, change); err != nil {
				return after, err
			}
			after = change.Seq
		}
	}
}

// changeLine is a change as JSON.
type changeLine struct {
	Seq      int64           `json:"seq"`
	At       time.Time       `json:"at"`
	Kind     news.ChangeKind `json:"kind"`
	Subject  news.ID         `json:"subject"`
	Revision int             `json:"revision"`
	By       *string         `json:"by"`
	Fields   []string        `json:"fields"` // null when nobody wrote them down
	Tags     []news.ID       `json:"tags"`
	IsPublic bool            `json:"isPublic"`
}

func (c *changesTailCommand) line(w io.Writer, change *news.Change) error {
	if c.JSON {
		return json.NewEncoder(w).Encode(changeLine{change.Seq, change.At, change.Kind, change.SubjectID, change.Revision, change.MadeBy,
			change.ChangedFields, change.Tags, change.IsPublic})
	}
	line := fmt.Sprintf("%d  %s  %-11s  %s  revision %d", change.Seq, change.At.Format("2006-01-02T15:04:05.000Z07:00"), change.Kind, change.SubjectID, change.Revision)
	if change.MadeBy != nil {
		line += fmt.Sprintf("  by %q", *change.MadeBy)
	}
	if len(change.ChangedFields) > 0 {
		line += "  " + strings.Join(change.ChangedFields, ", ")
	}
	if !change.IsPublic {
		line += "  (hidden)"
	}
	_, err := fmt.Fprintln(w, line)
	return err
}

type changesVerifyCommand struct {
	DB string `name:"db" default:"dateline.db" placeholder:"FILE" help:"The database file; it is only read (${default})."`
}

// Help is shown by --help.
func (changesVerifyCommand) Help() string {
	return `Proves that no number of the journal is missing since it was last trimmed, and that every node has the version of its last change
there, and none is stored that the journal does not know or has deleted. A server may run meanwhile. Prints one line for each
fault with what to do about it; the exit code is 1 when there is one. "dateline check" looks at everything else, too.

Example:

  dateline changes verify --db site.db`
}

// Run compares the content with the journal.
func (c *changesVerifyCommand) Run(ctx context.Context, std *streams) error {
	return examine(ctx, std, c.DB, (*store.Store).CheckJournal)
}
