package importer

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/dateline-cms/dateline/internal/news"
)

// read imports an export given as text and fails the test when the run fails.
func read(t testing.TB, text string, opt Options) (*sink, *Report) {
	t.Helper()
	s := &sink{}
	opt.Sink = s.write
	rep, err := Run(t.Context(), WXR, strings.NewReader(text), opt)
	if err != nil {
		t.Fatal(err)
	}
	return s, rep
}

// item is an <item> with the usual fields, which fields replace or add to.
func item(fields string) string {
	return "<item><title>A story</title><wp:post_id>7</wp:post_id><wp:post_name>a-story</wp:post_name>" +
		"<link>https://gazette.example.org/2024/a-story/</link><wp:post_type>post</wp:post_type>" + fields + "</item>\n"
}

func export(parts ...string) string { return exportHead + strings.Join(parts, "") + exportTail }

func onlyArticle(t testing.TB, s *sink) *news.ArticleRecord {
	t.Helper()
	var found *news.ArticleRecord
	for _, r := range s.records {
		if r.Article != nil {
			if found != nil {
				t.Fatal("more than one article")
			}
			found = r.Article
		}
	}
	if found == nil {
		t.Fatal("no article")
	}
	return found
}

// TestExport compares all records of an export with testdata/gazette.jsonl, which was checked by hand against the
// export, and the counts with what the export holds.
func TestExport(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "gazette.xml"))
	if err != nil {
		t.Fatal(err)
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	s, rep := read(t, string(raw), Options{Location: berlin})
	checkSums(t, rep)
	var got bytes.Buffer
	for _, r := range s.records {
		line, err := EncodeRecord(r)
		if err != nil {
			t.Fatal(err)
		}
		got.Write(append(line, '\n'))
	}
	golden := filepath.Join("testdata", "gazette.jsonl")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	wantLines, gotLines := strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")
	for i := range max(len(wantLines), len(gotLines)) {
		var w, g string
		if i < len(wantLines) {
			w = wantLines[i]
		}
		if i < len(gotLines) {
			g = gotLines[i]
		}
		if w != g {
			t.Errorf("record %d:\ngot  %s\nwant %s", i+1, g, w)
		}
	}
	counts := map[string]Counts{
		"author":         {Source: 2, Created: 2},
		"implied author": {Source: 1, Created: 1},
		"category":       {Source: 3, Created: 3},
		"tag":            {Source: 1, Created: 1},
		"implied tag":    {Source: 1, Created: 1},
		"term":           {Source: 3, Created: 1, Skipped: 2},
		"post":           {Source: 2, Created: 2},
		"page":           {Source: 2, Created: 2},
		"attachment":     {Source: 2, Created: 1, Skipped: 1},
		"nav_menu_item":  {Source: 5, Created: 4, Skipped: 1},
		"ship":           {Source: 1, Skipped: 1},
		"comment":        {Source: 1, Skipped: 1},
		"site":           {Source: 1, Created: 1},
	}
	for kind, c := range rep.ByType {
		if *c != counts[kind] {
			t.Errorf("%s: %+v, want %+v", kind, *c, counts[kind])
		}
		delete(counts, kind)
	}
	if len(counts) > 0 {
		t.Errorf("not in the report: %v", counts)
	}
	wantUnsupported := []Unsupported{
		{"block", "latest-posts", 1, "wordpress:example.org/gazette/post/101"},
		{"custom field", "mood", 1, "wordpress:example.org/gazette/post/101"},
		{"gallery image", "not in the file", 1, "wordpress:example.org/gazette/post/102"},
		{"taxonomy", "ship_type", 1, "wordpress:example.org/gazette/post/101"},
	}
	if !reflect.DeepEqual(rep.Unsupported, wantUnsupported) {
		t.Errorf("unsupported: %+v", rep.Unsupported)
	}
	var text strings.Builder
	if err := rep.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`the custom post type "ship" has no place in Dateline (wordpress:example.org/gazette/ship/401 at line`,
		"not an image (application/pdf)", "it points to the page 999, which is not in the file",
		"1 × block latest-posts, for example in wordpress:example.org/gazette/post/101",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text lacks %q:\n%s", want, text.String())
		}
	}
}

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		fields    string
		want      news.EntryStatus
		published bool
		note      string
	}{
		{"<wp:status>publish</wp:status>", news.StatusPublished, true, ""},
		{"", news.StatusPublished, true, ""},
		{"<wp:status>draft</wp:status>", news.StatusDraft, false, ""},
		{"<wp:status>auto-draft</wp:status>", news.StatusDraft, false, ""},
		{"<wp:status>pending</wp:status>", news.StatusInReview, false, ""},
		{"<wp:status>future</wp:status>", news.StatusScheduled, true, ""},
		{"<wp:status>private</wp:status>", news.StatusUnpublished, true, ""},
		{"<wp:status>publish</wp:status><wp:post_password>x</wp:post_password>", news.StatusUnpublished, true, "password"},
		{"<wp:status>embargoed</wp:status>", news.StatusUnpublished, true, `"embargoed" is not WordPress's own`},
	} {
		s, rep := read(t, export(item(c.fields+"<wp:post_date_gmt>2024-05-03 08:00:00</wp:post_date_gmt>")), Options{})
		a := onlyArticle(t, s)
		if a.Status != c.want || a.PublishedAt.IsZero() == c.published || a.CreatedAt.IsZero() != c.published {
			t.Errorf("%s: %s, published %v, created %v", c.fields, a.Status, a.PublishedAt, a.CreatedAt)
		}
		if note := fmt.Sprint(rep.Records); !strings.Contains(note, c.note) || c.note == "" && note != "[]" {
			t.Errorf("%s: notes %s", c.fields, note)
		}
	}
	s, rep := read(t, export(item("<wp:status>trash</wp:status>"),
		"<item><title/><wp:post_id>8</wp:post_id><wp:post_type>post</wp:post_type><wp:status>auto-draft</wp:status></item>"), Options{})
	if rep.ByType["post"].Skipped != 2 || len(s.records) != 1 {
		t.Errorf("trash and an empty draft: %+v", rep.Records)
	}
}

