package importer

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// maxFeed bounds an answer of the feed; real ones have about one megabyte.
const maxFeed = 64 << 20

// feedAnswer is what https://api.wikimedia.org/feed/v1/wikipedia/en/onthisday/all/MM/DD answers.
type feedAnswer struct {
	Selected []feedEvent `json:"selected"`
	Events   []feedEvent `json:"events"`
	Births   []feedEvent `json:"births"`
	Deaths   []feedEvent `json:"deaths"`
	Holidays []feedEvent `json:"holidays"`
}

// feedEvent is an entry of the feed. BC years are the negated number: 399 BC is -399, and there is no year 0.
type feedEvent struct {
	Text  string     `json:"text"`
	Year  *int       `json:"year"`
	Pages []feedPage `json:"pages"`
}

type feedPage struct {
	Title      string `json:"title"`
	Normalized string `json:"normalizedtitle"`
	Lang       string `json:"lang"`
	Titles     struct {
		Canonical  string `json:"canonical"`
		Normalized string `json:"normalized"`
	} `json:"titles"`
	URLs struct {
		Desktop struct {
			Page string `json:"page"`
		} `json:"desktop"`
	} `json:"content_urls"`
}

func readOnThisDay(in *run, r io.Reader) error {
	raw, err := io.ReadAll(io.LimitReader(r, maxFeed+1))
	if err != nil {
		return news.Invalidf("the answer cannot be read to its end: %v; fetch it again", err)
	}
	if len(raw) > maxFeed {
		return news.Invalidf("the answer is longer than %d MB; that is no day's answer of the feed", maxFeed>>20)
	}
	feed, err := decodeFeed(raw)
	if err != nil {
		return err
	}
	day, err := feedDay(in.opt)
	if err != nil {
		return err
	}
	f := &feedReader{in: in, day: day}
	return f.read(feed)
}

var feedOptions = json.JoinOptions(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))

func decodeFeed(raw []byte) (*feedAnswer, error) {
	if kind := otherFeed(raw); kind != "" {
		return nil, news.Invalidf("the file is %s, not an answer of the feed's onthisday/all/MM/DD; it needs selected, events, "+
			"births, deaths or holidays", kind)
	}
	var feed feedAnswer
	if err := json.Unmarshal(raw, &feed, feedOptions); err != nil {
		return nil, news.Invalidf("the file is not an answer of Wikimedia's feed: %v", jsonProblem(err))
	}
	return &feed, nil
}

// otherFeed names the JSON that raw holds when it is not an onthisday answer.
func otherFeed(raw []byte) string {
	switch jsontext.Value(raw).Kind() {
	case '[':
		return "a list, such as the feed's news"
	case '{':
	default:
		return "not a JSON object"
	}
	var top map[string]jsontext.Value
	if json.Unmarshal(raw, &top, feedOptions) != nil {
		return "" // the caller's own attempt has the better message
	}
	for _, key := range []string{"selected", "events", "births", "deaths", "holidays"} {
		if _, ok := top[key]; ok {
			return ""
		}
	}
	for key, kind := range map[string]string{
		"articles": "the feed's list of most read pages", "tfa": "the feed's featured content", "mostread": "the feed's featured content",
		"extract": "the summary of one page",
	} {
		if _, ok := top[key]; ok {
			return kind
		}
	}
	return "some other JSON"
}

// feedDay is the day the answer is about, which it does not say itself.
func feedDay(opt Options) (news.MonthDay, error) {
	if opt.Day != nil {
		return *opt.Day, nil
	}
	if m := dayInName.FindStringSubmatch(path.Base(strings.ReplaceAll(opt.Input, "\\", "/"))); m != nil {
		if day, err := news.ParseMonthDay(m[1] + "-" + m[2]); err == nil {
			return day, nil
		}
	}
	return news.MonthDay{}, news.Invalidf("the answer does not say which day it is about; give --day MM-DD, or a file name that ends "+
		"in MM-DD.json (the name was %q)", opt.Input)
}

var dayInName = regexp.MustCompile(`(?:^|[^0-9])(\d\d)[-_](\d\d)\.json(?:\.gz)?$`)

type feedReader struct {
	in   *run
	day  news.MonthDay
	refs map[news.Ref]bool
}

