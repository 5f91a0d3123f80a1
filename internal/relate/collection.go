package relate

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// A Collection is an archive of which editors' links are known: what Evaluate measures by.
type Collection struct {
	documents []*Document // by date
	names     []string
	linked    map[int]map[int]bool
	ids       map[string]news.ID // of topics, categories and authors, by kind and name
}

// collected is an article of a collection, a line of JSON.
type collected struct {
	ID         string
	Title      string
	Date       string
	Author     string
	Authors    []string
	Categories []string
	Tags       []string
	Excerpt    string
	Body       string `json:"body_markdown"`
	Locale     news.Locale
}

// ReadCollection reads articles as JSON lines (id, title, date, author or authors, categories, tags, excerpt, body_markdown
// and perhaps locale) and links as lines of two ids, from and to, parted by a tab, under a line of headings. Where a link leads is
// taken out of the bodies, so that no article names what it links to.
func ReadCollection(articles, links io.Reader) (*Collection, error) {
	c := &Collection{linked: map[int]map[int]bool{}, ids: map[string]news.ID{}}
	type dated struct {
		name string
		*Document
	}
	var all []dated
	for d, n := json.NewDecoder(articles), 1; ; n++ {
		var a collected
		if err := d.Decode(&a); err == io.EOF {
			break
		} else if err != nil {
			return nil, fmt.Errorf("article %d: %v: expected JSON lines with id, title, date and body_markdown", n, err)
		}
		document, err := c.document(&a)
		if err != nil {
			return nil, fmt.Errorf("article %d, %s: %w", n, a.ID, err)
		}
		all = append(all, dated{a.ID, document})
	}
	slices.SortStableFunc(all, func(a, b dated) int {
		return cmp.Or(a.PublishedAt.Compare(b.PublishedAt), strings.Compare(a.name, b.name))
	})
	at := make(map[string]int, len(all))
	for i, d := range all {
		if _, twice := at[d.name]; twice {
			return nil, fmt.Errorf("two articles have the id %q; give each its own", d.name)
		}
		d.ID = numbered(news.KindArticle, i+1)
		at[d.name] = i
		c.documents, c.names = append(c.documents, d.Document), append(c.names, d.name)
	}
	return c, c.readLinks(links, at)
}

func (c *Collection) readLinks(links io.Reader, at map[string]int) error {
	lines := bufio.NewScanner(links)
	for n := 1; lines.Scan(); n++ {
		if n == 1 {
			continue
		}
		from, to, ok := strings.Cut(lines.Text(), "\t")
		i, hasFrom := at[from]
		j, hasTo := at[to]
		switch {
		case !ok:
			return fmt.Errorf("line %d of the links: expected two ids parted by a tab, found %q", n, lines.Text())
		case !hasFrom || !hasTo:
			return fmt.Errorf("line %d of the links: %q or %q is no id of an article", n, from, to)
		case i == j:
			continue
		case c.linked[i] == nil:
			c.linked[i] = map[int]bool{}
		}
		c.linked[i][j] = true
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("links: %w", err)
	}
	if len(c.linked) == 0 {
		return fmt.Errorf("links: none; without links there is nothing to measure by")
	}
	return nil
}

// numbered is an id that no newsroom made.
func numbered(kind news.IDKind, n int) news.ID { return news.ID(n)<<22 | news.ID(kind)<<16 }

func (c *Collection) document(a *collected) (*Document, error) {
	at, err := a.at()
	if err != nil {
		return nil, err
	}
	html, err := markup.FromMarkdown(withoutTargets(a.Body))
	if err != nil {
		return nil, err
	}
	if a.Author != "" {
		a.Authors = append(a.Authors, a.Author)
	}
	return &Document{
		Locale: cmp.Or(a.Locale, "en"), PublishedAt: at, Title: a.Title, Text: a.Excerpt + "\n\n" + address.ReplaceAllString(markup.Text(html), " "),
		Authors: c.named(news.KindAuthor, a.Authors), Topics: c.named(news.KindTopic, a.Tags), Categories: c.named(news.KindCategory, a.Categories),
	}, nil
}

// at is the date of an article: an instant, or a day, also at the beginning of what is no date otherwise.
func (a *collected) at() (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05"} {
		if at, err := time.Parse(layout, a.Date); err == nil {
			return at, nil
		}
	}
	for _, text := range []string{a.Date, a.ID} {
		if at, err := time.Parse("2006-1-2", leadingDay.FindString(text)); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no date; write it as 2006-01-02 or 2006-01-02T15:04:05Z", a.Date)
}

// Where links lead, as Markdown and templates write it.
var (
	leadingDay = regexp.MustCompile(`^\d{4}-\d\d?-\d\d?`)
	template   = regexp.MustCompile(`(?s)\{\{.*?\}\}|\{%.*?%\}`)
	target     = regexp.MustCompile(`\]\(\s*[^()]*(\([^()]*\)[^()]*)*\)`)
	definition = regexp.MustCompile(`(?m)^ {0,3}\[[^\]\n]+\]:.*$`)
	attribute  = regexp.MustCompile(`(?i)\s(href|src|cite|action|data)\s*=\s*("[^"]*"|'[^']*'|[^\s>]*)`)
	address    = regexp.MustCompile(`(?i)(https?:)?//[^\s<>()\[\]"]+|www\.[^\s<>()\[\]"]+|[\w.-]+\.[a-z]{2,}/[^\s<>()\[\]"]*`)
)

// withoutTargets takes out of Markdown where links lead; the words that are linked stay.
func withoutTargets(source string) string {
	source = template.ReplaceAllString(source, "")
	source = target.ReplaceAllString(source, "]()")
	source = definition.ReplaceAllString(source, "")
	source = attribute.ReplaceAllString(source, "")
	return address.ReplaceAllString(source, " ")
}

// named are the ids of things that have names only.
func (c *Collection) named(kind news.IDKind, names []string) (ids []news.ID) {
	for _, name := range names {
		name = fmt.Sprint(kind, " ", strings.ToLower(strings.TrimSpace(name)))
		if c.ids[name] == 0 {
			c.ids[name] = numbered(kind, len(c.ids)+1)
		}
		ids = append(ids, c.ids[name])
	}
	return ids
}
