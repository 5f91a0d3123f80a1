package store

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
)

// claimed is an event with claims.
func claimed(ref news.Ref, date news.EDTF, claims ...news.DateClaimRecord) news.Record {
	return event(ref, "Vote", date, func(e *news.EventRecord) { e.DateClaims = claims })
}

// said are an event's claims as they are read: "*" for the accepted one, date, calendar, source, note, who.
func (n *newsroom) said(ref news.Ref) (lines []string) {
	n.t.Helper()
	for _, c := range n.claims(ref) {
		line := fmt.Sprintf("%s %s", c.Date.EDTF, c.Date.Calendar)
		if c.IsAccepted {
			line = "*" + line
		}
		if c.Source != nil {
			line += " source " + c.Source.Title
		}
		if c.Note != nil {
			line += " note " + *c.Note
		}
		if c.ClaimedBy != nil {
			line += " by " + *c.ClaimedBy
		}
		lines = append(lines, line)
	}
	return lines
}

func (n *newsroom) claims(ref news.Ref) []*news.DateClaim {
	n.t.Helper()
	id := n.id(ref)
	claims, err := n.DateClaims(context.Background(), []news.ID{id})
	if err != nil {
		n.t.Fatal(err)
	}
	return claims[id]
}

// printers are the articles that printed claims of an event, by the claims' dates.
func (n *newsroom) printers(ref news.Ref) string {
	return n.text(`SELECT c.edtf || ' ' || coalesce(a.title, '-') FROM date_claims c LEFT JOIN articles a ON a.id = c.article_id WHERE c.event_id = ? ORDER BY c.position`, int64(n.id(ref)))
}

// TestClaimForms: every way to write claims in a record, and what is stored.
func TestClaimForms(t *testing.T) {
	lives, annals := news.Citation{Title: "Lives"}, news.Citation{Title: "Annals", URL: new(news.URL("https://annals.example/"))}
	for _, tt := range []struct {
		name   string
		record news.Record
		want   []string
	}{
		{"none", event("w:e", "Vote", "1998-10-05"), []string{"*1998-10-05 GREGORIAN"}},
		{"none, with sources", event("w:e", "Vote", "1998-10-05", func(e *news.EventRecord) { e.Sources = []news.Citation{annals, lives} }),
			[]string{"*1998-10-05 GREGORIAN source Annals"}},
		{"none, Julian", event("w:e", "Vote", "-0043-03-15", func(e *news.EventRecord) { e.Calendar = news.CalendarJulian }), []string{"*-0043-03-15 JULIAN"}},
		{"the accepted one first", claimed("w:e", "1998-10-05",
			news.DateClaimRecord{Date: "1998-10-05", IsAccepted: true, Source: &annals, Note: new("House")}, news.DateClaimRecord{Date: "1998-07-16", Source: &lives}),
			[]string{"*1998-10-05 GREGORIAN source Annals note House", "1998-07-16 GREGORIAN source Lives"}},
		{"the accepted one last", claimed("w:e", "1998-10-05", news.DateClaimRecord{Date: "1998-07-16"}, news.DateClaimRecord{Date: "1998-07"},
			news.DateClaimRecord{Date: "1998-10-05", IsAccepted: true, ClaimedBy: new("Ada")}),
			[]string{"*1998-10-05 GREGORIAN by Ada", "1998-07-16 GREGORIAN", "1998-07 GREGORIAN"}},
		{"none accepted", claimed("w:e", "1998-10-05", news.DateClaimRecord{Date: "1998-07-16"}, news.DateClaimRecord{Date: "1998~"}),
			[]string{"*1998-10-05 GREGORIAN", "1998-07-16 GREGORIAN", "1998~ GREGORIAN"}},
		{"none accepted, the same date", claimed("w:e", "1998-10-05", news.DateClaimRecord{Date: "1998-10-05", Note: new("also")}),
			[]string{"*1998-10-05 GREGORIAN", "1998-10-05 GREGORIAN note also"}},
		{"two calendars", func() news.Record {
			rec := claimed("w:e", "1917-10-25", news.DateClaimRecord{Date: "1917-11-07", Note: new("new style")},
				news.DateClaimRecord{Date: "1917-10-25", Calendar: news.CalendarJulian, IsAccepted: true})
			rec.Event.Calendar = news.CalendarJulian
			return rec
		}(), []string{"*1917-10-25 JULIAN", "1917-11-07 GREGORIAN note new style"}},
		{"written otherwise", claimed("w:e", "1984?~", news.DateClaimRecord{Date: "1984?~", IsAccepted: true}), nil},
	} {
		n := newNewsroom(t)
		if tt.want == nil { // what EDTF does not know is refused as in an event's own date
			if o := n.try(tt.record)[0]; o.Result != news.Failed || !strings.Contains(o.Reason, "1984?~") {
				t.Errorf("%s: %v", tt.name, o)
			}
			continue
		}
		n.bring(news.Created, tt.record)
		equal(t, tt.name, strings.Join(n.said("w:e"), "\n"), strings.Join(tt.want, "\n"))
		n.check()
	}
}

