package store

import (
	"context"
	"slices"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// Issues are read past the caller's view of the entries themselves: whoever may edit an entry that they see is told all that is
// wrong with it. Other entries are named only where the caller sees them.

// issueList gathers what was found, and the links that are still to be followed.
type issueList struct {
	found map[news.ID][]*news.FieldIssue
	links map[news.ID][]news.Path
	field map[news.ID]string // in which the links stand
}

func newIssueList(n int) *issueList {
	return &issueList{make(map[news.ID][]*news.FieldIssue, n), map[news.ID][]news.Path{}, map[news.ID]string{}}
}

func (l *issueList) add(entry news.ID, issues ...news.FieldIssue) {
	for _, issue := range issues {
		l.found[entry] = append(l.found[entry], &issue)
	}
}

// EntryIssues are what an editor should look at in articles and pages of any status: of their own texts and pictures, of the
// links in them, of articles of nearly the same text, and of the dates that articles printed. Entries without issues are not in
// the map.
func (s *Reader) EntryIssues(ctx context.Context, entries []news.ID) (map[news.ID][]*news.FieldIssue, error) {
	return s.entryIssues(ctx, entries, false)
}

// entryIssues names of articles of nearly the same text all, or those that came earlier.
func (s *Reader) entryIssues(ctx context.Context, entries []news.ID, earlier bool) (map[news.ID][]*news.FieldIssue, error) {
	list := newIssueList(len(entries))
	err := s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT (SELECT url FROM sites), a.id, a.path, a.title, a.standfirst, a.summary, a.locale, b.html, b.text, i.alt_text, i.id IS NOT NULL
			FROM json_each(?1) j CROSS JOIN articles a ON a.id = j.value CROSS JOIN bodies b ON b.entry_id = a.id LEFT JOIN images i ON i.id = a.lead_image_id
			UNION ALL SELECT (SELECT url FROM sites), p.id, p.path, p.title, NULL, NULL, p.locale, b.html, b.text, NULL, false
			FROM json_each(?1) j CROSS JOIN pages p ON p.id = j.value CROSS JOIN bodies b ON b.entry_id = p.id`,
		Args: []any{idList(entries)},
		Scan: func(r *engine.Row) error {
			site, entry, path := news.URL(r.Text()), id(r), news.Path(r.Text())
			c := news.Copy{Title: r.Text()}
			standfirst, summary := r.NullText(), r.NullText()
			if standfirst != nil {
				c.Standfirst = *standfirst
			}
			if summary != nil {
				c.Summary = *summary
			}
			c.Locale, c.Body = news.Locale(r.Text()), news.Body{HTML: news.HTML(r.Text()), Text: r.Text()}
			if alt := r.NullText(); r.Bool() {
				c.LeadImage = &news.Image{AltText: alt}
			}
			list.add(entry, c.Issues()...)
			list.links[entry], list.field[entry] = news.InternalLinks(c.Body.HTML, site, path), "body"
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	if err := s.deadLinks(ctx, list); err != nil {
		return nil, err
	}
	duplicates, err := s.nearIdentical(ctx, entries, earlier)
	if err != nil {
		return nil, err
	}
	for entry, others := range duplicates {
		list.add(entry, news.NearlyIdentical(others))
	}
	return list.found, s.printedDates(ctx, entries, list)
}

// EventIssues are what an editor should look at in historical events of any status: of their own text, picture and date, of their
// links, and of the other dates that somebody gave. Events without issues are not in the map.
func (s *Reader) EventIssues(ctx context.Context, events []news.ID) (map[news.ID][]*news.FieldIssue, error) {
	list := newIssueList(len(events))
	claims := map[news.ID][]news.PrintedClaim{}
	err := s.db.Query(ctx, s.claimsOf(events, claims), engine.Stmt{
		SQL: `SELECT (SELECT url FROM sites), i.alt_text, ` + eventColumns + `
			FROM json_each(?) j CROSS JOIN events e ON e.id = j.value LEFT JOIN images i ON i.id = e.image_id`,
		Args: []any{idList(events)},
		Scan: func(r *engine.Row) error {
			site, alt := news.URL(r.Text()), r.NullText()
			e, err := scanEvent(r)
			if err != nil {
				return err
			}
			var image *news.Image
			if e.ImageID != 0 {
				image = &news.Image{AltText: alt}
			}
			list.add(e.ID, e.Issues(image, claims[e.ID])...)
			list.links[e.ID], list.field[e.ID] = news.InternalLinks(e.Account.HTML, site, e.Path), "description"
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	return list.found, s.deadLinks(ctx, list)
}

// claimsOf reads the claims of events, with the titles of the articles that printed them.
func (s *Reader) claimsOf(events []news.ID, claims map[news.ID][]news.PrintedClaim) engine.Stmt {
	return engine.Stmt{
		SQL: `SELECT c.event_id, c.edtf, c.calendar, c.is_accepted, c.article_id IS NOT NULL,
				(SELECT e.title FROM articles e WHERE e.id = c.article_id AND ` + s.visible(news.KindArticle) + `), ` + claimSource + `
			FROM json_each(?) j CROSS JOIN date_claims c ON c.event_id = j.value ORDER BY c.event_id, c.position`,
		Args: []any{idList(events)},
		Scan: func(r *engine.Row) (err error) {
			event, c := id(r), news.PrintedClaim{}
			if c.Date, err = news.ParseHistoricalDate(r.Text(), news.CalendarModel(r.Text())); err != nil {
				return err
			}
			c.IsAccepted, c.IsPrinted = r.Bool(), r.Bool()
			if title := r.NullText(); title != nil {
				c.Article = *title
			}
			c.Source, err = scanCitation(r)
			claims[event] = append(claims[event], c)
			return err
		},
	}
}

// deadLinks adds the issue of links that lead nowhere.
func (s *Reader) deadLinks(ctx context.Context, list *issueList) error {
	var all []string
	for _, paths := range list.links {
		for _, p := range paths {
			all = append(all, markup.EncodePath(string(p)))
		}
	}
	slices.Sort(all)
	dead := map[string]bool{}
	err := s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT j.value FROM json_each(?) j WHERE j.value <> '/' AND NOT EXISTS (SELECT 1 FROM paths p
			WHERE p.path IN (j.value, ` + otherSpelling("j.value") + `) AND p.state <> 'GONE')`,
		Args: []any{listJSON(slices.Compact(all))},
		Scan: func(r *engine.Row) error { dead[r.Text()] = true; return nil },
	})
	if err != nil {
		return err
	}
	for entry, paths := range list.links {
		paths = slices.DeleteFunc(slices.Clone(paths), func(p news.Path) bool { return !dead[markup.EncodePath(string(p))] })
		if issue := news.DeadInternalLinks(list.field[entry], paths); issue != nil {
			list.add(entry, *issue)
		}
	}
	return nil
}

