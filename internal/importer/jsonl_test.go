package importer

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
)

func pointer[T any](v T) *T { return &v }

// fullRecords set every field that a line can carry.
var fullSchedule = news.Schedule{PublishAt: aDay, EmbargoUntil: aDay, ExpiresAt: aDay}

var fullRecords = []news.Record{
	{Ref: "ours:site", Site: &news.SiteRecord{Site: news.Site{Name: "Gazette", Tagline: pointer("News"), URL: "https://example.org", TimeZone: "Asia/Baghdad",
		DefaultLocale: "ar", Locales: []news.Locale{"ar", "en"}, SocialLinks: []news.URL{"https://social.example.org/g"}, RelatedHalfLife: new(90),
		AllMenus: []news.Menu{{Location: "primary", Items: []news.MenuItem{{Label: "World", Target: "/world/"}, {Label: "Asia", Target: "/world/asia/", ParentIndex: pointer(0)}}}}, UpdatedAt: aDay},
		About: &news.AboutRecord{Heading: "About Us", Body: "<p>We</p>", Page: "ours:page/about"}}},
	{Ref: "ours:image/1", Image: &news.ImageRecord{Image: news.Image{File: "/media/1.svg", MimeType: "image/svg+xml", SizeInBytes: pointer(9), Title: pointer("One"),
		Credit: pointer("N. A."), AltText: pointer(""), Width: pointer(4), Height: pointer(3), UpdatedAt: aDay}, Caption: "<b>One</b>"}},
	{Ref: "ours:author/1", Author: &news.AuthorRecord{Author: news.Author{Path: "/author/one/", Name: "One", Slug: "one", JobTitle: pointer("Editor"),
		Links: []news.URL{"https://example.org/one"}, UpdatedAt: aDay}, Bio: "<p>Writes</p>", Portrait: "ours:image/1", RedirectsFrom: []news.Path{"/?author=1"}}},
	{Ref: "ours:topic/1", Topic: &news.TopicRecord{Topic: news.Topic{Path: "/topic/one/", Kind: news.TopicPlace, Name: "One", Slug: "one", Locale: "en",
		Aliases: []string{"Uno"}, Description: pointer("A place"), SameAs: []news.URL{"https://example.org/q1"}, UpdatedAt: aDay}, Image: "ours:image/1", RedirectsFrom: []news.Path{"/tag/one/"}}},
	{Ref: "ours:category/1", Category: &news.CategoryRecord{Category: news.Category{Path: "/one/", Name: "One", Slug: "one", Locale: "en", Description: pointer("First"),
		Position: 3, UpdatedAt: aDay}, Parent: "ours:category/0", RedirectsFrom: []news.Path{"/?cat=1"}}},
	{Ref: "ours:page/1", Page: &news.PageRecord{Page: news.Page{Head: fullHead}, Schedule: fullSchedule, Body: "<p>Page</p>", Parent: "ours:page/0", RedirectsFrom: []news.Path{"/old/"},
		ExternalRefs: []news.ExternalRef{{System: "guid", Value: "x", URL: pointer(news.URL("https://example.org/x"))}}}},
	{Ref: "ours:article/1", Article: &news.ArticleRecord{Article: news.Article{Head: fullHead, Kind: news.ArticleOpinion,
		Dateline:   &news.Dateline{Text: "BAGHDAD, July 16, 2022 —", Place: pointer("Baghdad"), Date: &news.Date{Year: 2022, Month: 7, Day: 16}},
		Standfirst: pointer("First"), EditorSummary: pointer("Short"), IsSticky: true}, Schedule: fullSchedule, Body: "<p>Text</p>",
		Hidden: news.Hides("ours:article/4"), IsNotSyndicatable: true, Corrections: []news.Correction{{Kind: news.CorrectionUpdate, Notice: "More", At: aDay}},
		Byline:          []news.CreditRecord{{Name: "One", Role: news.RoleTranslator, Author: "ours:author/1"}},
		PrimaryCategory: "ours:category/1", Categories: []news.Ref{"ours:category/1"},
		Topics:    []news.TopicLink{{Topic: "ours:topic/1", Relevance: pointer(0.5), Source: news.SourceEditor}},
		LeadImage: "ours:image/1", Related: news.Pins("ours:article/2"), Events: []news.Ref{"ours:event/1"}, TranslationOf: "ours:article/3",
		RedirectsFrom: []news.Path{"/old/1/"}, ExternalRefs: []news.ExternalRef{{System: "guid", Value: "x"}}}},
	{Ref: "ours:event/1", Event: &news.EventRecord{HistoricalEvent: news.HistoricalEvent{Head: fullHead, Kind: news.EventBirth, Verification: news.Disputed, IsSelected: true}, Schedule: fullSchedule,
		Date: "-0043-03-15", Calendar: news.CalendarJulian, Description: "<p>Ides</p>", Significance: pointer(0),
		Sources: []news.Citation{{Title: "Book", URL: pointer(news.URL("https://example.org/b")), Publisher: pointer("P"), AccessedAt: &news.Date{Year: 2024, Month: 2, Day: 29}, Quote: pointer("Q")}},
		DateClaims: []news.DateClaimRecord{{Date: "-0043-03-15", Calendar: news.CalendarJulian, IsAccepted: true, Source: &news.Citation{Title: "Book"}, Note: pointer("N"),
			ClaimedAt: aDay, ClaimedBy: pointer("One"), PrintedIn: "ours:article/1"}},
		Place: "ours:topic/1", Image: "ours:image/1", Topics: []news.Ref{"ours:topic/1"}, Categories: []news.Ref{"ours:category/1"}, RedirectsFrom: []news.Path{"/e/"},
		ExternalRefs: []news.ExternalRef{{System: "wikidata", Value: "Q1"}}}},
	{Ref: "ours:redirect/1", Redirect: &news.RedirectRecord{From: "/gone/", Target: "ours:page/1", Reason: "moved"}},
}

