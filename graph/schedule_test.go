package graph_test

import (
	"testing"
	"time"

	"github.com/dateline-cms/dateline/graph"
	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// TestPublishByTheClockOnTheWall: times of a plan without an offset are those of the site's zone or of the one they name. The
// instants are worked out by hand.
func TestPublishByTheClockOnTheWall(t *testing.T) {
	n := newNewsroom(t, graph.DefaultLimits)
	n.write(t, news.Record{Ref: "t:site", Site: &news.SiteRecord{Site: news.Site{Name: "The Day", URL: "https://day.example", TimeZone: "Europe/Berlin", DefaultLocale: "en"}}})
	ada := n.askedBy(t, editors)
	draft := func() string {
		var made struct{ Article struct{ ID string } }
		ada.ask(t, `mutation { payload: createArticle(input: {title: "A plan"}) { article { id } } }`, nil).must(t).read(t, &struct{ Payload any }{&made})
		return made.Article.ID
	}
	planned := func(id string) (times [3]string) {
		t.Helper()
		node, err := news.ParseID(id)
		if err != nil {
			t.Fatal(err)
		}
		err = n.db.Query(t.Context(), engine.Stmt{SQL: `SELECT publish_at, embargo_until, expires_at FROM articles WHERE id = ?`, Args: []any{int64(node)},
			Scan: func(r *engine.Row) error {
				for i := range times {
					if at, ok := r.NullInt64(); ok {
						times[i] = time.UnixMilli(at).UTC().Format(time.RFC3339)
					}
				}
				return nil
			}})
		if err != nil {
			t.Fatal(err)
		}
		return times
	}
	for _, tt := range []struct {
		plan m
		want [3]string
	}{
		{m{"publishAt": "2027-01-15 06:00"}, [3]string{"2027-01-15T05:00:00Z"}},
		{m{"publishAt": "2027-07-15T06:00"}, [3]string{"2027-07-15T04:00:00Z"}},
		{m{"publishAt": "2027-07-15 06:00:30 America/New_York"}, [3]string{"2027-07-15T10:00:30Z"}},
		{m{"publishAt": "2027-07-15T06:00:00-04:00"}, [3]string{"2027-07-15T10:00:00Z"}},
		{m{"publishAt": "2027-10-31 02:30"}, [3]string{"2027-10-31T00:30:00Z"}}, // the first of two
		{m{"publishAt": "2027-10-31T02:30:00+01:00"}, [3]string{"2027-10-31T01:30:00Z"}},
		{m{"publishAt": "2027-03-28 03:00", "embargoUntil": "2027-03-28 01:59", "expiresAt": "2027-03-28 03:01"},
			[3]string{"2027-03-28T01:00:00Z", "2027-03-28T00:59:00Z", "2027-03-28T01:01:00Z"}},
	} {
		id := draft()
		in := m{"id": id, "expectedRevision": 1}
		for field, at := range tt.plan {
			in[field] = at
		}
		expect(t, ada.change(t, "publishEntry", "PublishEntryInput", "entry { status }", in), `{"entry":{"status":"SCHEDULED"},"userErrors":[]}`)
		if got := planned(id); got != tt.want {
			t.Errorf("%v is %v, want %v", tt.plan, got, tt.want)
		}
	}
	id := draft()
	for _, tt := range []struct{ field, at, words string }{
		{"publishAt", "2027-03-28 02:30", "publishAt: 2027-03-28 02:30 does not exist in Europe/Berlin: the clocks go from 2027-03-28 02:00 on to 2027-03-28 03:00; the nearest times are 2027-03-28 01:59 and 2027-03-28 03:00"},
		{"embargoUntil", "2027-03-28", `embargoUntil: "2027-03-28" is no time; write`},
		{"expiresAt", "tomorrow 06:00 CET2", `expiresAt: "CET2" is not an IANA time-zone name`},
	} {
		payload := ada.change(t, "publishEntry", "PublishEntryInput", "entry { status }", m{"id": id, "expectedRevision": 1, tt.field: tt.at})
		refusal(t, payload, "INVALID", "input."+tt.field, tt.words)
	}
}