// TestClaimsRefused: the message says what is wrong, and nothing of the record is written.
func TestClaimsRefused(t *testing.T) {
	n := newNewsroom(t)
	n.bring(news.Created, topic("w:t", "Peace"))
	before := n.dump()
	for _, tt := range []struct {
		record news.Record
		says   string
	}{
		{claimed("w:e", "1998-10-05", news.DateClaimRecord{Date: "1998-10-05", IsAccepted: true}, news.DateClaimRecord{Date: "1998-10-05", IsAccepted: true}),
			"two of dateClaims are accepted; accept one"},
		{claimed("w:e", "1998-10-05", news.DateClaimRecord{Date: "1998-07-16", IsAccepted: true}),
			"the accepted claim says 1998-07-16 (GREGORIAN) and date says 1998-10-05 (GREGORIAN); give the same"},
		{claimed("w:e", "1998-10-05", news.DateClaimRecord{Date: "1998-10-05", Calendar: news.CalendarJulian, IsAccepted: true}),
			"the accepted claim says 1998-10-05 (JULIAN)"},
		{claimed("w:e", "1998-10-05", news.DateClaimRecord{Date: "1998-02-30"}), `dateClaims[0].date "1998-02-30"`},
		{claimed("w:e", "1998-10-05", news.DateClaimRecord{Date: "1998"}, news.DateClaimRecord{}), `dateClaims[1].date ""`},
		{claimed("w:e", "1998-10-05", news.DateClaimRecord{Date: "1998", Calendar: "MAYAN"}), `"MAYAN" is not a calendar`},
		{claimed("w:e", "1998-10-05", news.DateClaimRecord{Date: "1998", PrintedIn: "w:t"}), "dateClaims[0].printedIn refers to w:t, which is of another type"},
		{claimed("w:e", "1998-10-05", news.DateClaimRecord{Date: "1998", PrintedIn: "here"}), `dateClaims[0].printedIn refers to "here", which has no system`},
	} {
		if o := n.try(tt.record)[0]; o.Result != news.Failed || !strings.Contains(o.Reason, tt.says) {
			t.Errorf("%s (%s), want %s", o.Result, o.Reason, tt.says)
		}
	}
	equal(t, "the database after refused records", n.dump(), before)
}

