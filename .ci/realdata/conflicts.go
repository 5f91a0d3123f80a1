package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"regexp"
	"strings"

	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// A conflict is an entry of conflicts-with-summaries.json: a war or battle of Wikidata with the summary of its article.
type conflict struct {
	Event        string   // address of the Wikidata item
	Label        string   `json:"eventLabel"`
	Date         string   // always with a time, which nobody knew
	Summary      string   `json:"summary_wikipedia"`
	Article      string   `json:"article_en"`
	Image        string   // its rights are not said, so it is left out
	Participants []string // likewise, for want of a place
}

var conflictDate = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)T00:00:00Z$`)

// conflicts converts the list to events. A day keeps its time 00:00:00 only on 1 January: there it is what tells that the
// day may be made up (see [news.SuspiciousDate]); everywhere else it says nothing and would pass for a known midnight.
func conflicts(in io.Reader, out io.Writer) (result, error) {
	w := &writer{Writer: out}
	var list []conflict
	if err := json.NewDecoder(in).Decode(&list); err != nil {
		return w.result, err
	}
	for _, c := range list {
		w.entries++
		event, err := c.event()
		if err != nil {
			w.rejected = append(w.rejected, fmt.Sprintf("%s: %v", cmp.Or(c.Label, c.Event), err))
			continue
		}
		if c.Image != "" {
			w.notes = append(w.notes, c.Label+": the image was left out, since its rights are not said")
		}
		if len(c.Participants) > 0 {
			w.notes = append(w.notes, c.Label+": the participants were left out")
		}
		if err := w.record(event); err != nil {
			return w.result, err
		}
	}
	return w.result, nil
}

func (c conflict) event() (news.Record, error) {
	_, item, isWikidata := strings.Cut(c.Event, "/entity/")
	day := conflictDate.FindStringSubmatch(c.Date)
	switch {
	case !isWikidata:
		return news.Record{}, fmt.Errorf("%q is no Wikidata item", c.Event)
	case day == nil:
		return news.Record{}, fmt.Errorf("%q is no date", c.Date)
	case clean(c.Label) == "":
		return news.Record{}, fmt.Errorf("the item %s has no name", item)
	}
	r := &news.EventRecord{
		HistoricalEvent: news.HistoricalEvent{
			Head: news.Head{Title: clean(c.Label), Locale: "en"}, Kind: news.EventHappening, Verification: news.Unverified,
		},
		Date: news.EDTF(day[1]),
	}
	if strings.HasSuffix(day[1], "-01-01") {
		r.Date = news.EDTF(c.Date)
	}
	var text strings.Builder
	for line := range strings.Lines(c.Summary) {
		if line = clean(line); line != "" {
			text.WriteString("<p>" + html.EscapeString(line) + "</p>")
		}
	}
	r.Description = news.HTML(text.String())
	if safe, ok := markup.SafeURL(c.Article); ok {
		address, publisher := news.URL(safe), "Wikipedia"
		r.Sources = []news.Citation{{Title: clean(c.Label), URL: &address, Publisher: &publisher}}
	}
	return news.Record{Ref: news.Ref("wikidata:" + item), Event: r}, nil
}
