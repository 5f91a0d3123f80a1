package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// contentPage is how many entries' texts are read at once.
const contentPage = 100

// lintContent looks at the texts of everything: the site's box, then articles, pages and events, each by id. Dates have their
// own passes. Of articles of nearly the same text, each names those that came before it.
func (s *Store) lintContent(ctx context.Context, codes []news.ContentIssueCode, do func(Finding) error) error {
	wanted := func(issue *news.FieldIssue) bool {
		return slices.Contains(contentCodes, issue.Code) && (len(codes) == 0 || slices.Contains(codes, issue.Code))
	}
	site, err := s.Site(ctx)
	if err != nil {
		return err
	}
	if site.About != nil {
		for _, issue := range AboutIssues(site.About) {
			if issue.Path = append([]string{"about"}, issue.Path...); wanted(issue) {
				if err := do(Finding{ContentIssue: issue.ContentIssue, Subject: site.ID, Title: site.Name, Field: issue.Path}); err != nil {
					return err
				}
			}
		}
	}
	r := s.As(news.Operator())
	for _, pass := range []struct {
		table  string
		issues func(context.Context, []news.ID) (map[news.ID][]*news.FieldIssue, error)
	}{
		{"articles", func(ctx context.Context, ids []news.ID) (map[news.ID][]*news.FieldIssue, error) {
			return r.entryIssues(ctx, ids, true)
		}},
		{"pages", r.EntryIssues}, {"events", r.EventIssues},
	} {
		if err := s.lintTable(ctx, pass.table, pass.issues, wanted, do); err != nil {
			return fmt.Errorf("%s: %w", pass.table, err)
		}
	}
	return nil
}

// contentCodes are the issues of texts and pictures.
var contentCodes = []news.ContentIssueCode{news.IssueFillerText, news.IssueMissingAltText, news.IssueEncodingDamage, news.IssueDuplicateText,
	news.IssueDeadInternalLink, news.IssueEmptyField}

// lintTable goes through the entries of a table, some at once.
func (s *Store) lintTable(ctx context.Context, table string, issues func(context.Context, []news.ID) (map[news.ID][]*news.FieldIssue, error),
	wanted func(*news.FieldIssue) bool, do func(Finding) error) error {
	for last := news.ID(0); ; {
		var page []Finding // without issues
		var ids []news.ID
		err := s.db.Query(ctx, engine.Stmt{
			SQL:  `SELECT id, path, title FROM ` + table + ` WHERE id > ? ORDER BY id LIMIT ?`,
			Args: []any{int64(last), contentPage},
			Scan: func(r *engine.Row) error {
				last = id(r)
				ids, page = append(ids, last), append(page, Finding{Subject: last, Path: news.Path(r.Text()), Title: r.Text()})
				return nil
			},
		})
		if err != nil || len(ids) == 0 {
			return err
		}
		found, err := issues(ctx, ids)
		if err != nil {
			return err
		}
		for _, f := range page {
			for _, issue := range found[f.Subject] {
				if !wanted(issue) {
					continue
				}
				f.ContentIssue, f.Field, f.Duplicates = issue.ContentIssue, issue.Path, issue.Duplicates
				if err := do(f); err != nil {
					return err
				}
			}
		}
	}
}

// lintClaims looks at the events whose date somebody else gives otherwise. What an article printed is its own finding.
func (s *Store) lintClaims(ctx context.Context, do func(Finding) error) error {
	r := s.As(news.Operator())
	for last := news.ID(0); ; {
		events := map[news.ID]*news.HistoricalEvent{}
		var ids []news.ID
		err := s.db.Query(ctx, engine.Stmt{
			SQL: `SELECT ` + eventColumns + ` FROM events e WHERE e.id IN (SELECT DISTINCT c.event_id FROM date_claims c
				WHERE c.event_id > ? AND NOT c.is_accepted ORDER BY c.event_id LIMIT ?) ORDER BY e.id`,
			Args: []any{int64(last), contentPage},
			Long: true,
			Scan: func(r *engine.Row) error {
				e, err := scanEvent(r)
				last = e.ID
				ids, events[e.ID] = append(ids, e.ID), e
				return err
			},
		})
		if err != nil || len(ids) == 0 {
			return err
		}
		claims := map[news.ID][]news.PrintedClaim{}
		if err := s.db.Query(ctx, r.claimsOf(ids, claims)); err != nil {
			return err
		}
		for _, id := range ids {
			e := events[id]
			unprinted := slices.DeleteFunc(claims[id], func(c news.PrintedClaim) bool { return c.IsPrinted && !c.IsAccepted })
			for _, issue := range e.ClaimIssues(unprinted) {
				if err := do(Finding{ContentIssue: issue.ContentIssue, Subject: id, Path: e.Path, Title: e.Title, Field: issue.Path}); err != nil {
					return err
				}
			}
		}
	}
}