// TestClaimIDs: a claim that is imported again keeps its id, whatever else changes around it.
func TestClaimIDs(t *testing.T) {
	n := newNewsroom(t)
	house, page := news.Citation{Title: "Record of the House"}, news.Citation{Title: "The page"}
	accepted := news.DateClaimRecord{Date: "1998-10-05", IsAccepted: true, Source: &house}
	printed := news.DateClaimRecord{Date: "1998-07-16", Source: &page, ClaimedAt: noon.Add(-time.Hour)}
	n.bring(news.Created, claimed("w:e", "1998-10-05", accepted, printed))
	first := n.claims("w:e")
	at := func(claims []*news.DateClaim, date string) *news.DateClaim {
		t.Helper()
		for _, c := range claims {
			if string(c.Date.EDTF) == date {
				return c
			}
		}
		t.Fatalf("there is no claim of %s", date)
		return nil
	}
	same := func(what string, dates ...string) {
		t.Helper()
		now := n.claims("w:e")
		for _, date := range dates {
			before, after := at(first, date), at(now, date)
			if before.ID != after.ID || !before.ClaimedAt.Equal(after.ClaimedAt) {
				t.Errorf("%s: the claim of %s was %s of %s and is %s of %s", what, date, before.ID, before.ClaimedAt, after.ID, after.ClaimedAt)
			}
		}
		ids := map[news.ID]bool{}
		for _, c := range now {
			ids[c.ID] = true
		}
		if len(ids) != len(now) || int(n.number(`SELECT count(*) FROM date_claims`)) != len(now) {
			t.Errorf("%s: %d ids for %d claims", what, len(ids), len(now))
		}
		n.check()
	}
	if !at(first, "1998-10-05").ClaimedAt.Equal(noon) || !at(first, "1998-07-16").ClaimedAt.Equal(noon.Add(-time.Hour)) {
		t.Errorf("claimed at %s and %s", at(first, "1998-10-05").ClaimedAt, at(first, "1998-07-16").ClaimedAt)
	}
	n.clock.advance(24 * time.Hour)
	printed.Note = new("credited a senator")
	n.bring(news.Updated, claimed("w:e", "1998-10-05", accepted, printed))
	same("a note more", "1998-10-05", "1998-07-16")
	n.bring(news.Updated, claimed("w:e", "1998-10-05", printed, accepted))
	same("the other way round", "1998-10-05", "1998-07-16")
	n.bring(news.Updated, claimed("w:e", "1998-10-05", news.DateClaimRecord{Date: "1998"}, printed, accepted))
	same("one more", "1998-10-05", "1998-07-16")
	// Another one is accepted: the same claims, and the event moves to its day.
	accepted.IsAccepted, printed.IsAccepted = false, true
	n.bring(news.Updated, claimed("w:e", "1998-07-16", accepted, printed))
	same("another one accepted", "1998-10-05", "1998-07-16")
	if at(n.claims("w:e"), "1998-10-05").IsAccepted || n.text(`SELECT edtf || ' ' || month_day FROM events`) != "1998-07-16 716" {
		t.Error("the event has another date than its accepted claim: ", n.text(`SELECT edtf || ' ' || month_day FROM events`))
	}
	n.bring(news.Updated, claimed("w:e", "1998-07-16", printed))
	same("one less", "1998-07-16")
	// One that comes back is a new one; so is one with another source.
	other := accepted
	other.Source = &news.Citation{Title: "Somebody else"}
	n.bring(news.Updated, claimed("w:e", "1998-07-16", printed, accepted, other))
	same("two more", "1998-07-16")
	for _, c := range n.claims("w:e") {
		if c.ID == at(first, "1998-10-05").ID {
			t.Error("a claim that was gone has its id again")
		}
	}
	third := n.numbers(`SELECT id FROM date_claims WHERE source_title = 'Somebody else'`)
	n.bring(news.Updated, claimed("w:e", "1998-07-16", printed, other))
	equal(t, "the id of the one from somebody else, alone of its date", n.numbers(`SELECT id FROM date_claims WHERE edtf = '1998-10-05'`), third)
	// Twins keep theirs in the order in which they stand.
	twin := news.DateClaimRecord{Date: "1998"}
	n.bring(news.Updated, claimed("w:e", "1998-07-16", twin, twin, printed))
	before := n.numbers(`SELECT id FROM date_claims ORDER BY position`)
	twin.Note = new("twins")
	n.bring(news.Updated, claimed("w:e", "1998-07-16", twin, twin, printed))
	equal(t, "ids of twins", n.numbers(`SELECT id FROM date_claims ORDER BY position`), before)
}

// TestClaimsHaveNewIDs: ids of claims are not given a second time by a clock that was set back.
func TestClaimsHaveNewIDs(t *testing.T) {
	n := newNewsroom(t)
	n.bring(news.Created, claimed("w:e", "1998-10-05"))
	n.clock.advance(time.Hour)
	n.bring(news.Updated, claimed("w:e", "1998-10-05", news.DateClaimRecord{Date: "1998"}))
	last := n.number(`SELECT max(id) FROM date_claims`)
	again := openNewsroom(t, n.path) // at noon
	again.bring(news.Updated, claimed("w:e", "1998-10-05", news.DateClaimRecord{Date: "1998"}, news.DateClaimRecord{Date: "1999"}))
	if added := again.number(`SELECT id FROM date_claims WHERE edtf = '1999'`); added <= last {
		t.Errorf("%s came after %s", news.ID(added), news.ID(last))
	}
}

