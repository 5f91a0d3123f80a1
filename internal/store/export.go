package store

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// ownSystem is the system of refs that name a node of this database by its id.
const ownSystem = "dateline"

// ExportEvents hands on every event, published or not, oldest id first, as a record that Import takes back: as unchanged
// here, and in another newsroom as the same event. A record's ref is the one it was imported under, else dateline: and
// its id; that holds for the topics, categories and images it refers to, too, which are not exported with it. The order
// of what is written meanwhile is not defined, and an error of do ends the export.
func (s *Store) ExportEvents(ctx context.Context, do func(news.Record) error) error {
	const page = 500
	for after := news.ID(0); ; {
		var ids []news.ID
		err := s.db.Query(ctx, engine.Stmt{
			SQL:  `SELECT id FROM events WHERE id > ? ORDER BY id LIMIT ?`,
			Args: []any{int64(after), page},
			Scan: func(r *engine.Row) error { ids = append(ids, id(r)); return nil },
		})
		if err != nil {
			return fmt.Errorf("export events: %w", err)
		}
		if len(ids) == 0 {
			return nil
		}
		records, err := s.eventRecords(ctx, ids)
		if err != nil {
			return fmt.Errorf("export events: %w", err)
		}
		for _, id := range ids {
			if err := do(records[id]); err != nil {
				return err
			}
		}
		after = ids[len(ids)-1]
	}
}

// eventRecords are events of any status as records.
func (s *Store) eventRecords(ctx context.Context, ids []news.ID) (map[news.ID]news.Record, error) {
	found := make(map[news.ID]news.Record, len(ids))
	of := func(r *engine.Row) *news.EventRecord { return found[id(r)].Event }
	err := s.db.Query(ctx,
		perNode(ids, `SELECT `+eventColumns+`, `+scheduleColumns+`, `+refOf("e.id")+`, `+refOf("e.place_id")+`, `+refOf("e.image_id")+` FROM json_each(?) j CROSS JOIN events e ON e.id = j.value`,
			func(r *engine.Row) error {
				e, err := scanEvent(r)
				rec := asRecord(e)
				rec.Schedule = scanSchedule(r)
				ref, place, image := refOr(r.NullText(), e.ID), r.NullText(), r.NullText()
				if e.PlaceID != 0 {
					rec.Place = refOr(place, e.PlaceID)
				}
				if e.ImageID != 0 {
					rec.Image = refOr(image, e.ImageID)
				}
				found[e.ID] = news.Record{Ref: ref, Event: rec}
				return err
			}),
		perNode(ids, `SELECT c.event_id, c.title, c.url, c.publisher, c.accessed_at, c.quote
			FROM json_each(?) j CROSS JOIN event_citations c ON c.event_id = j.value ORDER BY c.event_id, c.position`,
			func(r *engine.Row) error {
				e := of(r)
				c, err := scanCitation(r)
				e.Sources = append(e.Sources, *c)
				return err
			}),
		perNode(ids, `SELECT c.event_id, c.edtf, c.calendar, c.is_accepted, c.note, c.claimed_at, c.claimed_by, c.article_id, `+refOf("c.article_id")+`, `+claimSource+`
			FROM json_each(?) j CROSS JOIN date_claims c ON c.event_id = j.value ORDER BY c.event_id, c.position`,
			func(r *engine.Row) (err error) {
				e := of(r)
				c := news.DateClaimRecord{Date: news.EDTF(r.Text()), Calendar: news.CalendarModel(r.Text()), IsAccepted: r.Bool(),
					Note: r.NullText(), ClaimedAt: instant(r), ClaimedBy: r.NullText()}
				if article, ref := nullID(r), r.NullText(); article != 0 {
					c.PrintedIn = refOr(ref, article)
				}
				c.Source, err = scanCitation(r)
				e.DateClaims = append(e.DateClaims, c)
				return err
			}),
		perNode(ids, `SELECT l.event_id, l.topic_id, `+refOf("l.topic_id")+` FROM json_each(?) j CROSS JOIN event_topics l ON l.event_id = j.value
			ORDER BY l.event_id, l.position`,
			func(r *engine.Row) error {
				e, topic := of(r), id(r)
				e.Topics = append(e.Topics, refOr(r.NullText(), topic))
				return nil
			}),
		perNode(ids, `SELECT l.event_id, l.category_id, `+refOf("l.category_id")+` FROM json_each(?) j CROSS JOIN event_categories l ON l.event_id = j.value
			ORDER BY l.event_id, l.position`,
			func(r *engine.Row) error {
				e, category := of(r), id(r)
				e.Categories = append(e.Categories, refOr(r.NullText(), category))
				return nil
			}),
		missingOf(ids, func(node news.ID, relation string, ref news.Ref) {
			e := found[node].Event
			switch relation {
			case "place":
				e.Place = ref
			case "image":
				e.Image = ref
			case "topics":
				e.Topics = append(e.Topics, ref)
			case "categories":
				e.Categories = append(e.Categories, ref)
			}
			for i := range e.DateClaims {
				if relation == printedIn(i) {
					e.DateClaims[i].PrintedIn = ref
				}
			}
		}),
		earlierPaths(ids, func(node news.ID, path news.Path) {
			found[node].Event.RedirectsFrom = append(found[node].Event.RedirectsFrom, path)
		}),
		externalRefsOf(ids, func(node news.ID, ref news.ExternalRef) {
			if rec := found[node]; !isOwn(rec.Ref, ref) {
				rec.Event.ExternalRefs = append(rec.Event.ExternalRefs, ref)
			}
		}),
	)
	for _, rec := range found {
		rec.Event.DropOwnClaim()
	}
	return found, err
}