func TestDate(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ fields, want, note string }{
		{"<wp:post_date>2024-05-03 10:00:00</wp:post_date><wp:post_date_gmt>2024-05-03 07:00:00</wp:post_date_gmt>", "2024-05-03T07:00:00Z", ""},
		{"<wp:post_date>2024-05-03 10:00:00</wp:post_date><wp:post_date_gmt>0000-00-00 00:00:00</wp:post_date_gmt>", "2024-05-03T08:00:00Z", ""},
		{"<wp:post_date>2024-01-03 10:00:00</wp:post_date>", "2024-01-03T09:00:00Z", ""},
		{"<pubDate>Fri, 03 May 2024 10:00:00 +0200</pubDate>", "2024-05-03T08:00:00Z", ""},
		{"<wp:post_date_gmt>2024-13-45 07:00:00</wp:post_date_gmt><pubDate>Fri, 03 May 2024 10:00:00 +0200</pubDate>", "2024-05-03T08:00:00Z", "another"},
		{"<wp:post_date_gmt>yesterday</wp:post_date_gmt>", "0001-01-01T00:00:00Z", `"yesterday" is not a date`},
		{"<pubDate>Mon, 30 Nov -0001 00:00:00 +0000</pubDate>", "0001-01-01T00:00:00Z", ""},
		{"", "0001-01-01T00:00:00Z", ""},
	} {
		s, rep := read(t, export(item(c.fields)), Options{Location: berlin})
		if got := onlyArticle(t, s).PublishedAt.Format(time.RFC3339); got != c.want {
			t.Errorf("%s: %s, want %s", c.fields, got, c.want)
		}
		if note := fmt.Sprint(rep.Records); !strings.Contains(note, c.note) || c.note == "" && note != "[]" {
			t.Errorf("%s: notes %s", c.fields, note)
		}
	}
}