// TestPrintedIn: the article that printed a claim may stand before, after, in another batch, or never come.
func TestPrintedIn(t *testing.T) {
	printed := func(in news.Ref) news.Record {
		return claimed("w:e", "1998-10-05", news.DateClaimRecord{Date: "1998-10-05", IsAccepted: true}, news.DateClaimRecord{Date: "1998-07-16", PrintedIn: in})
	}
	const want = "1998-10-05 -\n1998-07-16 Rain"
	for name, bring := range map[string]func(*newsroom){
		"before": func(n *newsroom) { n.bring(news.Created, article("w:a", "Rain"), printed("w:a")) },
		"after":  func(n *newsroom) { n.bring(news.Created, printed("w:a"), article("w:a", "Rain")) },
		"in a batch before": func(n *newsroom) {
			n.bring(news.Created, article("w:a", "Rain"))
			n.bring(news.Created, printed("w:a"))
		},
		"in a batch after": func(n *newsroom) {
			n.bring(news.Created, printed("w:a"))
			equal(t, "what is missing", fmt.Sprint(n.finish()), "[{w:e w:a dateClaims[1].printedIn}]")
			equal(t, "printed in", n.printers("w:e"), "1998-10-05 -\n1998-07-16 -")
			n.bring(news.Created, article("w:a", "Rain"))
		},
		"as a draft": func(n *newsroom) {
			n.bring(news.Created, printed("w:a"), article("w:a", "Rain", func(a *news.ArticleRecord) { a.Status = news.StatusDraft }))
		},
	} {
		n := newNewsroom(t)
		bring(n)
		if list := n.finish(); len(list) != 0 {
			t.Errorf("%s: %v", name, list)
		}
		equal(t, name, n.printers("w:e"), want)
		n.check()
	}
	// It comes, and is no article: the event stays as it is, and the reference is listed.
	n := newNewsroom(t)
	n.bring(news.Created, printed("w:a"))
	ids := n.claims("w:e")
	n.bring(news.Created, topic("w:a", "Peace"))
	equal(t, "what is missing", fmt.Sprint(n.finish()), "[{w:e w:a dateClaims[1].printedIn}]")
	equal(t, "what is missing the next time", fmt.Sprint(n.finish()), "[{w:e w:a dateClaims[1].printedIn}]")
	equal(t, "printed in", n.printers("w:e"), "1998-10-05 -\n1998-07-16 -")
	equal(t, "ids", n.claims("w:e")[0].ID, ids[0].ID)
	if n.number(`SELECT version FROM events`) != 2 {
		t.Errorf("the event has version %d", n.number(`SELECT version FROM events`))
	}
	n.check()
	// A record that fails takes nothing with it: here the article comes with a kind that does not exist.
	n = newNewsroom(t)
	outcomes := n.try(article("w:a", "Rain", func(a *news.ArticleRecord) { a.Kind = "POEM" }), printed("w:a"))
	if outcomes[0].Result != news.Failed || outcomes[1].Result != news.Created {
		t.Errorf("%v", outcomes)
	}
	equal(t, "what is missing", fmt.Sprint(n.finish()), "[{w:e w:a dateClaims[1].printedIn}]")
	n.check()
}

// claimedEvents are events with claims of all forms and with places.
func claimedEvents() []news.Record {
	quoted := news.Citation{Title: "Record", URL: new(news.URL("https://record.example/")), Publisher: new("Office"), AccessedAt: &news.Date{Year: 2026, Month: 1, Day: 2}, Quote: new("Aye")}
	many := claimed("w:many", "1998-10-05",
		news.DateClaimRecord{Date: "1998-07-16", Source: &news.Citation{Title: "The page"}, Note: new("credited a senator"), ClaimedAt: noon.Add(-time.Hour), ClaimedBy: new("Ada"), PrintedIn: "w:a"},
		news.DateClaimRecord{Date: "1998-10-05", IsAccepted: true, Source: &quoted},
		news.DateClaimRecord{Date: "1998-09-22", Calendar: news.CalendarJulian, PrintedIn: "w:later"})
	many.Event.Sources, many.Event.Place, many.Event.Topics = []news.Citation{quoted}, "w:paris", []news.Ref{"w:peace", "w:paris"}
	own := event("w:own", "Treaty", "1951-03-01", func(e *news.EventRecord) { e.Sources, e.Place = []news.Citation{quoted}, "w:nowhere" })
	noted := claimed("w:noted", "1951-03-01", news.DateClaimRecord{Date: "1951-03-01", IsAccepted: true, Note: new("only this one")})
	none := claimed("w:none", "1951-03-01", news.DateClaimRecord{Date: "1951"})
	twice := claimed("w:twice", "1951-03-01", news.DateClaimRecord{Date: "1951-03-01"}, news.DateClaimRecord{Date: "1951-03-01"})
	twice.Event.Status = news.StatusDraft
	return []news.Record{many, own, noted, none, twice}
}