func (f *feedReader) read(feed *feedAnswer) error {
	f.refs = map[news.Ref]bool{}
	marked, alone := matchSelected(feed)
	for i, e := range feed.Events {
		if err := f.event("events", news.EventHappening, e, marked[i]); err != nil {
			return err
		}
	}
	for i, e := range feed.Selected {
		if !alone[i] {
			f.in.skip(f.origin("selected", e), "an entry of events is about the same; that is marked as selected")
			continue
		}
		if err := f.event("selected", news.EventHappening, e, true); err != nil {
			return err
		}
	}
	for _, list := range []struct {
		name   string
		kind   news.HistoricalEventKind
		events []feedEvent
	}{{"births", news.EventBirth, feed.Births}, {"deaths", news.EventDeath, feed.Deaths}, {"holidays", news.EventHoliday, feed.Holidays}} {
		for _, e := range list.events {
			if err := f.event(list.name, list.kind, e, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// matchSelected finds the entries of events that the selected ones repeat, mostly in other words: that of the same year
// with the most pages in common. alone are the selected entries without such a twin.
func matchSelected(feed *feedAnswer) (marked map[int]bool, alone map[int]bool) {
	marked, alone = map[int]bool{}, map[int]bool{}
	for i, s := range feed.Selected {
		best, most := -1, 0
		for j, e := range feed.Events {
			if !marked[j] && sameYear(s, e) {
				if n := inCommon(s, e); n > most {
					best, most = j, n
				}
			}
		}
		if best < 0 {
			alone[i] = true
		} else {
			marked[best] = true
		}
	}
	return marked, alone
}

func sameYear(a, b feedEvent) bool { return a.Year != nil && b.Year != nil && *a.Year == *b.Year }

func inCommon(a, b feedEvent) int {
	n := 0
	if a.Text == b.Text {
		n = 1000
	}
	for _, p := range a.Pages {
		if slices.ContainsFunc(b.Pages, func(q feedPage) bool { return p.Title != "" && p.Title == q.Title }) {
			n++
		}
	}
	return n
}

func (f *feedReader) origin(list string, e feedEvent) origin {
	year := "none"
	if e.Year != nil {
		year = strconv.Itoa(*e.Year)
	}
	sum := sha256.Sum256([]byte(e.Text))
	ref := fmt.Sprintf("wikimedia:%s/%s/%s/%s", f.day, list, year, hex.EncodeToString(sum[:8]))
	return origin{kind: list, ref: news.Ref(ref)}
}

func (f *feedReader) event(list string, kind news.HistoricalEventKind, e feedEvent, selected bool) error {
	o := f.origin(list, e)
	text := strings.TrimSpace(pictured.ReplaceAllString(markup.PlainTitle(e.Text), ""))
	if text == "" {
		f.in.fail(o, "the entry has no text")
		return nil
	}
	if f.refs[o.ref] {
		f.in.skip(o, "the list has the same entry before")
		return nil
	}
	f.refs[o.ref] = true
	date, problem := f.date(e.Year)
	if problem != "" {
		f.in.fail(o, problem)
		return nil
	}
	rec := newEvent(text, kind, f.in.opt.Locale)
	rec.Date, rec.IsSelected = date, selected
	for _, p := range e.Pages {
		c := citation(p)
		if rec.Locale == "" && localeTag.MatchString(p.Lang) {
			rec.Locale = news.Locale(p.Lang)
		}
		if c.Title != "" {
			rec.Sources = append(rec.Sources, c)
		}
	}
	return f.in.record(o, news.Record{Ref: o.ref, Event: rec}, "")
}

// pictured is what Wikipedia's front page adds about the picture beside it.
var pictured = regexp.MustCompile(`\s*\((?:[^()]{0,60} )?pictured\)`)

// date writes the day with an astronomical year; a holiday has no year.
func (f *feedReader) date(year *int) (news.EDTF, string) {
	switch {
	case year == nil:
		return news.EDTF("XXXX-" + f.day.String()), ""
	case *year == 0:
		return "", "the year 0 does not exist in the feed's count"
	case *year > 9999 || *year < -9999:
		return "", fmt.Sprintf("the year %d is out of range", *year)
	case *year > 0:
		return edtfDay(*year, f.day.Month, f.day.Day), ""
	}
	return edtfDay(*year+1, f.day.Month, f.day.Day), ""
}

func citation(p feedPage) news.Citation {
	title := cmp.Or(p.Titles.Normalized, p.Normalized, strings.ReplaceAll(cmp.Or(p.Titles.Canonical, p.Title), "_", " "))
	publisher := "Wikipedia"
	c := news.Citation{Title: markup.PlainTitle(title), Publisher: &publisher}
	address := p.URLs.Desktop.Page
	if name := cmp.Or(p.Titles.Canonical, p.Title); address == "" && name != "" && localeTag.MatchString(p.Lang) {
		address = "https://" + p.Lang + ".wikipedia.org/wiki/" + url.PathEscape(strings.ReplaceAll(name, " ", "_"))
	}
	if safe, ok := markup.SafeURL(address); ok {
		u := news.URL(safe)
		c.URL = &u
	}
	return c
}

// headline is the first sentence of a text, or of a long sentence the first clause, in at most 120 characters.
func headline(text string) string {
	const most = 120
	if i := sentenceEnd(text); i > 0 {
		text = text[:i]
	}
	text = strings.TrimSuffix(text, ".")
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	if i := strings.LastIndexAny(string([]rune(text)[:most]), ",;:—–"); i > most/2 {
		return strings.TrimSpace(text[:i])
	}
	return markup.Excerpt(text, most)
}

// sentenceEnd is the position behind the first full stop that ends a sentence; 0 when there is none. A stop after a single
// letter or a short capitalised word, as in "J. R. R. Tolkien" or "St. Peter", does not end one.
func sentenceEnd(text string) int {
	for i, r := range text {
		if r == '。' || r == '！' || r == '？' {
			return i + utf8.RuneLen(r)
		}
		if r != '.' || !strings.HasPrefix(text[i+1:], " ") {
			continue
		}
		word := text[strings.LastIndexAny(text[:i], " .(")+1 : i]
		next, _ := utf8.DecodeRuneInString(strings.TrimLeft(text[i+1:], " "))
		letters := utf8.RuneCountInString(word)
		initial, _ := utf8.DecodeRuneInString(word)
		if letters > 3 && unicode.IsUpper(next) || letters > 1 && unicode.IsLower(initial) && unicode.IsUpper(next) {
			return i + 1
		}
	}
	return 0
}