func TestPermalinks(t *testing.T) {
	for _, c := range []struct {
		fields string
		path   news.Path
		from   string
	}{
		{"<link>https://gazette.example.org/2024/a-story/</link>", "/2024/a-story/", "[/?p=7]"},
		{"<link>https://gazette.example.org/2024/a-story</link>", "/2024/a-story", "[/?p=7]"},
		{"<link>https://www.gazette.example.org/a-story/</link>", "/a-story/", "[/?p=7]"},
		{"<link>https://gazette.example.org/?p=7</link>", "", "[/?p=7]"},
		{"<link>https://elsewhere.example.net/a-story/</link>", "", "[/?p=7]"},
		{"<link>https://gazette.example.org/%D9%85-%d9%8a/</link>", "/%D9%85-%D9%8A/", "[/?p=7]"},
		{"<link>https://gazette.example.org/م/</link>", "/%D9%85/", "[/?p=7]"},
		{"<guid>https://gazette.example.org/old/a-story/</guid>", "/2024/a-story/", "[/?p=7 /old/a-story/]"},
		{"<guid>https://elsewhere.example.net/old/a-story/</guid>", "/2024/a-story/", "[/?p=7]"},
		{"<guid>https://gazette.example.org/?p=8</guid>", "/2024/a-story/", "[/?p=7]"},
		{meta("_wp_old_slug", "a-tale") + meta("_wp_old_slug", "a-tale") + meta("_wp_old_slug", "ein%20M%c3%a4rchen"), "/2024/a-story/",
			"[/?p=7 /2024/a-tale/ /2024/ein%20M%C3%A4rchen/]"},
		{"<link>https://gazette.example.org/a-story/7/</link>" + meta("_wp_old_slug", "a-tale"), "/a-story/7/", "[/?p=7 /a-tale/7/]"},
	} {
		s, _ := read(t, export(item(c.fields)), Options{})
		a := onlyArticle(t, s)
		if a.Path != c.path || fmt.Sprint(a.RedirectsFrom) != c.from {
			t.Errorf("%s: %q %v, want %q %s", c.fields, a.Path, a.RedirectsFrom, c.path, c.from)
		}
	}
}

func meta(key, value string) string {
	return "<wp:postmeta><wp:meta_key>" + key + "</wp:meta_key><wp:meta_value>" + value + "</wp:meta_value></wp:postmeta>"
}

func TestOldVersions(t *testing.T) {
	// WXR 1.0: no authors, parents by name, each term of an item twice, once without domain.
	text := strings.ReplaceAll(export(
		"<wp:category><wp:category_nicename>quay</wp:category_nicename><wp:category_parent>The Harbour</wp:category_parent><wp:cat_name>Quay</wp:cat_name></wp:category>",
		"<wp:category><wp:category_nicename>harbour</wp:category_nicename><wp:category_parent></wp:category_parent><wp:cat_name>The Harbour</wp:cat_name></wp:category>",
		item(`<dc:creator>Old Hand</dc:creator><category>Quay</category><category domain="category" nicename="quay">Quay</category>`+
			`<category domain="tag" nicename="rope">Rope</category>`)), "export/1.2", "export/1.0")
	s, rep := read(t, text, Options{})
	a := onlyArticle(t, s)
	if got := fmt.Sprint(a.Categories, a.Topics[0].Topic, a.Byline); got !=
		"[wordpress:gazette.example.org/category/quay]wordpress:gazette.example.org/tag/rope[{Old Hand  wordpress:gazette.example.org/author/Old-Hand}]" {
		t.Error(got)
	}
	for _, r := range s.records {
		if r.Category != nil && r.Category.Name == "Quay" &&
			(r.Category.Parent != "wordpress:gazette.example.org/category/harbour" || r.Category.Path != "/category/harbour/quay/") {
			t.Errorf("%+v", r.Category)
		}
	}
	if inSource(rep, "implied author") != 1 || inSource(rep, "implied tag") != 1 {
		t.Errorf("%+v", rep.ByType)
	}
	// Only plain RSS categories: those of the header are found by name, the others become tags.
	s, _ = read(t, export("<wp:category><wp:category_nicename>quay</wp:category_nicename><wp:cat_name>Quay</wp:cat_name></wp:category>",
		item("<category>Quay</category><category>Rope</category>")), Options{})
	if a := onlyArticle(t, s); len(a.Categories) != 1 || len(a.Topics) != 1 {
		t.Errorf("%v %v", a.Categories, a.Topics)
	}
}