var aDay = time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)

var fullHead = news.Head{Path: "/one/two/", Title: "Two \u2028 & <b>", Slug: "two", Locale: "ar-IQ", Status: news.StatusRetracted,
	CreatedAt: time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC), UpdatedAt: time.Date(2021, 1, 2, 3, 4, 5, 6000, time.UTC), PublishedAt: time.Date(2020, 2, 2, 3, 4, 5, 0, time.UTC)}

func TestRoundTrip(t *testing.T) {
	var file bytes.Buffer
	for _, rec := range fullRecords {
		line, err := EncodeRecord(rec)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := DecodeRecord(line)
		if err != nil || !reflect.DeepEqual(got, rec) {
			t.Errorf("%v\ngot  %+v\nfrom %s", err, got, line)
		}
		for _, name := range jsonNames(t, rec) {
			if !bytes.Contains(line, []byte(`"`+name+`":`)) {
				t.Errorf("the field %s of %s is not set: %s", name, rec.Ref, line)
			}
		}
		file.Write(append(line, '\n'))
	}
	rep, err := Run(t.Context(), JSONLines, &file, Options{DryRun: true})
	if err != nil || rep.Created != len(fullRecords) || !rep.OK() {
		t.Errorf("%v %+v", err, rep.Records)
	}
	if _, err := EncodeRecord(news.Record{Ref: "a:b"}); err == nil {
		t.Error("an empty record was encoded")
	}
}

// jsonNames lists the fields that a line of rec's type can have.
func jsonNames(t *testing.T, rec news.Record) (names []string) {
	t.Helper()
	v := reflect.ValueOf(rec)
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Pointer && !f.IsNil() {
			names = append(names, structNames(f.Type().Elem())...)
		}
	}
	return names
}

func structNames(t reflect.Type) (names []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() {
			continue
		}
		if f.Anonymous {
			names = append(names, structNames(f.Type)...)
		} else if name != "-" {
			names = append(names, name)
		}
	}
	return names
}

