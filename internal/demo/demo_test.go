package demo

import (
	"bufio"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// records decodes every line strictly: a field that the record's struct does not have fails the test.
func records(t *testing.T) []news.Record {
	t.Helper()
	var all []news.Record
	lines := bufio.NewScanner(Records())
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		r, err := decode(lines.Bytes())
		if err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
		all = append(all, r)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func decode(line []byte) (r news.Record, err error) {
	var fields map[string]json.RawMessage
	var kind string
	if err := json.Unmarshal(line, &fields); err != nil {
		return r, err
	}
	if err := errors.Join(json.Unmarshal(fields["type"], &kind), json.Unmarshal(fields["ref"], &r.Ref)); err != nil {
		return r, err
	}
	delete(fields, "type")
	delete(fields, "ref")
	rest, err := json.Marshal(fields)
	if err != nil {
		return r, err
	}
	strict := json.NewDecoder(bytes.NewReader(rest))
	strict.DisallowUnknownFields()
	to, ok := map[string]any{
		"site": &r.Site, "image": &r.Image, "author": &r.Author, "topic": &r.Topic, "category": &r.Category,
		"page": &r.Page, "article": &r.Article, "event": &r.Event, "redirect": &r.Redirect,
	}[kind]
	if !ok {
		return r, fmt.Errorf("unknown type %q", kind)
	}
	return r, strict.Decode(to)
}

func TestDecodeRefusesUnknownField(t *testing.T) {
	if _, err := decode([]byte(`{"type":"topic","ref":"demo:x","name":"X","nmae":"Y"}`)); err == nil {
		t.Error("a misspelt field passed")
	}
}

// visible says whether the public may see an article.
func visible(a *news.ArticleRecord) bool { return a.Status == "" || a.Status == news.StatusPublished }

// articles are those of the records that the public may see.
func articles(all []news.Record) map[news.Ref]*news.ArticleRecord {
	found := map[news.Ref]*news.ArticleRecord{}
	for _, r := range all {
		if r.Article != nil && visible(r.Article) {
			found[r.Ref] = r.Article
		}
	}
	return found
}

func kindOf(r *news.Record) string {
	switch {
	case r.Site != nil:
		return "site"
	case r.Image != nil:
		return "image"
	case r.Author != nil:
		return "author"
	case r.Topic != nil:
		return "topic"
	case r.Category != nil:
		return "category"
	case r.Page != nil:
		return "page"
	case r.Article != nil:
		return "article"
	case r.Event != nil:
		return "event"
	}
	return "redirect"
}

// refers calls see for every reference of a record, with the kind of record it must lead to.
func refers(r *news.Record, see func(to news.Ref, kind string)) {
	one := func(to news.Ref, kind string) {
		if to != "" {
			see(to, kind)
		}
	}
	many := func(to []news.Ref, kind string) {
		for _, ref := range to {
			see(ref, kind)
		}
	}
	switch {
	case r.Site != nil:
		one(r.Site.About.Page, "page")
	case r.Author != nil:
		one(r.Author.Portrait, "image")
	case r.Topic != nil:
		one(r.Topic.Image, "image")
	case r.Category != nil:
		one(r.Category.Parent, "category")
	case r.Page != nil:
		one(r.Page.Parent, "page")
	case r.Event != nil:
		one(r.Event.Image, "image")
		one(r.Event.Place, "topic")
		for _, claim := range r.Event.DateClaims {
			one(claim.PrintedIn, "article")
		}
		many(r.Event.Topics, "topic")
		many(r.Event.Categories, "category")
	case r.Article != nil:
		a := r.Article
		one(a.LeadImage, "image")
		one(a.PrimaryCategory, "category")
		one(a.TranslationOf, "article")
		many(a.Categories, "category")
		for _, p := range a.Related {
			one(p.Article, "article")
		}
		many(a.Events, "event")
		for _, credit := range a.Byline {
			one(credit.Author, "author")
		}
		for _, link := range a.Topics {
			see(link.Topic, "topic")
		}
	}
}

func TestRefs(t *testing.T) {
	all := records(t)
	kinds := map[news.Ref]string{}
	for _, r := range all {
		if kinds[r.Ref] != "" {
			t.Errorf("%s occurs twice", r.Ref)
		}
		kinds[r.Ref] = kindOf(&r)
	}
	for _, r := range all {
		refers(&r, func(to news.Ref, kind string) {
			if kinds[to] != kind {
				t.Errorf("%s refers to %s, which should be of type %s and is of type %q", r.Ref, to, kind, kinds[to])
			}
		})
		if to := r.Redirect; to != nil && to.Target != "" && kinds[to.Target] == "" {
			t.Errorf("%s leads to %s, which does not exist", r.Ref, to.Target)
		}
	}
}

func TestCounts(t *testing.T) {
	all := records(t)
	count := map[string]int{}
	for _, r := range all {
		count[kindOf(&r)]++
	}
	for kind, want := range map[string]int{"site": 1, "category": 12, "page": 6} {
		if count[kind] != want {
			t.Errorf("%d records of type %s, want %d", count[kind], kind, want)
		}
	}
	locales, kinds, withEvents := map[news.Locale]int{}, map[news.ArticleKind]int{}, 0
	public := articles(all)
	for _, a := range public {
		locales[a.Locale]++
		kinds[a.Kind]++
		if len(a.Events) > 0 {
			withEvents++
		}
	}
	if len(public) < 40 || withEvents < 12 || locales["de"] < 8 || locales["ar"] < 2 {
		t.Errorf("%d public articles, %d with events, by language %v", len(public), withEvents, locales)
	}
	for _, kind := range news.ArticleKinds {
		if kind != news.ArticleVideo && kind != news.ArticleAudio && kinds[kind] == 0 {
			t.Errorf("no article of kind %s", kind)
		}
	}
	t.Logf("records %v, public articles %d by language %v", count, len(public), locales)
}

func TestArticles(t *testing.T) {
	all := records(t)
	var locales []news.Locale
	language := map[news.Ref]news.Locale{}
	for _, r := range all {
		if r.Site != nil {
			locales = r.Site.Locales
		}
		if r.Article != nil {
			language[r.Ref] = r.Article.Locale
		}
	}
	last := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	at := map[time.Time]int{}
	for ref, a := range articles(all) {
		at[a.PublishedAt]++
		words, least, most := markup.WordCount(markup.Text(string(a.Body))), 250, 600
		if strings.HasPrefix(string(ref), "demo:article/almanac-") {
			least, most = 40, 120
		}
		switch {
		case words < least || words > most:
			t.Errorf("%s has %d words, want %d to %d", ref, words, least, most)
		case a.PublishedAt.Year() < 2019 || a.PublishedAt.After(last):
			t.Errorf("%s is published at %s", ref, a.PublishedAt)
		case a.UpdatedAt.Before(a.PublishedAt):
			t.Errorf("%s was updated before it was published", ref)
		case !slices.Contains(a.Categories, a.PrimaryCategory):
			t.Errorf("%s: the primary category is none of its categories", ref)
		case !slices.Contains(locales, a.Locale):
			t.Errorf("%s: the site has no language %q", ref, a.Locale)
		case a.TranslationOf != "" && language[a.TranslationOf] == a.Locale:
			t.Errorf("%s translates an article in the same language", ref)
		case len(a.Byline) == 0 || len(a.Topics) == 0 || a.LeadImage == "" || a.Standfirst == nil:
			t.Errorf("%s lacks a byline, a topic, a picture or a standfirst", ref)
		case len(a.Related) < 2 || len(a.Related) > 6 || slices.ContainsFunc(a.Related, func(p news.Pin) bool { return p.Article == ref }):
			t.Errorf("%s has the related articles %v", ref, a.Related)
		}
	}
	if slices.Max(slices.Collect(maps.Values(at))) < 2 {
		t.Error("no two articles share a time; lists are not shown to order them")
	}
}

// TestStartingPage holds the facts of the page that started the project.
func TestStartingPage(t *testing.T) {
	a := articles(records(t))["demo:article/press-archive"]
	if a == nil || !strings.HasPrefix(string(a.Path), "/world/middle-east/iraq-news/") || len(a.Categories) < 3 {
		t.Fatalf("the starting page is missing or has the wrong place: %+v", a)
	}
	if a.Dateline.Text != "July 16, 2022" || *a.Dateline.Date != (news.Date{Year: 2022, Month: 7, Day: 16}) {
		t.Errorf("its date line is %+v", a.Dateline)
	}
	if !slices.Contains(a.Events, "demo:event/1998-10-05-iraq-liberation-act") {
		t.Errorf("its events are %v", a.Events)
	}
	text := markup.Text(string(a.Body))
	for _, fact := range []string{"16 July 1998", "5 October 1998", "360 votes to 38", "H.R. 4655", "7 October", "31 October", "credited a senator"} {
		if !strings.Contains(text, fact) {
			t.Errorf("it does not say %q", fact)
		}
	}
}

// TestAlmanac checks that each note refers to its event, that those which look back came out on its day, and that those
// which look ahead count as written for a round anniversary.
func TestAlmanac(t *testing.T) {
	all := records(t)
	dates := map[news.Ref]news.HistoricalDate{}
	for _, r := range all {
		if r.Event != nil {
			date, err := news.ParseHistoricalDate(string(r.Event.Date), r.Event.Calendar)
			if err != nil {
				t.Fatal(err)
			}
			dates[r.Ref] = date
		}
	}
	notes, ahead := 0, 0
	for ref, a := range articles(all) {
		if !strings.HasPrefix(string(ref), "demo:article/almanac-") {
			continue
		}
		notes++
		date := dates[a.Events[0]]
		published := news.DateOf(a.PublishedAt)
		if published.MonthDay() == *date.MonthDay() {
			continue
		}
		ahead++
		next := (&news.HistoricalEvent{Date: date}).AnniversaryFrom(published, news.LeapFeb28)
		if away := next.DaysAway(); away > news.CoverageDays || !news.RoundMultipleOf5.Includes(*next.Years) {
			t.Errorf("%s comes %d days before anniversary %d of its event", ref, away, *next.Years)
		}
	}
	if notes < 30 || ahead < 3 {
		t.Errorf("%d notes, %d of them look ahead", notes, ahead)
	}
}

// TestArchiveDays counts the days of the year on which the archive has something in 2026, and names those that a look at
// the page would try first.
func TestArchiveDays(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	perMonth, days := map[int]int{}, map[news.MonthDay]bool{}
	for _, a := range articles(records(t)) {
		if day := news.DateOf(a.PublishedAt.In(berlin)); day.Year < 2026 && !days[day.MonthDay()] {
			days[day.MonthDay()] = true
			perMonth[day.Month]++
		}
	}
	if len(days) < 70 || len(perMonth) != 12 || slices.Min(slices.Collect(maps.Values(perMonth))) < 3 {
		t.Errorf("the archive has something on %d days, by month %v; want 70 and at least 3 in each month", len(days), perMonth)
	}
	for _, day := range []news.MonthDay{{Month: 2, Day: 29}, {Month: 7, Day: 16}, {Month: 10, Day: 5}, {Month: 11, Day: 22}} {
		if !days[day] {
			t.Errorf("the archive has nothing on %s", day)
		}
	}
}

// TestHidden checks that there is one article in each hidden state, that it says so, and that a public article names one
// as related, so that a list which forgets to hide it shows it.
func TestHidden(t *testing.T) {
	all := records(t)
	hidden := map[news.Ref]bool{}
	states := map[news.EntryStatus]int{}
	for _, r := range all {
		if a := r.Article; a != nil && !visible(a) {
			hidden[r.Ref] = true
			states[a.Status]++
			if !strings.HasPrefix(a.Title, string(a.Status)+":") {
				t.Errorf("%s: the title %q does not begin with its state", r.Ref, a.Title)
			}
			if a.Status == news.StatusScheduled && a.PublishedAt.Year() < 2030 {
				t.Errorf("%s becomes public at %s", r.Ref, a.PublishedAt)
			}
		}
	}
	want := map[news.EntryStatus]int{
		news.StatusDraft: 1, news.StatusScheduled: 1, news.StatusRetracted: 1, news.StatusUnpublished: 1,
	}
	if !maps.Equal(states, want) {
		t.Errorf("hidden articles by state: %v, want one of each: %v", states, want)
	}
	for _, a := range articles(all) {
		if slices.ContainsFunc(a.Related, func(p news.Pin) bool { return hidden[p.Article] }) {
			return
		}
	}
	t.Error("no public article names a hidden one as related")
}

// paths are the addresses of all records and the old addresses that lead to them.
func paths(t *testing.T, all []news.Record) (canonical map[news.Path]news.Ref, old map[news.Path]bool) {
	t.Helper()
	canonical, old = map[news.Path]news.Ref{}, map[news.Path]bool{}
	for _, r := range all {
		var path news.Path
		var from []news.Path
		switch {
		case r.Author != nil:
			path, from = r.Author.Path, r.Author.RedirectsFrom
		case r.Topic != nil:
			path, from = r.Topic.Path, r.Topic.RedirectsFrom
		case r.Category != nil:
			path, from = r.Category.Path, r.Category.RedirectsFrom
		case r.Page != nil:
			path, from = r.Page.Path, r.Page.RedirectsFrom
		case r.Article != nil:
			path, from = r.Article.Path, r.Article.RedirectsFrom
		case r.Redirect != nil:
			from = []news.Path{r.Redirect.From}
		default:
			continue
		}
		if path != "" {
			if canonical[path] != "" {
				t.Errorf("%s and %s have the path %s", r.Ref, canonical[path], path)
			}
			canonical[path] = r.Ref
		}
		for _, p := range from {
			if old[p] {
				t.Errorf("%s: two records redirect from %s", r.Ref, p)
			}
			old[p] = true
		}
	}
	return canonical, old
}

func TestPaths(t *testing.T) {
	canonical, old := paths(t, records(t))
	for path, ref := range canonical {
		if old[path] {
			t.Errorf("%s is the path of %s and redirected as well", path, ref)
		}
		if encoded := markup.EncodePath(string(path)); encoded != string(path) {
			t.Errorf("%s: the path %s is written %s in full", ref, path, encoded)
		}
	}
}

func TestLinks(t *testing.T) {
	all := records(t)
	canonical, old := paths(t, all)
	hidden := map[news.Ref]bool{}
	images := map[string]bool{}
	for _, r := range all {
		if r.Article != nil && !visible(r.Article) {
			hidden[r.Ref] = true
		}
		if r.Image != nil {
			images[string(r.Image.File)] = true
		}
	}
	links := 0
	check := func(from news.Ref, address string) {
		links++
		to, found := canonical[news.Path(address)]
		if strings.HasPrefix(address, "/") && !found && !old[news.Path(address)] {
			t.Errorf("%s links to %s, which is nowhere", from, address)
		}
		if hidden[to] && !hidden[from] {
			t.Errorf("%s links to %s, which nobody may see", from, to)
		}
	}
	for _, r := range all {
		if r.Site != nil {
			for _, menu := range r.Site.AllMenus {
				for i, item := range menu.Items {
					check(r.Ref, string(item.Target))
					if item.ParentIndex != nil && *item.ParentIndex >= i {
						t.Errorf("menu %s: item %d has a parent that follows it", menu.Location, i)
					}
				}
			}
		}
		walk(t, &r, func(n *html.Node) {
			switch n.Data {
			case "a":
				check(r.Ref, attribute(n, "href"))
			case "img":
				if !images[attribute(n, "src")] {
					t.Errorf("%s shows %s, which no image record describes", r.Ref, attribute(n, "src"))
				}
			}
		})
	}
	if links < 60 {
		t.Errorf("only %d links seen; the walk misses some", links)
	}
}

// TestBodiesAreClean checks that the sanitiser has nothing to take away from what we wrote.
func TestBodiesAreClean(t *testing.T) {
	for _, r := range records(t) {
		for _, body := range bodies(&r) {
			if clean := markup.Sanitise(string(body)); markup.Text(clean) != markup.Text(string(body)) || tags(clean) != tags(string(body)) {
				t.Errorf("%s: the sanitiser changes the text\n%s\nto\n%s", r.Ref, body, clean)
			}
		}
	}
}

func bodies(r *news.Record) []news.HTML {
	switch {
	case r.Site != nil:
		return []news.HTML{r.Site.About.Body}
	case r.Image != nil:
		return []news.HTML{r.Image.Caption}
	case r.Author != nil:
		return []news.HTML{r.Author.Bio}
	case r.Page != nil:
		return []news.HTML{r.Page.Body}
	case r.Article != nil:
		return []news.HTML{r.Article.Body}
	case r.Event != nil:
		return []news.HTML{r.Event.Description}
	}
	return nil
}

// walk calls see for every element of a record's texts.
func walk(t *testing.T, r *news.Record, see func(*html.Node)) {
	t.Helper()
	for _, body := range bodies(r) {
		doc, err := html.Parse(strings.NewReader(string(body)))
		if err != nil {
			t.Fatalf("%s: %v", r.Ref, err)
		}
		for n := range doc.Descendants() {
			if n.Type == html.ElementNode {
				see(n)
			}
		}
	}
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// tags lists the elements of a text in order.
func tags(body string) string {
	var names []string
	for z := html.NewTokenizer(strings.NewReader(body)); z.Next() != html.ErrorToken; {
		if token := z.Token(); token.Type == html.StartTagToken || token.Type == html.SelfClosingTagToken {
			names = append(names, token.Data)
		}
	}
	return strings.Join(names, " ")
}

// svgElements are those our drawings are made of; none of them runs code or loads anything.
var svgElements = []string{"svg", "title", "g", "rect", "circle", "ellipse", "path", "polygon", "text"}

func TestImages(t *testing.T) {
	described := map[string]bool{}
	decorative := 0
	for _, r := range records(t) {
		if r.Image == nil {
			continue
		}
		name, ok := strings.CutPrefix(string(r.Image.File), "/media/")
		if !ok || r.Image.AltText == nil || r.Image.Credit == nil || r.Image.MimeType != "image/svg+xml" {
			t.Errorf("%s: %s lacks an alternative text, a credit or its type", r.Ref, r.Image.File)
			continue
		}
		if *r.Image.AltText == "" {
			decorative++
		}
		described[name] = true
		drawing, err := fs.ReadFile(Media(), name)
		if err != nil {
			t.Errorf("%s: %v", r.Ref, err)
			continue
		}
		if len(drawing) != *r.Image.SizeInBytes {
			t.Errorf("%s has %d bytes, the record says %d", name, len(drawing), *r.Image.SizeInBytes)
		}
		if err := inert(drawing, *r.Image.Width, *r.Image.Height); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if decorative != 1 {
		t.Errorf("%d decorative images, want 1", decorative)
	}
	files, err := fs.Glob(Media(), "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if !described[name] {
			t.Errorf("%s has no image record", name)
		}
	}
}

// inert checks that a drawing has the given size, no script, no style and no reference to anything.
func inert(drawing []byte, width, height int) error {
	decoder := xml.NewDecoder(bytes.NewReader(drawing))
	root := true
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch e := token.(type) {
		case xml.StartElement:
			if !slices.Contains(svgElements, e.Name.Local) {
				return fmt.Errorf("element %s", e.Name.Local)
			}
			if root && !bytes.Contains(drawing, fmt.Appendf(nil, `width="%d" height="%d"`, width, height)) {
				return fmt.Errorf("the size is not %d by %d", width, height)
			}
			root = false
			for _, a := range e.Attr {
				if name := strings.ToLower(a.Name.Local); strings.HasPrefix(name, "on") || name == "href" || name == "style" ||
					name == "src" || strings.Contains(strings.ToLower(a.Value), "url(") {
					return fmt.Errorf("attribute %s=%q", name, a.Value)
				}
			}
		case xml.ProcInst, xml.Directive:
			return errors.New("a processing instruction or a DOCTYPE")
		}
	}
}

func TestInertRefuses(t *testing.T) {
	for _, drawing := range []string{
		`<svg width="1" height="1"><script>1</script></svg>`,
		`<svg width="1" height="1" onload="x()"/>`,
		`<svg width="1" height="1"><image href="https://example.org/a.png"/></svg>`,
		`<svg width="1" height="1"><rect fill="url(https://example.org/#a)"/></svg>`,
		`<!DOCTYPE svg><svg width="1" height="1"/>`,
		`<svg width="2" height="1"/>`,
	} {
		if inert([]byte(drawing), 1, 1) == nil {
			t.Errorf("passed: %s", drawing)
		}
	}
	if err := inert([]byte(`<svg width="1" height="1"><rect fill="#fff"/></svg>`), 1, 1); err != nil {
		t.Error(err)
	}
}