func TestOperatorOptions(t *testing.T) {
	for _, c := range []struct {
		opt         Options
		locale, url string
	}{
		{Options{}, "en-GB", "https://gazette.example.org"},
		{Options{Locale: "de", SiteURL: "http://localhost:8080"}, "de", "http://localhost:8080"},
	} {
		s, _ := read(t, export(item("")), c.opt)
		site := s.records[len(s.records)-1].Site
		if site == nil || string(site.DefaultLocale) != c.locale || string(site.URL) != c.url {
			t.Errorf("%+v", site)
		}
		if a := onlyArticle(t, s); string(a.Locale) != c.locale {
			t.Errorf("article locale %q", a.Locale)
		}
	}
}

// TestBrokenItems breaks the middle one of three items; the other two must come through, and the report must say where.
func TestBrokenItems(t *testing.T) {
	first := strings.ReplaceAll(strings.ReplaceAll(item("<content:encoded><![CDATA[one]]></content:encoded>"), ">7<", ">1<"), "A story", "First")
	last := strings.ReplaceAll(strings.ReplaceAll(item("<content:encoded><![CDATA[three]]></content:encoded>"), ">7<", ">3<"), "A story", "Last")
	middle := func(body string) string {
		return "<item>\n<title>Middle</title>\n<wp:post_id>2</wp:post_id>\n<wp:post_type>post</wp:post_type>\n" + body
	}
	for _, c := range []struct {
		name, middle string
		failed       int
		titles       string
		reason       string
	}{
		{"no end of item", middle("<content:encoded><![CDATA[two]]></content:encoded>\n"), 1, "First Last", "not closed before the next item"},
		{"no end of CDATA", middle("<content:encoded><![CDATA[two</content:encoded>\n</item>\n"), 1, "First Last", "CDATA section in it is not closed"},
		{"no end of comment", middle("<!-- two</item>\n"), 1, "First", "ends inside <item>"},
		{"unescaped markup", middle("<content:encoded><p>two</p></content:encoded></item>"), 1, "First Last", "not escaped"},
		{"declaration", middle("<!ENTITY x 'y'></item>"), 1, "First Last", "declaration"},
		{"crossed tags", middle("<content:encoded>two</wp:status></item>"), 0, "First Middle Last", "line "},
		{"bare ampersand", middle("<content:encoded>one & two</content:encoded></item>"), 0, "First Middle Last", "line "},
		{"control character", middle("<content:encoded><![CDATA[t\x01w\x08o]]></content:encoded></item>"), 0, "First Middle Last", "not valid text"},
		{"reference to a control character", middle("<content:encoded>t&#1;wo</content:encoded></item>"), 0, "First Middle Last", "repaired"},
		{"not UTF-8", middle("<content:encoded><![CDATA[caf\xe9]]></content:encoded></item>"), 0, "First Middle Last", "not valid text"},
		{"same id", strings.ReplaceAll(middle("</item>"), ">2<", ">1<"), 1, "First Last", "same post_id"},
		{"stray <", "< & <3 \n" + middle("</item>"), 0, "First Middle Last", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, rep := read(t, export(first, c.middle, last), Options{})
			checkSums(t, rep)
			var titles []string
			for _, r := range s.records {
				if r.Article != nil {
					titles = append(titles, r.Article.Title)
				}
			}
			if got := strings.Join(titles, " "); got != c.titles {
				t.Errorf("imported %s, want %s", got, c.titles)
			}
			if rep.Failed != c.failed {
				t.Errorf("%d failed: %+v", rep.Failed, rep.Records)
			}
			if c.reason == "" {
				return
			}
			if len(rep.Records) != 1 || !strings.Contains(rep.Records[0].Reason, c.reason) {
				t.Fatalf("records: %+v", rep.Records)
			}
			// The head has 11 lines, and the first item one.
			if r := rep.Records[0]; r.Line != 13 || r.Byte != int64(len(exportHead)+len(first)) || !strings.HasPrefix(string(r.Ref), "wordpress:gazette.example.org/post/") {
				t.Errorf("position: %+v", r)
			}
		})
	}
}

