package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// export is every event of the newsroom, after a way through JSON.
func (n *newsroom) export() (records []news.Record) {
	n.t.Helper()
	err := n.ExportEvents(context.Background(), func(rec news.Record) error {
		line, err := json.Marshal(rec)
		if err != nil {
			return err
		}
		var back news.Record
		if err := json.Unmarshal(line, &back); err != nil {
			return err
		}
		records = append(records, back)
		return nil
	})
	if err != nil {
		n.t.Fatal(err)
	}
	return records
}

func (n *newsroom) journalEnd() int64 {
	return n.number(`SELECT coalesce(max(seq), 0) FROM changes`)
}

func text(s string) *string { return &s }

// fullEvents use everything an event can have, and refer to things that are there and things that are not.
func fullEvents() []news.Record {
	address, day, weight := news.URL("https://books.example/1"), news.Date{Year: 2020, Month: 2, Day: 29}, 0
	full := &news.EventRecord{
		HistoricalEvent: news.HistoricalEvent{
			Head: news.Head{Title: "Caesar &lt;b&gt; &amp;amp; <b>Brutus</b>", Path: "/ides/", Slug: "ides", Locale: "fr", Status: news.StatusUnpublished,
				CreatedAt: noon.Add(-72 * time.Hour), UpdatedAt: noon.Add(-time.Hour), PublishedAt: noon.Add(-48 * time.Hour)},
			Kind: news.EventDeath, Verification: news.Disputed, IsSelected: true,
		},
		Date: "-0043-03-15", Calendar: news.CalendarJulian, Description: `<p>Stabbed. <a href="https://x.example/">More</a><script>x</script></p>`,
		Significance: &weight,
		Sources: []news.Citation{{Title: "Lives", URL: &address, Publisher: text("Press"), AccessedAt: &day, Quote: text("Et tu")},
			{Title: "Another"}},
		Image: "test:image", Topics: []news.Ref{"test:later", "test:rome", "test:murder"}, Categories: []news.Ref{"test:history"},
		RedirectsFrom: []news.Path{"/old-ides/", "/a/"},
		ExternalRefs:  []news.ExternalRef{{System: "wikidata", Value: "Q1", URL: &address}, {System: "a", Value: "b:c"}},
	}
	return []news.Record{
		{Ref: "test:full", Event: full},
		{Ref: "test:plain", Event: &news.EventRecord{HistoricalEvent: news.HistoricalEvent{Head: news.Head{Title: "Plain"}}, Date: "1914~"}},
		{Ref: "test:again", Event: &news.EventRecord{HistoricalEvent: news.HistoricalEvent{Head: news.Head{Title: "Plain", Status: news.StatusRetracted}}, Date: "1939-09/1945-09"}},
		{Ref: "test:day", Event: &news.EventRecord{HistoricalEvent: news.HistoricalEvent{Head: news.Head{Title: "AT&T", Status: news.StatusDraft}, Kind: news.EventHoliday}, Date: "XXXX-12-25"}},
		{Ref: "test:ahead", Event: &news.EventRecord{HistoricalEvent: news.HistoricalEvent{Head: news.Head{Title: "Ahead", PublishedAt: noon.Add(100 * time.Hour)}}, Date: "1998-10-05"}},
	}
}

func around() []news.Record {
	return []news.Record{
		{Ref: "test:image", Image: &news.ImageRecord{Image: news.Image{File: "/media/1.jpg"}}},
		{Ref: "test:rome", Topic: &news.TopicRecord{Topic: news.Topic{Name: "Rome"}}},
		{Ref: "test:murder", Topic: &news.TopicRecord{Topic: news.Topic{Name: "Murder"}}},
		{Ref: "test:history", Category: &news.CategoryRecord{Category: news.Category{Name: "History"}}},
	}
}

