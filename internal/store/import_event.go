package store

import (
	"cmp"
	"fmt"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

func (b *batch) importEvent(it *item) error {
	r := it.Event
	if err := b.head(it, &r.Head, &r.Schedule, "events", "/events/", r.Path); err != nil {
		return err
	}
	r.Kind = cmp.Or(r.Kind, news.EventHappening)
	date, err := news.ParseHistoricalDate(string(r.Date), cmp.Or(r.Calendar, news.CalendarGregorian))
	if err != nil {
		return news.Invalidf("date %q: %v", r.Date, err)
	}
	place, err := b.node(it, "place", r.Place, news.KindTopic)
	if err != nil {
		return err
	}
	image, err := b.node(it, "image", r.Image, news.KindImage)
	if err != nil {
		return err
	}
	significance := 50
	if r.Significance != nil {
		significance = min(max(*r.Significance, 0), 100)
	}
	var monthDay any
	if md := date.MonthDay(); md != nil {
		monthDay = md.Number()
	}
	b.guarded("event.version", `INSERT INTO events (`+headInsert+`, kind, description_html, description_text, edtf, calendar, sort_day,
			year, month_day, verification, significance, is_selected, image_id, place_id, precision)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET `+headUpdate+`, kind = excluded.kind, description_html = excluded.description_html,
			description_text = excluded.description_text, edtf = excluded.edtf, calendar = excluded.calendar, sort_day = excluded.sort_day,
			year = excluded.year, month_day = excluded.month_day, verification = excluded.verification,
			significance = excluded.significance, is_selected = excluded.is_selected, image_id = excluded.image_id,
			place_id = excluded.place_id, precision = excluded.precision
		WHERE events.version = excluded.version - 1`,
		append(headArgs(&r.Head, r.Schedule), string(r.Kind), it.texts[0].html, it.texts[0].text, string(date.EDTF), string(date.Calendar),
			date.SortDay(), date.AstronomicalYear, monthDay, string(cmp.Or(r.Verification, news.Unverified)), significance, r.IsSelected, orNull(image), orNull(place), orNullText(date.Precision))...)
	if err := b.eventLinks(it); err != nil {
		return err
	}
	if err := b.dateClaims(it); err != nil {
		return err
	}
	b.route(it, r.Path, r.RedirectsFrom, r.Status == news.StatusRetracted)
	b.externalRefs(it, r.ExternalRefs)
	b.events = append(b.events, it.id)
	b.index(it, document{id: it.id, locale: r.Locale, title: r.Title, body: it.texts[0].text, at: shownAt(&r.Head, r.Schedule)}, r.Status == news.StatusPublished)
	return nil
}

func (b *batch) eventLinks(it *item) error {
	r, event := it.Event, int64(it.id)
	b.clear(it, `DELETE FROM event_citations WHERE event_id = ?`)
	for i, c := range r.Sources {
		b.exec(`INSERT INTO event_citations (event_id, position, title, url, publisher, accessed_at, quote) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			append([]any{event, i}, citationArgs(&c)...)...)
	}
	topics, err := b.nodes(it, "topics", r.Topics, news.KindTopic)
	if err != nil {
		return err
	}
	b.clear(it, `DELETE FROM event_topics WHERE event_id = ?`)
	b.links(`INSERT INTO event_topics (event_id, position, topic_id) SELECT ?, key, value FROM json_each(?)`, it.id, topics)
	categories, err := b.nodes(it, "categories", r.Categories, news.KindCategory)
	if err != nil {
		return err
	}
	b.clear(it, `DELETE FROM event_categories WHERE event_id = ?`)
	b.links(`INSERT INTO event_categories (event_id, position, category_id) SELECT ?, key, value FROM json_each(?)`, it.id, categories)
	return nil
}

// dateClaims replaces the claims of an event by the record's. One that says the same as before keeps its id and time.
func (b *batch) dateClaims(it *item) error {
	claims, err := it.Event.AllClaims()
	if err != nil {
		return err
	}
	ids := make([]news.ID, len(claims))
	if !it.isNew {
		if err := b.knownClaims(it.id, claims, ids); err != nil {
			return err
		}
	}
	b.clear(it, `DELETE FROM date_claims WHERE event_id = ?`)
	for i, c := range claims {
		article, err := b.node(it, printedIn(i), c.PrintedIn, news.KindArticle)
		if err != nil {
			return err
		}
		date, err := news.ParseHistoricalDate(string(c.Date), cmp.Or(c.Calendar, news.CalendarGregorian))
		if err != nil {
			return news.Invalidf("dateClaims[%d].date %q: %v", i, c.Date, err)
		}
		if ids[i] == 0 {
			ids[i] = b.ids.New(news.KindDateClaim, b.now)
		}
		source := make([]any, 5)
		if c.Source != nil {
			source = citationArgs(c.Source)
		}
		b.exec(`INSERT INTO date_claims (event_id, position, id, edtf, calendar, is_accepted, note, claimed_at, claimed_by, article_id,
				source_title, source_url, source_publisher, source_accessed_at, source_quote)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			append([]any{int64(it.id), i, int64(ids[i]), string(date.EDTF), string(date.Calendar), c.IsAccepted, c.Note,
				firstTime(c.ClaimedAt, it.Event.CreatedAt).UnixMilli(), c.ClaimedBy, orNull(article)}, source...)...)
	}
	return nil
}

// knownClaims finds the ids of those claims that are stored already.
func (b *batch) knownClaims(event news.ID, claims []news.DateClaimRecord, ids []news.ID) error {
	same := func(c news.DateClaimRecord, edtf, calendar string, title *string) bool {
		date, err := news.ParseHistoricalDate(string(c.Date), cmp.Or(c.Calendar, news.CalendarGregorian))
		if err != nil || string(date.EDTF) != edtf || string(date.Calendar) != calendar || (c.Source == nil) != (title == nil) {
			return false
		}
		return title == nil || *title == c.Source.Title
	}
	return b.db.Query(b.ctx, engine.Stmt{
		SQL:  `SELECT id, edtf, calendar, source_title FROM date_claims WHERE event_id = ? ORDER BY position`,
		Args: []any{int64(event)},
		Scan: func(r *engine.Row) error {
			id, edtf, calendar, title := id(r), r.Text(), r.Text(), r.NullText()
			for i, c := range claims {
				if ids[i] == 0 && same(c, edtf, calendar, title) {
					ids[i] = id
					break
				}
			}
			return nil
		},
	})
}

// printedIn is the field that names the article which printed a claim.
func printedIn(claim int) string { return fmt.Sprintf("dateClaims[%d].printedIn", claim) }

// citationArgs are the arguments for the columns of a source.
func citationArgs(c *news.Citation) []any {
	var accessed any
	if c.AccessedAt != nil {
		accessed = c.AccessedAt.String()
	}
	return []any{c.Title, c.URL, c.Publisher, accessed, c.Quote}
}
