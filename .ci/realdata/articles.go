package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// An entry is an article of the openSUSE and 18F sets, one line of JSON each.
type entry struct {
	ID          string
	Title       string
	Slug        string
	Date        string
	Author      string
	Authors     []string
	Categories  []string
	Tags        []string
	Image       string
	Link        string
	Excerpt     string
	License     string
	Path        string // of the file; not kept
	WordPressID int    `json:"wordpress_id"`
	Body        string `json:"body_markdown"`
}

// A newsroom is where the entries come from.
type newsroom struct {
	system  string // of refs
	address string
	name    string
}

var (
	openSUSE  = newsroom{"opensuse", "https://news.opensuse.org", "openSUSE News"}
	eighteenF = newsroom{"18f", "https://18f.gsa.gov", "18F"}
)

// convertArticles converts a file of a newsroom. What an article refers to comes as records of its own, before it. links is
// a file of lines with two ids: an article and one that it links to.
func convertArticles(room newsroom, file, links string, out io.Writer) (result, error) {
	a := &articles{newsroom: room, writer: writer{Writer: out}, seen: map[news.Ref]bool{}, related: map[string][]news.Ref{}}
	err := reading(links, func(in io.Reader) error {
		lines := bufio.NewScanner(in)
		for lines.Scan() {
			if from, to, ok := strings.Cut(lines.Text(), "\t"); ok && from != "from" {
				a.related[from] = append(a.related[from], a.ref("article", to))
			}
		}
		return lines.Err()
	})
	if err != nil {
		return a.result, err
	}
	err = a.record(news.Record{Ref: a.ref("site", "1"), Site: &news.SiteRecord{
		Site: news.Site{Name: room.name, URL: news.URL(room.address), DefaultLocale: "en"}}})
	if err != nil {
		return a.result, err
	}
	err = reading(file, func(in io.Reader) error {
		for d := json.NewDecoder(in); ; {
			var e entry
			if err := d.Decode(&e); err == io.EOF {
				return nil
			} else if err != nil {
				return err
			}
			a.entries++
			if err := a.article(&e); err != nil {
				return err
			}
		}
	})
	return a.result, err
}

type articles struct {
	newsroom
	writer
	seen    map[news.Ref]bool
	related map[string][]news.Ref
}

func (a *articles) ref(kind, name string) news.Ref {
	return news.Ref(a.system + ":" + kind + "/" + name)
}

// once writes a record that many articles refer to.
func (a *articles) once(r news.Record) (news.Ref, error) {
	if a.seen[r.Ref] {
		return r.Ref, nil
	}
	a.seen[r.Ref] = true
	return r.Ref, a.record(r)
}

// when is the date of the entry: to the second where it is written so, else the day, else the day in the file's name.
func (e *entry) when() (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05"} {
		if at, err := time.Parse(layout, e.Date); err == nil {
			return at, nil
		}
	}
	for _, text := range []string{e.Date, e.ID} {
		if at, err := time.Parse("2006-1-2", dayFirst.FindString(text)); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no date", e.Date)
}

var dayFirst = regexp.MustCompile(`^\d{4}-\d\d?-\d\d?`)

func (a *articles) article(e *entry) error {
	at, err := e.when()
	if err != nil {
		a.rejected = append(a.rejected, fmt.Sprintf("%s: %v", e.ID, err))
		return nil
	}
	r := &news.ArticleRecord{
		Article: news.Article{Head: news.Head{Title: e.Title, Slug: e.Slug, Path: news.Path(at.Format("/2006/01/02/") + e.Slug + "/"), PublishedAt: at}},
		Body:    news.HTML(markdown(e.Body)),
		Related: news.Pins(a.related[e.ID]...),
	}
	if old := strings.TrimPrefix(e.Link, a.address); old != e.Link {
		r.RedirectsFrom = []news.Path{news.Path(old)}
	}
	if e.Excerpt != "" {
		r.EditorSummary = &e.Excerpt
	}
	if e.WordPressID != 0 {
		r.ExternalRefs = append(r.ExternalRefs, news.ExternalRef{System: "wordpress", Value: a.address + "/?p=" + strconv.Itoa(e.WordPressID)})
	}
	if e.License != "" { // kept where it can be found; an article has no field for it
		r.Body += news.HTML("<p>" + e.License + "</p>")
	}
	if err := a.links(e, r); err != nil {
		return err
	}
	return a.record(news.Record{Ref: a.ref("article", e.ID), Article: r})
}

func (a *articles) links(e *entry, r *news.ArticleRecord) error {
	for _, name := range e.Categories {
		ref, err := a.once(news.Record{Ref: a.ref("category", termKey(name)), Category: &news.CategoryRecord{Category: news.Category{Name: name}}})
		if err != nil {
			return err
		}
		r.Categories = append(r.Categories, ref)
	}
	for _, name := range e.Tags {
		ref, err := a.once(news.Record{Ref: a.ref("tag", termKey(name)), Topic: &news.TopicRecord{Topic: news.Topic{Name: name, Kind: news.TopicTag}}})
		if err != nil {
			return err
		}
		r.Topics = append(r.Topics, news.TopicLink{Topic: ref})
	}
	for _, name := range append(e.Authors, e.Author) {
		if strings.TrimSpace(name) == "" {
			continue
		}
		ref, err := a.once(news.Record{Ref: a.ref("author", termKey(name)), Author: &news.AuthorRecord{Author: news.Author{Name: name}}})
		if err != nil {
			return err
		}
		r.Byline = append(r.Byline, news.CreditRecord{Name: name, Author: ref})
	}
	if e.Image == "" {
		return nil
	}
	file := e.Image
	if strings.HasPrefix(file, "/") {
		file = a.address + file
	}
	if _, ok := markup.SafeURL(file); !ok {
		a.notes = append(a.notes, fmt.Sprintf("%s: the picture %q is no address and was left out", e.ID, e.Image))
		return nil
	}
	ref, err := a.once(news.Record{Ref: a.ref("image", e.Image), Image: &news.ImageRecord{Image: news.Image{File: news.URL(file)}}})
	r.LeadImage = ref
	return err
}

// termKey is the same for names that differ only in case and spaces.
func termKey(name string) string {
	return cmp.Or(strings.Join(strings.Fields(strings.ToLower(name)), " "), "-")
}