// printedDates adds the issues of dates that articles printed and that are not the accepted ones, of events that the caller sees.
func (s *Reader) printedDates(ctx context.Context, entries []news.ID, list *issueList) error {
	return s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT c.article_id, c.edtf, c.calendar, e.title, e.edtf, e.calendar
			FROM json_each(?) j CROSS JOIN date_claims c INDEXED BY date_claims_by_article ON c.article_id = j.value AND NOT c.is_accepted
			CROSS JOIN events e ON e.id = c.event_id AND ` + s.visible(news.KindHistoricalEvent) + ` ORDER BY c.article_id, c.id`,
		Args: []any{idList(entries)},
		Scan: func(r *engine.Row) error {
			article := id(r)
			printed, err := news.ParseHistoricalDate(r.Text(), news.CalendarModel(r.Text()))
			if err != nil {
				return err
			}
			event := r.Text()
			accepted, err := news.ParseHistoricalDate(r.Text(), news.CalendarModel(r.Text()))
			if err != nil {
				return err
			}
			if issue := news.EventDateConflict(event, printed, accepted); issue != nil {
				list.add(article, news.FieldIssue{ContentIssue: *issue, Path: []string{"body"}})
			}
			return nil
		},
	})
}

// AboutIssues are what an editor should look at in the "About Us" box.
func AboutIssues(b *news.AboutBlock) []*news.FieldIssue {
	c := news.Copy{Title: b.Heading, Body: *b.Body, TitleField: "heading"}
	list := newIssueList(1)
	list.add(0, c.Issues()...)
	return list.found[0]
}