func TestBadLines(t *testing.T) {
	for _, c := range []struct{ line, ref, want string }{
		{`{"type":"artikle","ref":"a:1"}`, "line:1", `unknown type "artikle"; use one of site, image, author`},
		{`{"ref":"a:1","name":"x"}`, "line:1", `"type" is missing`},
		{`{"type":7}`, "line:1", `"type" must be a string`},
		{`{"type":"topic","ref":"a:1","name":"x","colour":"red"}`, "a:1", `unknown field "colour"`},
		{`{"type":"topic","ref":"a:1","Name":"x"}`, "a:1", `unknown field "Name"`},
		{`{"type":"article","ref":"a:1","title":"x","body":"","byline":[{"nme":"x"}]}`, "a:1", `unknown field "byline.0.nme"`},
		{`{"type":"topic","ref":"a:1","name":7}`, "a:1", `field "name"`},
		{`{"type":"topic","ref":"a:1","name":"x","name":"y"}`, "a:1", "duplicate"},
		{`{"type":"topic","ref":"a:1","name":"x"`, "a:1", "not valid JSON"},
		{`{"type":"topic","ref":"a:1","name":"x"} {}`, "a:1", "not valid JSON"},
		{`[1]`, "line:1", "must be a JSON object"},
		{`nonsense`, "line:1", "not valid JSON at byte 1"},
		{`{"type":"topic","name":"x"}`, "line:1", "ref is missing"},
		{`{"type":"topic","ref":"nocolon","name":"x"}`, "nocolon", "is not a reference"},
		{`{"type":"topic","ref":"a:1"}`, "a:1", "name is missing"},
		{`{"type":"topic","ref":"a:1","name":"x","kind":"THING"}`, "a:1", `kind "THING" is unknown; use one of [SUBJECT`},
		{`{"type":"article","ref":"a:1","title":"x","body":"","status":"LIVE"}`, "a:1", `status "LIVE" is unknown`},
		{`{"type":"article","ref":"a:1","title":"x","body":"","status":"SCHEDULED"}`, "a:1", "publishedAt and publishAt are missing"},
		{`{"type":"article","ref":"a:1","title":"x","body":"","publishedAt":"yesterday"}`, "a:1", `field "publishedAt"`},
		{`{"type":"article","ref":"a:1","title":"x","body":"","path":"//evil.example"}`, "a:1", `path "//evil.example" is not a path`},
		{`{"type":"article","ref":"a:1","title":"x","body":"","topics":[{"topic":"a:2","relevance":2}]}`, "a:1", "relevance 2"},
		{`{"type":"article","ref":"a:1","title":"x","body":"","byline":[{}]}`, "a:1", "neither name nor author"},
		{`{"type":"article","ref":"a:1","title":"x","body":"","dateline":{"text":"x","date":"2022-02-30"}}`, "a:1", `field "dateline.date"`},
		{`{"type":"image","ref":"a:1","url":"javascript:alert(1)"}`, "a:1", "not an http or https address"},
		{`{"type":"event","ref":"a:1","title":"x","date":"44 BC"}`, "a:1", `date "44 BC"`},
		{`{"type":"event","ref":"a:1","title":"x","date":"1998-10-05","significance":101}`, "a:1", "significance 101"},
		{`{"type":"redirect","ref":"a:1","target":"a:2"}`, "a:1", "from is missing"},
		{"{\"type\":\"topic\",\"ref\":\"a:1\",\"name\":\"\xff\"}", "a:1", "invalid UTF-8"},
	} {
		rep, err := Run(t.Context(), JSONLines, strings.NewReader(c.line+"\n\n"+topicLines(1)), Options{DryRun: true})
		if err != nil {
			t.Errorf("%s: %v", c.line, err)
			continue
		}
		checkSums(t, rep)
		if rep.Failed != 1 || rep.Created != 1 {
			t.Errorf("%s: %+v", c.line, rep.Counts)
			continue
		}
		if r := rep.Records[0]; r.Line != 1 || string(r.Ref) != c.ref || !strings.Contains(r.Reason, c.want) {
			t.Errorf("%s: %+v, want %q", c.line, r, c.want)
		}
	}
}