func TestExportRoundTrip(t *testing.T) {
	first := newNewsroom(t)
	first.bring(news.Created, around()...)
	first.bring(news.Created, fullEvents()...)
	first.finish()
	exported := first.export()
	if len(exported) != 5 || exported[0].Ref != "test:full" {
		t.Fatalf("%d events, the first is %s", len(exported), exported[0].Ref)
	}
	before := first.journalEnd()
	first.clock.advance(time.Hour)
	first.bring(news.Unchanged, exported...)
	first.finish()
	if after := first.journalEnd(); after != before {
		t.Errorf("the journal went from %d to %d", before, after)
	}

	second := newNewsroom(t)
	second.clock.advance(2 * time.Hour)
	second.bring(news.Created, exported...)
	second.finish()
	sameExport(t, second.export(), exported)
	// What the events refer to comes later, and is linked as in the first newsroom.
	second.bring(news.Created, around()...)
	second.finish()
	sameExport(t, second.export(), exported)
	for _, ref := range []news.Ref{"test:full", "test:plain", "test:again", "test:day", "test:ahead"} {
		if a, b := first.row(ref), second.row(ref); a != b {
			t.Errorf("%s differs\n%s\n%s", ref, a, b)
		}
	}
}

// row is all that is stored of an event, without ids.
func (n *newsroom) row(ref news.Ref) (all string) {
	n.t.Helper()
	event := int64(n.id(ref))
	collect := func(columns int) func(*engine.Row) error {
		return func(r *engine.Row) error {
			for range columns {
				v := r.NullText()
				if v == nil {
					v = text("NULL")
				}
				all += *v + " | "
			}
			return nil
		}
	}
	err := n.db.Query(context.Background(),
		engine.Stmt{SQL: `SELECT path, title, title_key, slug, locale, status, CAST(created_at AS TEXT), CAST(updated_at AS TEXT), CAST(published_at AS TEXT), kind,
			description_html, description_text, edtf, calendar, CAST(sort_day AS TEXT), CAST(month_day AS TEXT), verification,
			CAST(significance AS TEXT), CAST(is_selected AS TEXT), CAST(image_id IS NULL AS TEXT) FROM events WHERE id = ?`, Args: []any{event}, Scan: collect(20)},
		engine.Stmt{SQL: `SELECT title, url, publisher, accessed_at, quote FROM event_citations WHERE event_id = ? ORDER BY position`, Args: []any{event}, Scan: collect(5)},
		engine.Stmt{SQL: `SELECT t.name FROM event_topics l JOIN topics t ON t.id = l.topic_id WHERE event_id = ? ORDER BY t.name`, Args: []any{event}, Scan: collect(1)},
		engine.Stmt{SQL: `SELECT c.path FROM event_categories l JOIN categories c ON c.id = l.category_id WHERE event_id = ?`, Args: []any{event}, Scan: collect(1)},
		engine.Stmt{SQL: `SELECT path, state FROM paths WHERE subject = ? ORDER BY path`, Args: []any{event}, Scan: collect(2)},
		engine.Stmt{SQL: `SELECT system, value, url FROM external_refs WHERE subject = ? ORDER BY system, value`, Args: []any{event}, Scan: collect(3)},
	)
	if err != nil {
		n.t.Fatal(err)
	}
	return all
}

