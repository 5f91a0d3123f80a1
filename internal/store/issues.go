package store

import (
	"context"
	"slices"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// EntryIssues are what an editor should look at in articles and pages of any status: of their own texts and pictures, of the
// links in them, and of the dates that articles printed. Entries without issues are not in the map.
func (s *Store) EntryIssues(ctx context.Context, entries []news.ID) (map[news.ID][]*news.FieldIssue, error) {
	found := make(map[news.ID][]*news.FieldIssue, len(entries))
	links := map[news.ID][]news.Path{}
	site, err := s.Site(ctx)
	if err != nil {
		return nil, err
	}
	err = s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT a.id, a.path, a.title, a.standfirst, a.summary, a.locale, b.html, b.text, i.alt_text, i.id IS NOT NULL
			FROM json_each(?1) j CROSS JOIN articles a ON a.id = j.value CROSS JOIN bodies b ON b.entry_id = a.id LEFT JOIN images i ON i.id = a.lead_image_id
			UNION ALL SELECT p.id, p.path, p.title, NULL, NULL, p.locale, b.html, b.text, NULL, false
			FROM json_each(?1) j CROSS JOIN pages p ON p.id = j.value CROSS JOIN bodies b ON b.entry_id = p.id`,
		Args: []any{idList(entries)},
		Scan: func(r *engine.Row) error {
			entry, path := id(r), news.Path(r.Text())
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
			for _, issue := range c.Issues() {
				found[entry] = append(found[entry], &issue)
			}
			links[entry] = news.InternalLinks(c.Body.HTML, site.URL, path)
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	if err := s.deadLinks(ctx, links, found); err != nil {
		return nil, err
	}
	return found, s.printedDates(ctx, entries, found)
}

// deadLinks adds the issue of links that lead nowhere.
func (s *Store) deadLinks(ctx context.Context, links map[news.ID][]news.Path, found map[news.ID][]*news.FieldIssue) error {
	var all []string
	for _, paths := range links {
		for _, p := range paths {
			all = append(all, markup.EncodePath(string(p)))
		}
	}
	slices.Sort(all)
	dead := map[string]bool{}
	err := s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT j.value FROM json_each(?) j WHERE j.value <> '/' AND NOT EXISTS (SELECT 1 FROM paths p
			WHERE p.path IN (j.value, iif(j.value LIKE '%/', rtrim(j.value, '/'), j.value || '/')) AND p.state <> 'GONE')`,
		Args: []any{listJSON(slices.Compact(all))},
		Scan: func(r *engine.Row) error { dead[r.Text()] = true; return nil },
	})
	if err != nil {
		return err
	}
	for entry, paths := range links {
		paths = slices.DeleteFunc(slices.Clone(paths), func(p news.Path) bool { return !dead[markup.EncodePath(string(p))] })
		if issue := news.DeadInternalLinks(paths); issue != nil {
			found[entry] = append(found[entry], issue)
		}
	}
	return nil
}

// printedDates adds the issues of dates that articles printed and that are not the accepted ones.
func (s *Store) printedDates(ctx context.Context, entries []news.ID, found map[news.ID][]*news.FieldIssue) error {
	return s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT c.article_id, c.edtf, c.calendar, e.title, e.edtf, e.calendar
			FROM json_each(?) j CROSS JOIN date_claims c INDEXED BY date_claims_by_article ON c.article_id = j.value AND NOT c.is_accepted
			CROSS JOIN events e ON e.id = c.event_id ORDER BY c.article_id, c.id`,
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
				found[article] = append(found[article], &news.FieldIssue{ContentIssue: *issue, Path: []string{"body"}})
			}
			return nil
		},
	})
}

// AboutIssues are what an editor should look at in the "About Us" box.
func AboutIssues(b *news.AboutBlock) []*news.FieldIssue {
	c := news.Copy{Title: b.Heading, Body: *b.Body}
	var found []*news.FieldIssue
	for _, issue := range c.Issues() {
		found = append(found, &issue)
	}
	return found
}
