package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
)

func (n *newsroom) lint(codes ...news.ContentIssueCode) (found []Finding) {
	n.t.Helper()
	if err := n.Lint(context.Background(), codes, func(f Finding) error { found = append(found, f); return nil }); err != nil {
		n.t.Fatal(err)
	}
	return found
}

func printed(date news.EDTF, in news.Ref) news.DateClaimRecord {
	return news.DateClaimRecord{Date: date, PrintedIn: in}
}

func claims(list ...news.DateClaimRecord) func(*news.EventRecord) {
	return func(e *news.EventRecord) { e.DateClaims = list }
}

func TestLintDateConflicts(t *testing.T) {
	n := newNewsroom(t)
	n.bring(news.Created,
		article("w:right", "Right"), article("w:wrong", "Wrong"),
		article("w:draft", "Draft", func(a *news.ArticleRecord) { a.Status = news.StatusDraft }),
		article("w:gone", "Gone", func(a *news.ArticleRecord) { a.Status = news.StatusRetracted }),
		event("w:vote", "The vote", "1998-10-05", claims(
			news.DateClaimRecord{Date: "1998-10-05", IsAccepted: true, PrintedIn: "w:right"}, news.DateClaimRecord{Date: "1998-10-07"},
			printed("1998-07-16", "w:wrong"), printed("1997?", "w:draft"), printed("1998", "w:right"))),
		event("w:war", "The war", "1914-07-28", func(e *news.EventRecord) {
			e.Status = news.StatusDraft
			e.DateClaims = []news.DateClaimRecord{printed("1914-08-01", "w:gone"), printed("1914-08-04", "w:wrong")}
		}))
	want := []string{
		"ERROR w:wrong Wrong: the article dates the event \"The vote\" 16 July 1998, the accepted date is 5 October 1998; ",
		"ERROR w:wrong Wrong: the article dates the event \"The war\" 4 August 1914, the accepted date is 28 July 1914; ",
		"WARNING w:draft Draft: the article dates the event \"The vote\" 1997?, the accepted date is 5 October 1998; ",
		"ERROR w:gone Gone: the article dates the event \"The war\" 1 August 1914, the accepted date is 28 July 1914; ",
		"WARNING w:vote The vote: a claim without a source gives 7 October 1998, the accepted date is 5 October 1998; ",
	}
	refs := map[news.ID]string{}
	for _, ref := range []news.Ref{"w:right", "w:wrong", "w:draft", "w:gone", "w:vote"} {
		refs[n.id(ref)] = string(ref)
	}
	found := n.lint(news.IssueEventDateConflict)
	if len(found) != len(want) {
		t.Fatalf("%d findings, want %d: %+v", len(found), len(want), found)
	}
	for i, f := range found {
		if got := fmt.Sprintf("%s %s %s: %s", f.Severity, refs[f.Subject], f.Title, f.Message); !strings.HasPrefix(got, want[i]) || f.Code != news.IssueEventDateConflict ||
			!strings.HasSuffix(string(f.Path), "/"+strings.ReplaceAll(strings.ToLower(f.Title), " ", "-")+"/") || f.Events != nil {
			t.Errorf("got %s (%+v), want %s", got, f, want[i])
		}
	}
}

// TestLintPages: nothing is lost or given twice at the turn of a page.
func TestLintPages(t *testing.T) {
	const entries = 2*lintPage + lintPage/2
	n := newNewsroom(t)
	var records []news.Record
	vote := event("w:vote", "The vote", "1998-10-05")
	for i := range entries {
		ref, year := news.Ref(fmt.Sprintf("w:a%d", i/2)), 1900+i/(entries/2) // two claims an article; most of a year on one day
		if i%2 == 0 {
			records = append(records, article(ref, "Wrong"))
		}
		vote.Event.DateClaims = append(vote.Event.DateClaims, printed("1998-07-16", ref))
		records = append(records, event(news.Ref(fmt.Sprintf("w:e%d", i)), fmt.Sprintf("Work number w%d of %d", i, year), news.EDTF(fmt.Sprintf("%d-01-01", year))))
	}
	n.bring(news.Created, append(records, vote, event("w:recurs", "A day in 1900", "XXXX-01-01"), event("w:bc", "Peace in 500 BC", "-0499-01-01"))...)
	articles, events := map[news.ID]int{}, map[news.ID]int{}
	for _, f := range n.lint(news.IssueEventDateConflict, news.IssueSuspiciousDate) {
		if f.Code == news.IssueEventDateConflict {
			articles[f.Subject]++
		} else {
			events[f.Subject]++
		}
	}
	for id, times := range articles {
		if times != 2 {
			t.Errorf("%s has %d findings, want 2", id, times)
		}
	}
	for id, times := range events {
		if times != 1 {
			t.Errorf("%s has %d findings", id, times)
		}
	}
	if len(articles) != entries/2 || len(events) != entries+1 || events[n.id("w:bc")] != 1 {
		t.Errorf("%d articles and %d events, want %d and %d", len(articles), len(events), entries/2, entries+1)
	}
}

