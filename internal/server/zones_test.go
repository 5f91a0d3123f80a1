package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/access"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// TestTodayAtMidnight asks the server on both sides of midnights: in Kiritimati, fourteen hours ahead of UTC, in Baghdad, and
// in Apia, which went from the evening of 29 December 2011 to the morning of the 31st.
func TestTodayAtMidnight(t *testing.T) {
	var clock atomic.Pointer[time.Time]
	clock.Store(new(time.Date(2029, 1, 1, 0, 0, 0, 0, time.UTC)))
	now := func() time.Time { return *clock.Load() }
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "site.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s, err := store.Open(t.Context(), db, now)
	if err != nil {
		t.Fatal(err)
	}
	var records []news.Record
	for _, day := range []string{"02-29", "02-28", "03-01", "03-09", "03-10", "12-29", "12-30", "12-31"} {
		records = append(records, news.Record{Ref: news.Ref("w:" + day), Event: &news.EventRecord{
			HistoricalEvent: news.HistoricalEvent{Head: news.Head{Title: "Of " + day, PublishedAt: time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)}}, Date: news.EDTF("1904-" + day)}})
	}
	outcomes, err := s.Import(t.Context(), records)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outcomes {
		if o.Result != news.Created {
			t.Fatal(o.Reason)
		}
	}
	log := &logBook{}
	server := httptest.NewServer(Handler(Config{Store: s, Access: access.New(access.Config{Store: s, Now: now}), Now: now, Log: log.logger(), Limits: DefaultLimits, Media: pictures, Uploads: uploads(t)}))
	t.Cleanup(server.Close)

	for _, tt := range []struct {
		zone    news.TimeZone
		instant string
		today   string
		title   string // of the headline; the leap day's event waits for its turn, an even year
		age     int    // of the headline's event
		next    string // first anniversary of the planning list
	}{
		{"Pacific/Kiritimati", "2026-03-09T09:59:59.999Z", "2026-03-09", "Of 03-09", 122, "2026-03-09"},
		{"Pacific/Kiritimati", "2026-03-09T10:00:00Z", "2026-03-10", "Of 03-10", 122, "2026-03-10"},
		{"Pacific/Apia", "2011-12-30T09:59:59.999Z", "2011-12-29", "Of 12-29", 107, "2011-12-29"},
		{"Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31", "Of 12-31", 107, "2011-12-31"},
		{"Pacific/Apia", "2026-03-09T10:59:59.999Z", "2026-03-09", "Of 03-09", 122, "2026-03-09"},
		{"Pacific/Apia", "2026-03-09T11:00:00Z", "2026-03-10", "Of 03-10", 122, "2026-03-10"},
		{"Asia/Baghdad", "2027-02-28T20:59:59.999Z", "2027-02-28", "Of 02-28", 123, "2027-02-28"},
		{"Asia/Baghdad", "2027-02-28T21:00:00Z", "2027-03-01", "Of 03-01", 123, "2027-03-01"},
		{"Asia/Baghdad", "2028-02-28T21:00:00Z", "2028-02-29", "Of 02-29", 124, "2028-02-29"},
		{"Asia/Baghdad", "2028-02-29T20:59:59.999Z", "2028-02-29", "Of 02-29", 124, "2028-02-29"},
		{"Asia/Baghdad", "2028-02-29T21:00:00Z", "2028-03-01", "Of 03-01", 124, "2028-03-01"},
	} {
		at, err := time.Parse(time.RFC3339, tt.instant)
		if err != nil {
			t.Fatal(err)
		}
		clock.Store(&at)
		if err := s.SetSite(t.Context(), func(site *news.Site) { site.TimeZone = tt.zone }); err != nil {
			t.Fatal(err)
		}
		var here today
		ask(t, server.URL, `{ day: onThisDay { ...d } anniversaries(roundness: ANY, first: 1) { nodes { occursOn daysAway } } }`+dayFragment, &here)
		// The same from a site elsewhere, whose own day may be another one.
		if err := s.SetSite(t.Context(), func(site *news.Site) { site.TimeZone = "America/New_York" }); err != nil {
			t.Fatal(err)
		}
		var elsewhere today
		ask(t, server.URL, fmt.Sprintf(`{ day: onThisDay(day: {todayIn: %q}) { ...d } }`, tt.zone)+dayFragment, &elsewhere)
		for where, got := range map[string]today{"at home": here, "from New York": elsewhere} {
			if got.Day.Date != tt.today || got.Day.TimeZone != string(tt.zone) || got.Day.Headline.Title != tt.title {
				t.Errorf("%s in %s, %s: %+v, want %s and %s", tt.instant, tt.zone, where, got.Day, tt.today, tt.title)
			}
		}
		if age := here.Day.Headline.YearsSince; age != tt.age {
			t.Errorf("%s in %s: %d years since, want %d", tt.instant, tt.zone, age, tt.age)
		}
		first := here.Anniversaries.Nodes[0]
		if first.OccursOn != tt.next || first.DaysAway != 0 {
			t.Errorf("%s in %s: the next anniversary is %+v, want %s", tt.instant, tt.zone, first, tt.next)
		}
	}
	if strings.Contains(log.text(), "ERROR") {
		t.Error(log.text())
	}
}

const dayFragment = ` fragment d on OnThisDay { date timeZone headline { title yearsSince } }`

type today struct {
	Day struct {
		Date, TimeZone string
		Headline       struct {
			Title      string
			YearsSince int
		}
	}
	Anniversaries struct {
		Nodes []struct {
			OccursOn string
			DaysAway int
		}
	}
}

// ask sends a query over the network and reads its answer, which must have no errors.
func ask(t *testing.T, address, query string, to any) {
	t.Helper()
	content, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.Post(address+"/graphql", "application/json", strings.NewReader(string(content)))
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Data   json.RawMessage
		Errors []struct{ Message string }
	}
	text := body(t, r)
	if err := json.Unmarshal([]byte(text), &answer); err != nil || len(answer.Errors) > 0 {
		t.Fatalf("%v in %s", err, text)
	}
	if err := json.Unmarshal(answer.Data, to); err != nil {
		t.Fatal(err)
	}
}
