package main

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/dateline-cms/dateline/internal/relate"
)

type relateEvalCommand struct {
	Articles  string  `required:"" placeholder:"FILE" help:"The articles: JSON lines with id, title, date, author or authors, categories, tags, excerpt, body_markdown and perhaps locale; compressed when the name ends in .gz."`
	Links     string  `required:"" placeholder:"FILE" help:"The links: lines of two ids, from and to, parted by a tab, under a line of headings."`
	LeastGain float64 `name:"least-gain" placeholder:"PERCENT" help:"Fail when ours is not so much better than the best of the others, at each measure."`
	JSON      bool    `name:"json" help:"Print JSON."`
}

// Help is shown by --help.
func (relateEvalCommand) Help() string {
	return `Makes the list of each article, and counts how many of its links are among the first ten (recall@10) and how high up they
stand among the first five (nDCG@5). Where links lead is taken out of the texts first, and plays no part. Beside ours are three
simple ways: the newest of the category, BM25 of the titles and BM25 of the whole texts. No database is needed. docs/related.md
explains the columns.

Example:

  dateline relate eval --articles articles.jsonl.gz --links links.tsv`
}

// Run measures and prints.
func (c *relateEvalCommand) Run(std *streams) error {
	e, err := c.evaluate()
	if err != nil {
		return err
	}
	if c.JSON {
		out := json.NewEncoder(std.out)
		out.SetIndent("", "  ")
		err = out.Encode(e)
	} else {
		err = printEvaluation(std.out, e)
	}
	if err != nil {
		return err
	}
	if gain := 100 * e.Gain(); gain < c.LeastGain {
		fmt.Fprintf(std.err, "dateline: ours is better by %.1f %%, asked for were %g %%\n", gain, c.LeastGain)
		return errReported
	}
	return nil
}

func (c *relateEvalCommand) evaluate() (*relate.Evaluation, error) {
	articles, err := os.Open(c.Articles)
	if err != nil {
		return nil, err
	}
	defer articles.Close()
	links, err := os.Open(c.Links)
	if err != nil {
		return nil, err
	}
	defer links.Close()
	in := io.Reader(articles)
	if strings.HasSuffix(c.Articles, ".gz") {
		if in, err = gzip.NewReader(articles); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Articles, err)
		}
	}
	collection, err := relate.ReadCollection(in, links)
	if err != nil {
		return nil, fmt.Errorf("%s with %s: %w", c.Articles, c.Links, err)
	}
	return collection.Evaluate(), nil
}

func printEvaluation(out io.Writer, e *relate.Evaluation) error {
	fmt.Fprintf(out, "%d articles, %d of them link to others, %d links\n\n", e.Articles, e.Linking, e.Links)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\ton the day\t\tarchive\t\tof all lists\t\t\t")
	fmt.Fprintln(w, "\trecall@10\tnDCG@5\trecall@10\tnDCG@5\tnear-duplicates\tcoverage\tmedian days\t")
	for _, m := range e.Methods {
		fmt.Fprintf(w, "%s\t%.3f\t%.3f\t%.3f\t%.3f\t%.2f %%\t%.1f %%\t%.0f\t\n", m.Method, m.OnTheDay.Recall, m.OnTheDay.NDCG,
			m.Archive.Recall, m.Archive.NDCG, 100*m.NearDuplicates, 100*m.Coverage, m.MedianDays)
	}
	err := w.Flush()
	_, last := fmt.Fprintf(out, "\nBetter than the best of the others by %.1f %% at least.\n", 100*e.Gain())
	return errors.Join(err, last)
}