// findingLine is a finding in one line, with the events' refs.
func findingLine(f Finding) string {
	var refs []string
	for _, e := range f.Events {
		refs = append(refs, fmt.Sprintf("%s (%d)", e.Ref, len(e.Sources)))
	}
	return fmt.Sprintf("%s %s: %s", f.Severity, f.Title, strings.Join(refs, ", "))
}

func TestLintDuplicates(t *testing.T) {
	n := newNewsroom(t)
	status := func(s news.EntryStatus) func(*news.EventRecord) {
		return func(e *news.EventRecord) { e.Status = s }
	}
	sources := func(titles ...string) func(*news.EventRecord) {
		return func(e *news.EventRecord) {
			for _, title := range titles {
				e.Sources = append(e.Sources, news.Citation{Title: title})
			}
		}
	}
	created := func(at time.Time) func(*news.EventRecord) {
		return func(e *news.EventRecord) { e.CreatedAt = at }
	}
	verified := func(e *news.EventRecord) { e.Verification = news.Verified }
	julian := func(e *news.EventRecord) { e.Calendar = news.CalendarJulian }
	const bridge, storting = "Bridge of Dresden opens", "The Storting dissolves the union"
	n.bring(news.Created,
		// The best one is verified, has more sources, is older.
		event("w:old", bridge, "1905-06-07", sources("A"), created(noon.Add(-time.Hour))), event("w:rich", bridge, "1905-06-07", sources("A", "B")),
		event("w:sure", bridge+"!", "1905-06-07", verified), event("w:young", bridge, "1905-06-07", sources("C")),
		event("w:other", storting, "1905-06-07"), event("w:later", bridge, "1906-06-07"), event("w:birth", bridge, "1905-06-07", func(e *news.EventRecord) { e.Kind = news.EventBirth }),
		// Any status, until only one stands.
		event("w:draft", "Draft treaty of Vienna", "1815-06-09", status(news.StatusDraft)), event("w:published", "Treaty of Vienna", "1815-06-09"),
		event("w:settled", "Peace of Prague", "1866-08-23"), event("w:settled-2", "Peace of Prague", "1866-08-23", status(news.StatusUnpublished), sources("A")),
		event("w:settled-3", "Peace of Prague", "1866-08-23", status(news.StatusRetracted)),
		event("w:half", "Peace of Basel", "1795-04-05"), event("w:half-2", "Peace of Basel", "1795-04-05"),
		event("w:half-3", "Peace of Basel", "1795-04-05", status(news.StatusRetracted), verified),
		// Days that only recur.
		event("w:day", "Day of Peace", "XXXX-02-29"), event("w:day-2", "Peace Day", "XXXX-02-29"), event("w:day-3", "Day of Peace", "2000-02-29"),
		event("w:less-exact", "Treaty of Vienna", "1815-06"), event("w:less-exact-2", "Treaty of Vienna", "1815-06"),
		// 25 October 1917 is 7 November; the group is given once, and has the one of the same figures.
		event("w:julian", "Winter Palace falls", "1917-10-25", julian), event("w:gregorian", "Winter Palace falls", "1917-11-07"),
		event("w:gregorian-2", "Winter Palace is taken", "1917-11-07"), event("w:figures", "The Winter Palace falls", "1917-10-25"),
		event("w:long-julian", "Newton is born at Woolsthorpe", "1642-12-25", julian), event("w:long-gregorian", "Newton is born at Woolsthorpe", "1643-01-04"),
	)
	n.bring(news.Created, event("w:gregorian-3", "Winter Palace stormed", "1917-11-07", status(news.StatusRetracted)))
	var got []string
	for _, f := range n.lint(news.IssueDuplicateEvent) {
		got = append(got, findingLine(f))
		if best := f.Events[0]; f.Code != news.IssueDuplicateEvent || f.Subject != best.ID || f.Path != best.Path || f.Path == "" {
			t.Errorf("%+v", f)
		}
	}
	want := []string{
		"WARNING Day of Peace: w:day (0), w:day-2 (0)",
		"WARNING Peace of Basel: w:half (0), w:half-2 (0), w:half-3 (0)",
		"WARNING Bridge of Dresden opens!: w:sure (0), w:rich (2), w:old (1), w:young (1)",
		"WARNING Draft treaty of Vienna: w:draft (0), w:published (0)",
		"WARNING Winter Palace falls: w:julian (0), w:gregorian (0), w:gregorian-2 (0), w:figures (0), w:gregorian-3 (0)",
		"WARNING Newton is born at Woolsthorpe: w:long-julian (0), w:long-gregorian (0)",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if all := n.lint(); len(all) != len(want) {
		t.Errorf("%d findings of any code", len(all))
	}
	if none := n.lint(news.IssueSuspiciousDate, news.IssueEventDateConflict); none != nil {
		t.Errorf("%+v", none)
	}
}

func TestLintManyEventsOfADay(t *testing.T) {
	n := newNewsroom(t)
	var records []news.Record
	for i := range maxCompared + 1 {
		records = append(records, event(news.Ref(fmt.Sprintf("w:%d", i)), fmt.Sprintf("Number n%d", i), "1990-05-01"))
	}
	n.bring(news.Created, append(records, event("w:a", "Treaty of Vienna", "1991-05-01"), event("w:b", "Treaty of Vienna", "1991-05-01"))...)
	found := n.lint(news.IssueDuplicateEvent)
	if len(found) != 2 || found[0].Subject != 0 || found[0].Title != "1 May 1990" || !strings.HasPrefix(found[0].Message, "2001 events are dated 1 May 1990, and no more than 2000") ||
		findingLine(found[1]) != "WARNING Treaty of Vienna: w:a (0), w:b (0)" {
		t.Fatalf("%+v", found)
	}
}

// TestLintFindsEveryPair compares the groups with a plain comparison of all events with all.
func TestLintFindsEveryPair(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine: the race detector has nothing to find here")
	}
	random := rand.New(rand.NewPCG(3, 3))
	pick := func(values ...string) string { return values[random.IntN(len(values))] }
	n := newNewsroom(t)
	var records []news.Record
	for i := range 900 {
		date, calendar := "", news.CalendarGregorian
		if random.IntN(3) == 0 {
			calendar = news.CalendarJulian
		}
		// 13, 12, 11 and 10 days lie between the calendars in these years.
		switch random.IntN(8) {
		case 0:
			date, calendar = "XXXX-"+pick("02-28", "02-29", "12-31"), news.CalendarGregorian
		case 1:
			date = pick("1905", "1905-06", "1905-06-07~", "1905-06-07?", "1905-06-07/1905-06-09")
		default:
			date = pick("1905-06-07", "1905-05-25", "1905-05-12", "1900-02-28", "1900-03-12", "1900-03-13", "1899-12-20", "1900-01-01", "1700-02-28", "1700-03-10", "0200-03-01", "-0043-03-15", "-0043-03-13")
		}
		records = append(records, event(news.Ref(fmt.Sprint("w:", i)), pick("Ada", "Nils", "Greta", "Omar", "Piotr", "Yasmin")+" "+pick("wins", "loses", "sees")+" "+
			pick("Dresden", "Vienna", "Basel", "Oslo", "Turin", "Lund", "Ghent"), news.EDTF(date), func(e *news.EventRecord) {
			e.Calendar, e.Kind = calendar, news.HistoricalEventKind(pick("EVENT", "EVENT", "BIRTH"))
			e.Status = news.EntryStatus(pick("PUBLISHED", "DRAFT"))
		}))
	}
	n.bring(news.Created, records...)
	var events []*news.HistoricalEvent
	for _, rec := range records {
		e := rec.Event.HistoricalEvent
		var err error
		if e.Date, err = news.ParseHistoricalDate(string(rec.Event.Date), rec.Event.Calendar); err != nil {
			t.Fatal(err)
		}
		e.ID = n.id(rec.Ref)
		events = append(events, &e)
	}
	type pair [2]news.ID
	same := map[pair]bool{}
	for _, group := range news.SameEvents(events) {
		for _, a := range group {
			for _, b := range group {
				same[pair{a.ID, b.ID}] = true
			}
		}
	}
	together := map[pair]bool{}
	for _, f := range n.lint(news.IssueDuplicateEvent) {
		for i, a := range f.Events {
			if slices.ContainsFunc(f.Events[:i], func(b ListedEvent) bool { return a.ID == b.ID }) {
				t.Errorf("%s is twice in its group", a.Title)
			}
			for _, b := range f.Events {
				if together[pair{a.ID, b.ID}] = true; !same[pair{a.ID, b.ID}] {
					t.Errorf("%s (%s %s) and %s (%s %s) are together", a.Title, a.Date.EDTF, a.Date.Calendar, b.Title, b.Date.EDTF, b.Date.Calendar)
				}
			}
		}
	}
	pairs, crossing := 0, 0
	for i, a := range events {
		for _, b := range events[:i] {
			if news.SameEvent(a, b) < news.SameEventFrom {
				continue
			}
			pairs++
			if *a.Date.MonthDay() != *b.Date.MonthDay() {
				crossing++
			}
			if !together[pair{a.ID, b.ID}] {
				t.Errorf("%s (%s %s) and %s (%s %s) are not together", a.Title, a.Date.EDTF, a.Date.Calendar, b.Title, b.Date.EDTF, b.Date.Calendar)
			}
		}
	}
	t.Logf("%d pairs, %d of them in two calendars", pairs, crossing)
	if pairs < 2000 || crossing < 100 {
		t.Error("the newsroom has too few duplicates to tell anything")
	}
}

func TestLintEnds(t *testing.T) {
	n := newNewsroom(t)
	n.bring(news.Created, event("w:a", "Treaty of Vienna", "1991-05-01"), event("w:b", "Treaty of Vienna", "1991-05-01"), event("w:c", "Work of 1990", "1990-01-01"))
	full := errors.New("the disk is full")
	calls := 0
	if err := n.Lint(context.Background(), nil, func(Finding) error { calls++; return full }); !errors.Is(err, full) || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := n.Lint(ended, nil, func(Finding) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