func sameExport(t *testing.T, got, want []news.Record) {
	t.Helper()
	byRef := map[news.Ref]news.Record{}
	for _, rec := range got {
		byRef[rec.Ref] = rec
	}
	for _, rec := range want {
		if !reflect.DeepEqual(byRef[rec.Ref], rec) {
			a, _ := json.Marshal(byRef[rec.Ref].Event)
			b, _ := json.Marshal(rec.Event)
			t.Errorf("%s\n got %s\nwant %s", rec.Ref, a, b)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d events, want %d", len(got), len(want))
	}
}

// TestExportChanges shows that an export that was edited is a change, and only what was edited.
func TestExportChanges(t *testing.T) {
	n := newNewsroom(t)
	n.bring(news.Created, fullEvents()...)
	exported := n.export()
	exported[1].Event.Title = "Plainer"
	var results []news.ImportResult
	for _, o := range n.try(exported...) {
		results = append(results, o.Result)
	}
	if want := "[unchanged updated unchanged unchanged unchanged]"; fmt.Sprint(results) != want {
		t.Errorf("%v, want %s", results, want)
	}
	n.bring(news.Unchanged, n.export()...)
	// The first source is older than what is stored now, and still what it was: it is left alone.
	n.bring(news.Unchanged, fullEvents()[0])
}

// TestExportWithoutRefs exports what nobody imported under a name.
func TestExportWithoutRefs(t *testing.T) {
	n := newNewsroom(t)
	n.bring(news.Created, around()...)
	n.bring(news.Created, fullEvents()...)
	n.finish()
	err := n.db.Write(context.Background(), "", []engine.Step{{SQL: `DELETE FROM external_refs WHERE system = 'test'`}, {SQL: `DELETE FROM pending_records`}})
	if err != nil {
		t.Fatal(err)
	}
	exported := n.export()
	full := exported[0]
	if want := news.Ref("dateline:" + news.ID(n.number(`SELECT id FROM events WHERE slug = 'ides'`)).String()); full.Ref != want {
		t.Errorf("ref %s, want %s", full.Ref, want)
	}
	if len(full.Event.Topics) != 2 || len(full.Event.Categories) != 1 || full.Event.Image == "" {
		t.Errorf("%+v", full.Event)
	}
	before := n.journalEnd()
	n.bring(news.Unchanged, exported...)
	if after := n.journalEnd(); after != before {
		t.Errorf("the journal went from %d to %d", before, after)
	}
	// An edited one is still the same event, with its links.
	full.Event.Title = "Another title"
	n.bring(news.Updated, full)
	if events := n.number(`SELECT count(*) FROM events`); events != 5 {
		t.Errorf("%d events, want 5", events)
	}
	if links := n.number(`SELECT count(*) FROM event_topics`); links != 2 {
		t.Errorf("%d topics are linked, want 2", links)
	}
	other := newNewsroom(t)
	other.bring(news.Created, exported...)
	if unresolved := other.finish(); len(unresolved) != 4 {
		t.Errorf("%v", unresolved)
	}
	sameExport(t, other.export(), exported)
}

func TestExportPages(t *testing.T) {
	n := newNewsroom(t)
	var records []news.Record
	for i := range 1203 {
		records = append(records, news.Record{Ref: news.Ref(fmt.Sprintf("test:%d", i)), Event: &news.EventRecord{
			HistoricalEvent: news.HistoricalEvent{Head: news.Head{Title: fmt.Sprintf("Event %d", i)}}, Date: "1998-10-05"}})
	}
	n.bring(news.Created, records...)
	for i, rec := range n.export() {
		if rec.Ref != records[i].Ref {
			t.Fatalf("%s is number %d", rec.Ref, i)
		}
	}
	if exported := n.export(); len(exported) != 1203 {
		t.Errorf("%d events", len(exported))
	}
	stop := errors.New("stop")
	calls := 0
	if err := n.ExportEvents(context.Background(), func(news.Record) error { calls++; return stop }); !errors.Is(err, stop) || calls != 1 {
		t.Errorf("%v after %d", err, calls)
	}
	if err := newNewsroom(t).ExportEvents(context.Background(), func(news.Record) error { return stop }); err != nil {
		t.Error(err)
	}
}

func TestTitleSource(t *testing.T) {
	n := newNewsroom(t)
	for i, title := range []string{"AT&T", "&amp;lt;b&amp;gt;", "&amp;amp;amp;", "a < b", "&lt;script&gt;x&lt;/script&gt;", "List<T>", "&amp;amp;amp;lt;i&amp;amp;amp;gt;"} {
		ref := news.Ref(fmt.Sprintf("test:%d", i))
		n.bring(news.Created, news.Record{Ref: ref, Event: &news.EventRecord{HistoricalEvent: news.HistoricalEvent{Head: news.Head{Title: title}}, Date: "1998"}})
	}
	exported := n.export()
	other := newNewsroom(t)
	other.bring(news.Created, exported...)
	a, b := n.titles(), other.titles()
	if !bytes.Equal(a, b) {
		t.Errorf("%s\n%s", a, b)
	}
}

func (n *newsroom) titles() (all []byte) {
	err := n.db.Query(context.Background(), engine.Stmt{SQL: `SELECT title FROM events ORDER BY id`,
		Scan: func(r *engine.Row) error { all = append(append(all, r.Text()...), '\n'); return nil }})
	if err != nil {
		n.t.Fatal(err)
	}
	return all
}