func TestLongLines(t *testing.T) {
	line := func(id, length int) string {
		return fmt.Sprintf(`{"type":"page","ref":"a:%d","title":"x","body":"%s"}`, id, strings.Repeat("x", length))
	}
	text := line(1, 5<<20) + "\r\n" + line(2, maxLine) + "\n" + line(3, 10) + "\n\n  \n" + line(4, 300<<10)
	s := &sink{}
	rep, err := Run(t.Context(), JSONLines, strings.NewReader(text), Options{Sink: s.write})
	if err != nil || rep.Created != 3 || rep.Failed != 1 {
		t.Fatal(err, rep.Counts)
	}
	if len(s.records[0].Page.Body) != 5<<20 || s.records[1].Ref != "a:3" || len(s.records[2].Page.Body) != 300<<10 {
		t.Error("wrong records")
	}
	if r := rep.Records[0]; r.Line != 2 || r.Byte != int64(len(line(1, 5<<20))+2) || !strings.Contains(r.Reason, "longer than 32 MB") {
		t.Errorf("%+v", r)
	}
}

func TestLocaleOfTheOperator(t *testing.T) {
	s := &sink{}
	text := topicLines(1) + `{"type":"article","ref":"a:1","title":"x","body":"","locale":"ar"}` + "\n" + `{"type":"page","ref":"a:2","title":"x","body":""}`
	if _, err := Run(t.Context(), JSONLines, strings.NewReader(text), Options{Sink: s.write, Locale: "de"}); err != nil {
		t.Fatal(err)
	}
	if s.records[0].Topic.Locale != "de" || s.records[1].Article.Locale != "ar" || s.records[2].Page.Locale != "de" {
		t.Error("the operator's locale is for records without one")
	}
}

func FuzzDecodeRecord(f *testing.F) {
	for _, rec := range fullRecords {
		line, err := EncodeRecord(rec)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(line)
	}
	f.Add([]byte(`{"ref":{"type":"x"},"type":"topic"}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		rec, kind, err := DecodeRecord(line)
		if err != nil {
			return
		}
		again, err := EncodeRecord(rec)
		if err != nil {
			return // a year that RFC 3339 cannot write
		}
		got, kind2, err := DecodeRecord(again)
		if err != nil || kind2 != kind {
			t.Fatalf("%s\nbecame\n%s\n%v", line, again, err)
		}
		third, err := EncodeRecord(got)
		if err != nil || !bytes.Equal(third, again) {
			t.Errorf("%s\nbecame\n%s\n%v", again, third, err)
		}
		checkRecord(&rec)
	})
}

// TestDocs looks for every field of every type in the section of docs/import.md about it.
func TestDocs(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "import.md"))
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for section := range strings.SplitSeq(string(raw), "\n### ") {
		name, text, _ := strings.Cut(section, "\n")
		sections[name] = text
	}
	for _, rec := range fullRecords {
		line, err := EncodeRecord(rec)
		if err != nil {
			t.Fatal(err)
		}
		_, kind, _ := DecodeRecord(line)
		text := sections[kind]
		if kind == "article" || kind == "page" || kind == "event" {
			text += sections["Entries"]
		}
		for _, name := range jsonNames(t, rec) {
			if !strings.Contains(text, "`"+name+"`") {
				t.Errorf("docs/import.md does not describe the field %s of %s", name, kind)
			}
		}
	}
	// The examples are good lines.
	_, examples, _ := strings.Cut(string(raw), "```json\n{\"type\"")
	examples, _, _ = strings.Cut(`{"type"`+examples, "```")
	rep, err := Run(t.Context(), JSONLines, strings.NewReader(examples), Options{DryRun: true})
	if err != nil || rep.Created != 4 || !rep.OK() {
		t.Errorf("%v %+v", err, rep.Records)
	}
}