// TestCutOff cuts a good export at every byte. What came before must be kept, and the report must say so.
func TestCutOff(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "gazette.xml"))
	if err != nil {
		t.Fatal(err)
	}
	step := 29
	if raceOn {
		step = 211
	}
	end := bytes.Index(raw, []byte("</channel>"))
	before := -1
	for n := 0; n < end; n += step {
		s := &sink{}
		rep, err := Run(t.Context(), WXR, bytes.NewReader(raw[:n]), Options{Sink: s.write})
		checkSums(t, rep)
		if err != nil {
			if news.KindOf(err) != news.Invalid || n > 1500 {
				t.Fatalf("cut at %d: %v", n, err)
			}
			continue
		}
		if rep.OK() || rep.Incomplete == "" && rep.Failed == 0 {
			t.Fatalf("cut at %d: the report says all is well", n)
		}
		if rep.Source-inSource(rep, "site") < before-2 {
			t.Fatalf("cut at %d: %d records, %d with less of the file", n, rep.Source, before)
		}
		before = rep.Source
	}
	s, rep := read(t, string(raw[:bytes.Index(raw, []byte("<title>About us"))]), Options{})
	if len(s.records) < 10 || !strings.Contains(rep.Incomplete, "before </channel>") || rep.Failed != 1 ||
		!strings.Contains(rep.Records[len(rep.Records)-1].Reason+rep.Records[0].Reason+fmt.Sprint(rep.Records), "the file ends inside <item>") {
		t.Errorf("%q %+v", rep.Incomplete, rep.Records)
	}
}

func TestRefused(t *testing.T) {
	bomb := "<?xml version=\"1.0\"?>\n<!DOCTYPE rss [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>\n" + strings.TrimPrefix(exportHead, "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n") + exportTail
	for _, c := range []struct{ text, want string }{
		{bomb, "declares XML entities"},
		{"<!DOCTYPE rss SYSTEM \"file:///etc/passwd\"><rss/>", "document type declaration"},
		{"<rss xmlns:wp=\"http://wordpress.org/export/1.2/\"><channel><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]></channel></rss>", "declares XML entities"},
		{"<html><body></body></html>", "the outermost element is <html>"},
		{"<rss version=\"2.0\"><channel><title>x</title><item><title>y</title></item></channel></rss>", "not a WordPress export"},
		{"", "no XML"},
		{"PK\x03\x04 a zip file", "XML"},
		{"<?xml version=\"1.0\" encoding=\"x-klingon\"?><rss/>", "encoding \"x-klingon\" of the file is unknown"},
		{"\x1f\x8b broken gzip", "gzip"},
	} {
		s := &sink{}
		rep, err := Run(t.Context(), WXR, strings.NewReader(c.text), Options{Sink: s.write})
		if news.KindOf(err) != news.Invalid || !strings.Contains(fmt.Sprint(err), c.want) || rep == nil || len(s.records) > 0 {
			t.Errorf("%.40q: %v, want %q", c.text, err, c.want)
		}
	}
}

func TestEncodings(t *testing.T) {
	text := export(strings.Replace(item(""), "A story", "Grüße, “Zoë”", 1))
	for _, c := range []struct {
		name string
		enc  encoding.Encoding
	}{
		{"windows-1252", charmap.Windows1252}, {"UTF-16", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)},
		{"UTF-16", unicode.UTF16(unicode.BigEndian, unicode.UseBOM)}, {"UTF-8", unicode.UTF8BOM}, {"UTF-8", unicode.UTF8},
	} {
		raw, err := c.enc.NewEncoder().String(strings.Replace(text, "UTF-8", c.name, 1))
		if err != nil {
			t.Fatal(err)
		}
		s, rep := read(t, raw, Options{})
		if a := onlyArticle(t, s); a.Title != "Grüße, “Zoë”" || !rep.OK() {
			t.Errorf("%s: %q", c.name, a.Title)
		}
	}
}

