package store

import (
	"cmp"

	"github.com/dateline-cms/dateline/internal/news"
)

func (b *batch) importEvent(it *item) error {
	r := it.Event
	if err := b.head(it, &r.Head, "events", "/events/", r.Path); err != nil {
		return err
	}
	r.Kind = cmp.Or(r.Kind, news.EventHappening)
	date, err := news.ParseHistoricalDate(string(r.Date), cmp.Or(r.Calendar, news.CalendarGregorian))
	if err != nil {
		return news.Invalidf("date %q: %v", r.Date, err)
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
		monthDay = md.Month*100 + md.Day
	}
	b.guarded("event.version", `INSERT INTO events (`+headInsert+`, kind, description_html, description_text, edtf, calendar, sort_day,
			year, month_day, verification, significance, is_selected, image_id)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET `+headUpdate+`, kind = excluded.kind, description_html = excluded.description_html,
			description_text = excluded.description_text, edtf = excluded.edtf, calendar = excluded.calendar, sort_day = excluded.sort_day,
			year = excluded.year, month_day = excluded.month_day, verification = excluded.verification,
			significance = excluded.significance, is_selected = excluded.is_selected, image_id = excluded.image_id
		WHERE events.version = excluded.version - 1`,
		append(headArgs{&r.Head}.args(), string(r.Kind), it.texts[0].html, it.texts[0].text, string(date.EDTF), string(date.Calendar),
			date.SortDay(), date.AstronomicalYear, monthDay, string(cmp.Or(r.Verification, news.Unverified)), significance, r.IsSelected, orNull(image))...)
	if err := b.eventLinks(it); err != nil {
		return err
	}
	b.route(it, r.Path, r.RedirectsFrom, r.Status == news.StatusRetracted)
	b.externalRefs(it, r.ExternalRefs)
	b.events = append(b.events, it.id)
	b.index(it, document{id: it.id, title: r.Title, body: it.texts[0].text, at: r.PublishedAt.UnixMilli()}, r.Status == news.StatusPublished)
	return nil
}

func (b *batch) eventLinks(it *item) error {
	r, event := it.Event, int64(it.id)
	b.clear(it, `DELETE FROM event_citations WHERE event_id = ?`)
	for i, c := range r.Sources {
		var accessed any
		if c.AccessedAt != nil {
			accessed = c.AccessedAt.String()
		}
		b.exec(`INSERT INTO event_citations (event_id, position, title, url, publisher, accessed_at, quote) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			event, i, c.Title, c.URL, c.Publisher, accessed, c.Quote)
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