// refOf is the SQL for the ref that the node with that id was imported under, NULL when it was not.
func refOf(id string) string {
	return `(SELECT x.system || ':' || x.value FROM external_refs x WHERE x.subject = ` + id + ` AND x.digest <> '` + mergedDigest + `' ORDER BY x.system, x.value LIMIT 1)`
}

func refOr(ref *string, id news.ID) news.Ref {
	if ref != nil {
		return news.Ref(*ref)
	}
	return news.Ref(ownSystem + ":" + id.String())
}

// ownRefs finds the nodes whose ids stand in dateline: refs. Those it cannot read name nothing here.
func ownRefs(values []string, known map[news.Ref]knownRef) engine.Stmt {
	var ids []news.ID
	for _, value := range values {
		if id, err := news.ParseID(value); err == nil {
			ids = append(ids, id)
		}
	}
	return engine.Stmt{
		SQL: `SELECT j.value, coalesce(c.path, '') FROM json_each(?) j LEFT JOIN categories c ON c.id = j.value
			WHERE (SELECT x.kind FROM changes x WHERE x.subject = j.value ORDER BY x.version DESC LIMIT 1) <> 'DELETED'`,
		Args: []any{idList(ids)},
		Scan: func(r *engine.Row) error {
			id := id(r)
			known[refOr(nil, id)] = knownRef{id: id, path: news.Path(r.Text())}
			return nil
		},
	}
}

// asRecord says everything that the row of an event holds.
func asRecord(e *news.HistoricalEvent) *news.EventRecord {
	significance := e.Significance
	rec := &news.EventRecord{
		HistoricalEvent: news.HistoricalEvent{Head: e.Head, Kind: e.Kind, Verification: e.Verification, IsSelected: e.IsSelected},
		Date:            e.Date.EDTF, Calendar: e.Date.Calendar, Description: e.Account.HTML, Significance: &significance,
	}
	rec.Title = titleSource(e.Title)
	return rec
}

// titleSource is what an import makes title from: titles are decoded as if they came from HTML.
func titleSource(title string) string {
	source := title
	for range 3 {
		if markup.PlainTitle(source) == title {
			return source
		}
		source = html.EscapeString(source)
	}
	return source
}

// digestOf tells whether a record is the same as another one.
func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return base64.RawStdEncoding.EncodeToString(sum[:])
}

// asStored are the digests of those events that come changed, in the form that an export gives them now.
func (b *batch) asStored() (map[news.ID]string, error) {
	var ids []news.ID
	for _, it := range b.items {
		known, ok := b.known[it.Ref]
		if ok && it.Event != nil && known.id.Kind() == news.KindHistoricalEvent && known.digest != it.digest {
			ids = append(ids, known.id)
		}
	}
	if len(ids) == 0 || b.again {
		return nil, nil
	}
	records, err := b.eventRecords(b.ctx, ids)
	if err != nil {
		return nil, err
	}
	digests := make(map[news.ID]string, len(records))
	for id, rec := range records {
		content, err := json.Marshal(rec)
		if err != nil {
			return nil, err
		}
		digests[id] = digestOf(content)
	}
	return digests, nil
}