// TestClaimsRoundTrip: what is exported comes back unchanged here, and equal elsewhere.
func TestClaimsRoundTrip(t *testing.T) {
	around := []news.Record{topic("w:paris", "Paris"), topic("w:peace", "Peace"), article("w:a", "Rain")}
	first := newNewsroom(t)
	first.bring(news.Created, around...)
	first.bring(news.Created, claimedEvents()...)
	first.finish()
	exported := first.export()
	if claims := exported[1].Event.DateClaims; claims != nil {
		t.Errorf("an event's own date was exported as a claim, too: %s", asJSON(claims))
	}
	dump := first.dump()
	first.clock.advance(time.Hour)
	first.bring(news.Unchanged, exported...)
	first.bring(news.Unchanged, claimedEvents()...)
	first.finish()
	equal(t, "the database", first.dump(), dump)

	second := newNewsroom(t)
	second.clock.advance(48 * time.Hour)
	second.bring(news.Created, exported...)
	second.finish()
	sameExport(t, second.export(), exported)
	second.bring(news.Created, around...)
	second.finish()
	sameExport(t, second.export(), exported)
	const all = `SELECT e.slug || ' ' || c.position || ' ' || c.edtf || ' ' || c.calendar || ' ' || c.is_accepted || ' ' || coalesce(c.note, '-') || ' ' || c.claimed_at || ' ' || coalesce(c.claimed_by, '-')
		|| ' ' || coalesce(a.slug, '-') || ' ' || coalesce(c.source_title, '-') || ' ' || coalesce(c.source_url, '-') || ' ' || coalesce(c.source_publisher, '-') || ' ' || coalesce(c.source_accessed_at, '-') || ' ' || coalesce(c.source_quote, '-') || ' ' || coalesce(p.slug, '-')
		FROM date_claims c JOIN events e ON e.id = c.event_id LEFT JOIN articles a ON a.id = c.article_id LEFT JOIN topics p ON p.id = e.place_id ORDER BY e.slug, c.position`
	equal(t, "claims elsewhere", second.text(all), first.text(all))
	if lines := strings.Count(first.text(all), "\n") + 1; lines != 10 {
		t.Errorf("%d claims, want 10", lines)
	}
	for _, n := range []*newsroom{first, second} {
		n.check()
	}
}

// TestPlace: the place of an event is a topic, is in that topic's list of events, and may come later.
func TestPlace(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	at := func(place news.Ref, edits ...func(*news.EventRecord)) news.Record {
		return event("w:e", "Vote", "1998-10-05", append(edits, func(e *news.EventRecord) { e.Place = place })...)
	}
	placed := func(topic news.Ref) int {
		t.Helper()
		id := n.id(topic)
		pages, err := n.FindEventsIn(ctx, []Facet{In(id)}, news.HistoricalEventOrder{Field: news.EventByDate, Direction: news.Ascending}, news.Window{Limit: 9})
		if err != nil {
			t.Fatal(err)
		}
		found, err := n.FindEvents(ctx, &news.HistoricalEventFilter{Topics: &news.TermFilter{AnyOf: []*news.TermRef{{ID: &id}}}},
			news.HistoricalEventOrder{Field: news.EventByDate, Direction: news.Ascending}, news.Window{Limit: 9})
		if err != nil || len(found.Edges) != len(pages[In(id)].Edges) {
			t.Errorf("%s has %d events and %d through the filter (%v)", topic, len(pages[In(id)].Edges), len(found.Edges), err)
		}
		return len(found.Edges)
	}
	n.bring(news.Created, at("w:paris"))
	equal(t, "what is missing", fmt.Sprint(n.finish()), "[{w:e w:paris place}]")
	n.bring(news.Created, topic("w:paris", "Paris"), topic("w:rome", "Rome"), category("w:c", "World", ""))
	n.finish()
	if placed("w:paris") != 1 || placed("w:rome") != 0 {
		t.Error("the place came later and has no event")
	}
	n.bring(news.Updated, at("w:rome", func(e *news.EventRecord) { e.Topics = []news.Ref{"w:rome", "w:paris"} }))
	if placed("w:paris") != 1 || placed("w:rome") != 1 {
		t.Error("an event whose place is one of its topics is in that topic's list once")
	}
	n.bring(news.Updated, at(""))
	if placed("w:paris") != 0 || placed("w:rome") != 0 {
		t.Error("an event without a place is still there")
	}
	if o := n.try(at("w:c"))[0]; o.Result != news.Failed || o.Reason != "place refers to w:c, which is of another type" {
		t.Errorf("a category as a place: %v", o)
	}
	events, err := n.Events(ctx, []news.ID{n.id("w:e")})
	if err != nil || events[n.id("w:e")].PlaceID != 0 {
		t.Errorf("%v, %v", events, err)
	}
	n.check()
}
