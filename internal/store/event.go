package store

import (
	"context"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

const eventColumns = headColumns + `, e.kind, e.description_html, e.description_text, e.edtf, e.calendar, e.verification, e.significance, e.is_selected, e.place_id, e.image_id`

func scanEvent(r *engine.Row) (e *news.HistoricalEvent, err error) {
	e = &news.HistoricalEvent{Head: scanHead(r), Kind: news.HistoricalEventKind(r.Text())}
	e.Account = news.RichText{HTML: news.HTML(r.Text()), Text: r.Text()}
	e.Date, err = news.ParseHistoricalDate(r.Text(), news.CalendarModel(r.Text()))
	e.Verification, e.Significance, e.IsSelected = news.VerificationState(r.Text()), r.Int(), r.Bool()
	e.PlaceID, e.ImageID = nullID(r), nullID(r)
	return e, err
}

// Events are the visible ones among ids.
func (s *Reader) Events(ctx context.Context, ids []news.ID) (map[news.ID]*news.HistoricalEvent, error) {
	found := make(map[news.ID]*news.HistoricalEvent, len(ids))
	return found, s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT ` + eventColumns + ` FROM json_each(?) j CROSS JOIN events e ON e.id = j.value WHERE ` + s.visible(news.KindHistoricalEvent),
		Args: []any{idList(ids)},
		Scan: func(r *engine.Row) error {
			e, err := s.scanEvent(r)
			found[e.ID] = e
			return err
		},
	})
}

// FindEvents is a page of all visible events that match.
func (s *Reader) FindEvents(ctx context.Context, filter *news.HistoricalEventFilter, by news.HistoricalEventOrder, w news.Window) (*news.HistoricalEventConnection, error) {
	eventParts, err := s.eventFilter(ctx, filter)
	if err != nil {
		return nil, err
	}
	parts, err := filtered(s, eventListing, filter, eventParts)
	if err != nil {
		return nil, err
	}
	at, err := eventSeek(filter, "", by, w)
	if err != nil {
		return nil, err
	}
	return findListed(ctx, s, selections(parts, (*filterParts).selection), at, eventColumns, "events", s.scanEvent)
}

func eventSeek(filter *news.HistoricalEventFilter, under string, by news.HistoricalEventOrder, w news.Window) (seek, error) {
	o, err := eventListing.sorting(string(by.Field), by.Direction)
	if err != nil {
		return seek{}, err
	}
	return o.seek(w, scope(under, filter))
}

// FindEventsIn is the same page for each of many facets, in one statement. A facet without events has an empty page.
// The first Count asks for those of all pages, in one statement.
func (s *Reader) FindEventsIn(ctx context.Context, facets []Facet, by news.HistoricalEventOrder, w news.Window) (map[Facet]*news.HistoricalEventConnection, error) {
	eventParts, err := s.eventFilter(ctx, nil)
	if err != nil {
		return nil, err
	}
	parts, err := filtered(s, eventListing, nil, eventParts)
	if err != nil {
		return nil, err
	}
	at, err := eventSeek(nil, "facet", by, w)
	if err != nil {
		return nil, err
	}
	return findListedUnder(ctx, s, selections(parts, (*filterParts).under), at, facets, eventColumns, "events", s.scanEvent)
}

// EventCitations are the sources of events, in order.
func (s *Reader) EventCitations(ctx context.Context, events []news.ID) (map[news.ID][]*news.Citation, error) {
	found := make(map[news.ID][]*news.Citation, len(events))
	return found, s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT c.event_id, c.title, c.url, c.publisher, c.accessed_at, c.quote
			FROM json_each(?) j CROSS JOIN event_citations c ON c.event_id = j.value ORDER BY c.event_id, c.position`,
		Args: []any{idList(events)},
		Scan: func(r *engine.Row) error {
			event := id(r)
			c, err := scanCitation(r)
			found[event] = append(found[event], c)
			return err
		},
	})
}

// EventCategories are the categories of events, in the editors' order.
func (s *Reader) EventCategories(ctx context.Context, events []news.ID) (map[news.ID][]*news.Category, error) {
	return s.categoriesOf(ctx, `event_categories l ON l.event_id = j.value`, `l.event_id`, events)
}

// scanCitation reads title, address, publisher, day and words of a source; nil when it has no title.
func scanCitation(r *engine.Row) (*news.Citation, error) {
	title := r.NullText()
	c := &news.Citation{URL: nullURL(r), Publisher: r.NullText()}
	accessed, err := nullDate(r)
	c.AccessedAt, c.Quote = accessed, r.NullText()
	if title == nil {
		return nil, err
	}
	c.Title = *title
	return c, err
}

// DateClaims are all dates that were given for events: the accepted one first, then in the order in which they came.
func (s *Reader) DateClaims(ctx context.Context, events []news.ID) (map[news.ID][]*news.DateClaim, error) {
	found := make(map[news.ID][]*news.DateClaim, len(events))
	return found, s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT c.event_id, c.id, c.edtf, c.calendar, c.is_accepted, c.note, c.claimed_at, c.claimed_by, ` + claimSource + `
			FROM json_each(?) j CROSS JOIN date_claims c ON c.event_id = j.value ORDER BY c.event_id, c.is_accepted DESC, c.position`,
		Args: []any{idList(events)},
		Scan: func(r *engine.Row) (err error) {
			event := id(r)
			c := &news.DateClaim{ID: id(r)}
			if c.Date, err = news.ParseHistoricalDate(r.Text(), news.CalendarModel(r.Text())); err != nil {
				return err
			}
			c.IsAccepted, c.Note, c.ClaimedAt, c.ClaimedBy = r.Bool(), r.NullText(), instant(r), r.NullText()
			c.Source, err = scanCitation(r)
			found[event] = append(found[event], c)
			return err
		},
	})
}

const claimSource = `c.source_title, c.source_url, c.source_publisher, c.source_accessed_at, c.source_quote`
