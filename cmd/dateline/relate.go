package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/dateline-cms/dateline/internal/curator"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/news"
)

type relateCommand struct {
	Rebuild relateRebuildCommand `cmd:"" help:"Make all lists of related articles anew."`
	Show    relateShowCommand    `cmd:"" help:"Print what is related to an article, and why."`
	Eval    relateEvalCommand    `cmd:"" help:"Measure how well related articles are found, by links that editors have set."`
}

type relateRebuildCommand struct{ database }

// Help is shown by --help.
func (relateRebuildCommand) Help() string {
	return `Counts anew how rare words, topics and categories are, and makes the lists of all articles and events by that. A server may
run meanwhile: it serves the lists that are there until they are replaced. Articles that are published while lists are made get
theirs in between. What was done is kept when the command is interrupted, and a server goes on there. Nobody has to run this:
a server does it by itself when it has to be.

Example:

  dateline relate rebuild --db site.db`
}

// Run makes the lists.
func (c *relateRebuildCommand) Run(ctx context.Context, std *streams) error {
	s, done, err := c.open(ctx, sqlite.Options{})
	if err != nil {
		return err
	}
	defer done()
	bar := progressbar.NewOptions(-1, progressbar.OptionSetWriter(std.err), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetVisibility(isTerminal(std.err)), progressbar.OptionClearOnFinish())
	defer bar.Finish()
	nodes, began := 0, time.Now()
	err = curator.Rebuild(ctx, s, slog.New(slog.NewTextHandler(std.err, nil)), time.Now, func(p curator.Progress) {
		if nodes == 0 {
			bar.ChangeMax(p.Total)
		}
		nodes = p.Total / curator.Stages
		bar.Describe(string(p.Stage))
		bar.Set(min(p.Done, p.Total))
	})
	if err != nil {
		return fmt.Errorf("database %s: %w", c.DB, err)
	}
	st, err := s.RelatedState(ctx)
	if err != nil {
		return err
	}
	bar.Finish()
	fmt.Fprintf(std.out, "the lists of %d articles and events are of ranking %d.%d now; it took %s\n", nodes, st.Algorithm, st.Number, time.Since(began).Round(100*time.Millisecond))
	return nil
}

type relateShowCommand struct {
	DB string  `name:"db" default:"dateline.db" placeholder:"FILE" help:"The database file; it is only read (${default})."`
	ID news.ID `arg:"" help:"The article's id, such as art_06c2k3f9w0h8m."`
}

// Help is shown by --help.
func (relateShowCommand) Help() string {
	return `Prints what readers see beside an article, the best first: score, pins, title, and what each reason brought.

Example:

  dateline relate show --db site.db art_06c2k3f9w0h8m`
}

// Run prints the list.
func (c *relateShowCommand) Run(ctx context.Context, std *streams) error {
	if c.ID.Kind() != news.KindArticle {
		return fmt.Errorf("%s is no article; give an id that begins with art_", c.ID)
	}
	s, done, err := database{c.DB}.open(ctx, sqlite.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer done()
	reader := s.As(&news.Caller{Name: "dateline relate show", Grant: news.Grant{Scopes: []news.Scope{news.ScopeContentRead, news.ScopeContentReadFull}, BodyDepth: news.BodyFull}})
	if _, err := reader.Article(ctx, news.ArticleRef{ID: &c.ID}); err != nil {
		return fmt.Errorf("database %s: %w", c.DB, err)
	}
	found, err := reader.RelatedArticles(ctx, []news.ID{c.ID}, &news.RelatedFilter{AnyLocale: true}, news.Window{Limit: news.MaxPageSize})
	if err != nil {
		return err
	}
	list := found[c.ID]
	reasons, err := reader.ShownReasons(ctx, list.Edges)
	if err != nil {
		return err
	}
	for _, e := range list.Edges {
		printRelated(std.out, e, reasons[e])
	}
	computed, err := list.Computed(ctx)
	if err == nil && computed != nil {
		fmt.Fprintf(std.out, "%d articles; computed %s by ranking %s\n", len(list.Edges), computed.At.Format(time.RFC3339), computed.Ranking)
	} else if err == nil {
		fmt.Fprintf(std.out, "%d articles; nothing was computed yet: run dateline serve or dateline relate rebuild\n", len(list.Edges))
	}
	return err
}

func printRelated(to io.Writer, e *news.RelatedArticleEdge, reasons []news.ShownReason) {
	fmt.Fprintf(to, "%.4f  %s  %s  %s\n", e.Score, e.Node.ID, e.Node.PublishedAt.Format("2006-01-02"), e.Node.Title)
	for _, r := range reasons {
		head := r.Head()
		fmt.Fprintf(to, "        %.4f  %s  %s\n", head.Contribution, head.Kind, head.Summary(nil))
	}
}
