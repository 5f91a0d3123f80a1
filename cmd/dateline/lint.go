package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

type lintCommand struct {
	DB   string                  `name:"db" default:"dateline.db" placeholder:"FILE" help:"The database file; it is only read (${default})."`
	Code []news.ContentIssueCode `enum:"${issue_codes}" placeholder:"CODE" help:"Look only for these: ${issue_codes}."`
	JSON bool                    `name:"json" help:"Print one JSON object a line."`
}

func issueCodes() string {
	codes := make([]string, len(news.ContentIssueCodes))
	for i, c := range news.ContentIssueCodes {
		codes[i] = string(c)
	}
	return strings.Join(codes, ", ")
}

// Help is shown by --help.
func (lintCommand) Help() string {
	return `Prints what a person should look at in all stored content, published or not: dates of events that contradict each other, events
whose day was probably never known, events that may be one, as a merge list with the one to keep first, filler text, pictures without
alternative text, damaged letters, the same text twice, links to pages that do not exist, and empty fields. Nothing is changed. Counts go to standard error. The exit code is 1 when there is an ERROR. docs/lint.md says what to do about each code.

Examples:

  dateline lint --db site.db
  dateline lint --db site.db --code FILLER_TEXT,DEAD_INTERNAL_LINK
  dateline lint --db site.db --code DUPLICATE_EVENT --json > merge.jsonl`
}

// Run prints the findings as they are found.
func (c *lintCommand) Run(ctx context.Context, std *streams) error {
	s, done, err := database{c.DB}.open(ctx, sqlite.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer done()
	w := bufio.NewWriterSize(std.out, 1<<16)
	counts, errorsFound := map[news.ContentIssueCode]int{}, 0
	err = s.Lint(ctx, c.Code, func(f store.Finding) error {
		counts[f.Code]++
		if f.Severity == news.SeverityError {
			errorsFound++
		}
		if c.JSON {
			return writeFinding(w, f)
		}
		return printFinding(w, f)
	})
	if err := errors.Join(err, w.Flush()); err != nil {
		return err
	}
	fmt.Fprintln(std.err, countLine(counts))
	if errorsFound > 0 {
		return errReported
	}
	return nil
}

func countLine(counts map[news.ContentIssueCode]int) string {
	total, parts := 0, []string{}
	for _, code := range news.ContentIssueCodes {
		if n := counts[code]; n > 0 {
			total += n
			parts = append(parts, fmt.Sprintf("%d %s", n, code))
		}
	}
	if total == 0 {
		return "nothing was found"
	}
	return fmt.Sprintf("%d found: %s", total, strings.Join(parts, ", "))
}

// finding is a line of JSON, with what it lists.
type finding struct {
	Severity news.IssueSeverity    `json:"severity"`
	Code     news.ContentIssueCode `json:"code"`
	ID       *news.ID              `json:"id"`
	Path     *news.Path            `json:"path"`
	Title    string                `json:"title"`
	Field    []string              `json:"field,omitempty"`
	Message  string                `json:"message"`
	Events   []listedEvent         `json:"events,omitempty"`
	Articles []listedArticle       `json:"articles,omitempty"`
}

type listedArticle struct {
	ID     news.ID          `json:"id"`
	Path   news.Path        `json:"path"`
	Title  string           `json:"title"`
	Status news.EntryStatus `json:"status"`
}

type listedEvent struct {
	ID           news.ID                `json:"id"`
	Path         news.Path              `json:"path"`
	Title        string                 `json:"title"`
	Date         news.EDTF              `json:"date"`
	Calendar     news.CalendarModel     `json:"calendar"`
	Status       news.EntryStatus       `json:"status"`
	Verification news.VerificationState `json:"verification"`
	Sources      []string               `json:"sources"`
	Ref          news.Ref               `json:"ref"`
}

func writeFinding(w io.Writer, f store.Finding) error {
	line := finding{Severity: f.Severity, Code: f.Code, Title: f.Title, Field: f.Field, Message: f.Message}
	if f.Subject != 0 {
		line.ID = &f.Subject
	}
	if f.Path != "" {
		line.Path = &f.Path
	}
	for _, a := range f.Duplicates {
		line.Articles = append(line.Articles, listedArticle{a.ID, a.Path, a.Title, a.Status})
	}
	for _, e := range f.Events {
		line.Events = append(line.Events, listedEvent{e.ID, e.Path, e.Title, e.Date.EDTF, e.Date.Calendar, e.Status, e.Verification, sourceTitles(e), e.Ref})
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	return out.Encode(line)
}

func sourceTitles(e store.ListedEvent) []string {
	titles := make([]string, len(e.Sources))
	for i, s := range e.Sources {
		titles[i] = s.Title
	}
	return titles
}

// printFinding writes a finding for a person, and under it the events of a merge list.
func printFinding(w io.Writer, f store.Finding) error {
	about := f.Title
	switch {
	case f.Path != "":
		about = string(f.Path) + " " + about
	case f.Subject != 0:
		about = f.Subject.String() + " " + about
	}
	_, err := fmt.Fprintf(w, "%s %s %s: %s\n", f.Severity, f.Code, about, f.Message)
	for i, e := range f.Events {
		word := "also"
		if i == 0 {
			word = "keep"
		}
		_, err = fmt.Fprintf(w, "    %s %s %s, %s, %s, %s, imported as %s\n         %s\n", word, e.ID, e.Date.Text(nil, news.StyleLong), e.Status,
			e.Verification, sourceList(sourceTitles(e)), e.Ref, e.Title)
	}
	return err
}

func sourceList(titles []string) string {
	switch len(titles) {
	case 0:
		return "no source"
	case 1:
		return "source: " + titles[0]
	}
	return fmt.Sprintf("%d sources: %s", len(titles), strings.Join(titles, "; "))
}
