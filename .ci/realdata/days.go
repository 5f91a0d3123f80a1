package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"html"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// A day is a line of the wikipedia-days set: all events, births or deaths of a day of the year.
type day struct {
	Month, Day             int
	Wikipedia              string
	Events, Births, Deaths []occurrence
}

// An occurrence is an entry of a day. Year is free text, and sometimes the whole entry.
type occurrence struct {
	Year        string
	Description string
	Wikipedia   []struct{ Title, Wikipedia string }
}

// convertDays converts a file of days to events. What has no certain year is rejected: a date is never made up.
func convertDays(file string, out io.Writer) (result, error) {
	w := &writer{Writer: out}
	err := reading(file, func(in io.Reader) error {
		for d := json.NewDecoder(in); ; {
			var line day
			if err := d.Decode(&line); err == io.EOF {
				return nil
			} else if err != nil {
				return err
			}
			if err := w.day(line); err != nil {
				return err
			}
		}
	})
	return w.result, err
}

func (w *writer) day(d day) error {
	for _, list := range []struct {
		kind    news.HistoricalEventKind
		entries []occurrence
	}{{news.EventHappening, d.Events}, {news.EventBirth, d.Births}, {news.EventDeath, d.Deaths}} {
		seen := map[news.Ref]bool{}
		for i, o := range list.entries {
			w.entries++
			event, err := o.event(d, list.kind)
			if err == nil && seen[event.Ref] {
				err = errors.New("the list has the same entry before")
			}
			if err != nil {
				w.rejected = append(w.rejected, fmt.Sprintf("%02d-%02d %s %d: %v", d.Month, d.Day, list.kind, i+1, err))
				continue
			}
			seen[event.Ref] = true
			if err := w.record(event); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o occurrence) event(d day, kind news.HistoricalEventKind) (news.Record, error) {
	year, calendar, text, err := o.understand()
	if err != nil {
		return news.Record{}, err
	}
	date := edtf(year, d.Month, d.Day)
	if calendar == news.CalendarGregorian && (year < 1582 || year == 1582 && (d.Month < 10 || d.Month == 10 && d.Day < 15)) {
		calendar = news.CalendarJulian // as Wikipedia's lists have it
	}
	if _, err := news.ParseHistoricalDate(string(date), calendar); err != nil {
		return news.Record{}, fmt.Errorf("%s: %w", date, err)
	}
	sum := fnv.New64a()
	io.WriteString(sum, text)
	r := &news.EventRecord{
		HistoricalEvent: news.HistoricalEvent{
			Head: news.Head{Title: strings.TrimSuffix(markup.Excerpt(text, 120), "."), Locale: "en"},
			Kind: kind, Verification: news.Unverified,
		},
		Date: date, Calendar: calendar, Description: news.HTML("<p>" + html.EscapeString(text) + "</p>"),
	}
	publisher := "Wikipedia"
	for _, page := range o.Wikipedia {
		c := news.Citation{Title: page.Title, Publisher: &publisher}
		if safe, ok := markup.SafeURL(page.Wikipedia); ok {
			address := news.URL(safe)
			c.URL = &address
		}
		if strings.TrimSpace(c.Title) != "" {
			r.Sources = append(r.Sources, c)
		}
	}
	ref := fmt.Sprintf("wikipedia:%02d-%02d/%s/%d/%x", d.Month, d.Day, strings.ToLower(string(kind)), year, sum.Sum64())
	return news.Record{Ref: news.Ref(ref), Event: r}, nil
}

var (
	plainYear = regexp.MustCompile(`^(AD )?(\d{1,4})( AD| BC)?( \(OS\))?$`)
	yearFirst = regexp.MustCompile(`^((?:AD )?\d{1,4}(?: AD| BC)?)\s*(?:[-–—]+|\n)\s*(\D.*)$`)
)

// understand reads the year, astronomical, and the text. 153 BC is -152.
func (o occurrence) understand() (year int, calendar news.CalendarModel, text string, err error) {
	written, text := clean(o.Year), clean(o.Description)
	if m := yearFirst.FindStringSubmatch(strings.TrimSpace(strings.ReplaceAll(o.Year, "\u00a0", " "))); m != nil && text == "" {
		written, text = clean(m[1]), clean(m[2])
	}
	m := plainYear.FindStringSubmatch(written)
	switch {
	case m == nil || m[1] != "" && m[3] != "":
		return 0, "", "", fmt.Errorf("%.60q is no certain year", o.Year)
	case text == "":
		return 0, "", "", fmt.Errorf("the entry of the year %s has no text", written)
	}
	if year, err = strconv.Atoi(m[2]); err != nil || year == 0 {
		return 0, "", "", fmt.Errorf("there is no year %q", written)
	}
	if m[3] == " BC" {
		year = 1 - year
	}
	calendar = news.CalendarGregorian
	if m[4] != "" { // Old Style
		calendar = news.CalendarJulian
	}
	return year, calendar, text, nil
}

func clean(s string) string { return strings.Join(strings.Fields(s), " ") }

func edtf(year, month, day int) news.EDTF {
	if year < 0 {
		return news.EDTF(fmt.Sprintf("-%04d-%02d-%02d", -year, month, day))
	}
	return news.EDTF(fmt.Sprintf("%04d-%02d-%02d", year, month, day))
}