func TestGzip(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	io.WriteString(z, export(item("<content:encoded><![CDATA["+strings.Repeat(paragraph, 500)+"]]></content:encoded>"), strings.ReplaceAll(item(""), ">7<", ">8<")))
	z.Close()
	_, rep := read(t, zipped.String(), Options{})
	if !rep.OK() || inSource(rep, "post") != 2 {
		t.Errorf("%+v", rep.Counts)
	}
	cut := zipped.Bytes()[:zipped.Len()-20]
	_, rep = read(t, string(cut), Options{})
	if rep.OK() || rep.Incomplete == "" {
		t.Error("the end of the gzip data is missing and the report says nothing")
	}
}

// TestSmallReads gives the file in pieces of one byte, and then an error.
func TestSmallReads(t *testing.T) {
	s := &sink{}
	text := export(item("<content:encoded><![CDATA[a <b>]] > ]]></content:encoded>"))
	rep, err := Run(t.Context(), WXR, iotest.OneByteReader(strings.NewReader(text)), Options{Sink: s.write})
	if err != nil || !rep.OK() || onlyArticle(t, s).Body != "<p>a <b>]] ></p>" {
		t.Errorf("%v %+v", err, rep.Records)
	}
	broken := errors.New("the disk is on fire")
	rep, err = Run(t.Context(), WXR, io.MultiReader(strings.NewReader(text[:len(text)-30]), iotest.ErrReader(broken)), Options{Sink: s.write})
	if err != nil || !strings.Contains(rep.Incomplete, "the disk is on fire") || rep.OK() {
		t.Errorf("%v %q", err, rep.Incomplete)
	}
}

func TestPHPArray(t *testing.T) {
	for _, c := range []struct {
		in   string
		want map[string]string
	}{
		{`a:2:{s:5:"width";i:640;s:6:"height";i:480;}`, map[string]string{"width": "640", "height": "480"}},
		{`a:1:{s:10:"image_meta";a:2:{s:6:"credit";s:5:"Zoë";i:0;b:1;}}`, map[string]string{"image_meta.credit": "Zoë", "image_meta.0": "1"}},
		{`a:1:{s:99:"width";d:1.5;}`, map[string]string{"width": "1.5"}},
		{`a:1:{i:0;N;}`, map[string]string{"0": ""}},
		{`a:0:{}`, map[string]string{}},
		{`a:1:{s:1:"x";O:8:"stdClass":0:{}}`, nil},
		{`a:999999999:{}`, nil},
		{`a:2:{s:5:"width";i:640;`, nil},
		{`a:-1:{}`, nil},
		{`s:1:"x";`, nil},
		{``, nil},
		{strings.Repeat(`a:1:{i:0;`, 100), nil},
	} {
		if got := phpArray(c.in); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", c.in, got, c.want)
		}
	}
}

func FuzzWXR(f *testing.F) {
	raw, err := os.ReadFile(filepath.Join("testdata", "gazette.xml"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(raw))
	f.Add(export(item("<content:encoded><![CDATA[x]]></content:encoded>")))
	f.Add(export("<item><![CDATA[</item><wp:post_id>3", item("")))
	f.Add("<!DOCTYPE x [<!ENTITY y 'z'>]><rss/>")
	f.Fuzz(func(t *testing.T, text string) {
		s := &sink{}
		rep, err := Run(t.Context(), WXR, strings.NewReader(text), Options{Sink: s.write})
		checkSums(t, rep)
		if err != nil && news.KindOf(err) != news.Invalid {
			t.Fatal(err)
		}
		again, err := Run(t.Context(), WXR, iotest.HalfReader(strings.NewReader(text)), Options{Sink: s.write})
		if err == nil && (again.Created+again.Updated > 0 || again.Source != rep.Source) {
			t.Errorf("the second run: %+v after %+v", again.Counts, rep.Counts)
		}
	})
}
