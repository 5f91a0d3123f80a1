// Package bench holds the benchmarks of the whole program and the newsroom that they run on.
package bench

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
)

// generation names what Newsroom generates. A change of it makes benchmarks generate their databases again.
const generation = 1

// Newest is when the newest article of every newsroom was published. Benchmarks run as if it were an hour later.
var Newest = time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)

// size is how many of what a newsroom has.
type size struct{ articles, categories, topics, authors, images int }

func sizeOf(articles int) size {
	return size{
		articles:   articles,
		categories: min(max(articles/200, 12), 60),
		topics:     min(max(articles/20, 500), 3000),
		authors:    min(max(articles/100, 50), 300),
		images:     max(articles/2, 1),
	}
}

// eventsADay is how many historical events each day of the year has.
const eventsADay = 8

// Newsroom generates the records of a newsroom with so many articles, the same ones each time: a tree of categories, topics,
// authors, images and historical events, and articles of 5 kB from the oldest to the newest. One in a hundred is a draft,
// one in five is in the second language, and each four share the instant of their publication. It is for one use of
// records: an import completes them in place.
func Newsroom(articles int) iter.Seq[news.Record] {
	return func(yield func(news.Record) bool) {
		n := sizeOf(articles)
		for _, part := range []struct {
			count int
			make  func(i int) news.Record
		}{
			{1, site},
			{n.images, image},
			{n.authors, author},
			{n.topics, topic},
			{n.categories, category},
			{366 * eventsADay, n.event},
			{n.articles, n.article},
		} {
			for i := range part.count {
				if !yield(part.make(i)) {
					return
				}
			}
		}
	}
}

func ref(kind string, i int) news.Ref { return news.Ref(fmt.Sprintf("bench:%s:%d", kind, i)) }

// random gives each record a sequence of its own.
func random(kind string, i int) *rand.Rand {
	seed := uint64(generation)
	for _, c := range kind {
		seed = seed*31 + uint64(c)
	}
	return rand.New(rand.NewPCG(seed, uint64(i)))
}

func site(int) news.Record {
	tagline := "News that nobody made"
	return news.Record{Ref: ref("site", 0), Site: &news.SiteRecord{
		Site: news.Site{
			Name: "The Benchmark", Tagline: &tagline, URL: "http://bench.example", TimeZone: "Europe/Madrid", DefaultLocale: "en",
			Locales: []news.Locale{"en", "es"},
			AllMenus: []news.Menu{
				{Location: "primary", Items: []news.MenuItem{{Label: "News", Target: "/news/"}, {Label: "Topics", Target: "/topics/"}, {Label: "About", Target: "/about/"}}},
				{Location: "footer", Items: []news.MenuItem{{Label: "Contact", Target: "/contact/"}, {Label: "Privacy", Target: "/privacy/"}}},
			},
		},
		About: &news.AboutRecord{Heading: "About us", Body: "<p>This newsroom is generated. It is here to be <em>measured</em>.</p>"},
	}}
}

func image(i int) news.Record {
	r := random("image", i)
	alt, width, height := sentence(r, 8), 1600, 900
	return news.Record{Ref: ref("image", i), Image: &news.ImageRecord{
		Image: news.Image{File: news.URL(fmt.Sprintf("/media/%d.jpg", i)), MimeType: "image/jpeg", AltText: &alt, Width: &width, Height: &height},
	}}
}

func author(i int) news.Record {
	r := random("author", i)
	job := "Reporter"
	return news.Record{Ref: ref("author", i), Author: &news.AuthorRecord{
		Author: news.Author{Name: title(r, 2), JobTitle: &job},
		Bio:    news.HTML("<p>" + sentence(r, 20) + "</p>"),
	}}
}

func topic(i int) news.Record {
	r := random("topic", i)
	return news.Record{Ref: ref("topic", i), Topic: &news.TopicRecord{
		Topic: news.Topic{Kind: news.TopicKinds[r.IntN(len(news.TopicKinds))], Name: title(r, 1+r.IntN(3))},
	}}
}

// category makes six sections; every later category lies below one that has half its number.
func category(i int) news.Record {
	r := random("category", i)
	c := &news.CategoryRecord{Category: news.Category{Name: title(r, 1+r.IntN(2)), Position: i}}
	if i >= 6 {
		c.Parent = ref("category", i/2-r.IntN(2))
	}
	return news.Record{Ref: ref("category", i), Category: c}
}

func (n size) event(i int) news.Record {
	r := random("event", i)
	day := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i/eventsADay) // 2024 has 366 days
	significance := r.IntN(101)
	leapYear := 1600 + 4*r.IntN(25) // it has every day
	return news.Record{Ref: ref("event", i), Event: &news.EventRecord{
		HistoricalEvent: news.HistoricalEvent{Head: news.Head{Title: title(r, 6)}, IsSelected: r.IntN(20) == 0},
		Date:            news.EDTF(fmt.Sprintf("%04d-%s", leapYear, day.Format("01-02"))),
		Description:     news.HTML("<p>" + sentence(r, 25) + "</p>"),
		Significance:    &significance,
		Topics:          []news.Ref{ref("topic", r.IntN(n.topics))},
	}}
}

func (n size) article(i int) news.Record {
	r := random("article", i)
	standfirst := sentence(r, 18)
	a := &news.ArticleRecord{
		Article: news.Article{
			Head:       news.Head{Title: title(r, 5+r.IntN(6)), Locale: "en", PublishedAt: Newest.Add(-time.Duration((n.articles-1-i)/4) * 37 * time.Minute)},
			Kind:       news.ArticleNews,
			Standfirst: &standfirst,
		},
		Body:      body(r, 5000),
		LeadImage: ref("image", r.IntN(n.images)),
	}
	if i%100 == 50 {
		a.Status = news.StatusDraft
	}
	if r.IntN(5) == 0 {
		a.Locale = "es"
	}
	if r.IntN(4) == 0 {
		a.Kind = news.ArticleKinds[r.IntN(len(news.ArticleKinds))]
	}
	a.IsSticky = r.IntN(500) == 0
	for range 1 + r.IntN(3) {
		a.Categories = append(a.Categories, ref("category", r.IntN(n.categories)))
	}
	for range 4 {
		// Few topics are on many articles, most on few.
		a.Topics = append(a.Topics, news.TopicLink{Topic: ref("topic", int(float64(n.topics)*r.Float64()*r.Float64()))})
	}
	for range 1 + r.IntN(2) {
		a.Byline = append(a.Byline, news.CreditRecord{Author: ref("author", r.IntN(n.authors))})
	}
	if r.IntN(10) == 0 {
		a.Events = []news.Ref{ref("event", r.IntN(366*eventsADay))}
	}
	for _, distance := range r.Perm(200)[:5] {
		if earlier := i - 1 - distance; earlier >= 0 {
			a.Related = append(a.Related, news.Pin{Article: ref("article", earlier)})
		}
	}
	if r.IntN(2) == 0 {
		place, date := strings.ToUpper(word(r)), news.DateOf(a.PublishedAt)
		a.Dateline = &news.Dateline{Text: place + ", " + a.PublishedAt.Format("January 2"), Place: &place, Date: &date}
	}
	return news.Record{Ref: ref("article", i), Article: a}
}

// Calendar generates the records of a newsroom without articles and with so many historical events, the same ones each
// time, spread over the days of the year and over two thousand years; a third of them is verified.
func Calendar(events int) iter.Seq[news.Record] {
	return func(yield func(news.Record) bool) {
		const topics = 500
		for _, part := range []struct {
			count int
			make  func(i int) news.Record
		}{{1, site}, {topics, topic}, {events, calendarEvent(topics)}} {
			for i := range part.count {
				if !yield(part.make(i)) {
					return
				}
			}
		}
	}
}

func calendarEvent(topics int) func(i int) news.Record {
	return func(i int) news.Record {
		r := random("calendar", i)
		day := time.Date(2024, 1, 1+i%366, 0, 0, 0, 0, time.UTC)
		significance, year := r.IntN(101), 1+r.IntN(2025)
		if day.Month() == time.February && day.Day() == 29 {
			year = 4 + 4*r.IntN(20) // before 100 every fourth year has it
		}
		return news.Record{Ref: ref("calendar", i), Event: &news.EventRecord{
			HistoricalEvent: news.HistoricalEvent{Head: news.Head{Title: title(r, 6)}, Kind: news.HistoricalEventKinds[r.IntN(3)],
				IsSelected: r.IntN(50) == 0, Verification: []news.VerificationState{news.Verified, news.Unverified, news.Unverified}[r.IntN(3)]},
			Date:         news.EDTF(fmt.Sprintf("%04d-%s", year, day.Format("01-02"))),
			Description:  news.HTML("<p>" + sentence(r, 25) + "</p>"),
			Significance: &significance,
			Sources:      []news.Citation{{Title: title(r, 4)}},
			Topics:       []news.Ref{ref("topic", r.IntN(topics))},
		}}
	}
}

// body is HTML of about so many bytes.
func body(r *rand.Rand, bytes int) news.HTML {
	var b strings.Builder
	for paragraph := 0; b.Len() < bytes; paragraph++ {
		if paragraph%5 == 4 {
			fmt.Fprintf(&b, "<h2>%s</h2>\n", title(r, 4))
		}
		b.WriteString("<p>")
		for range 2 + r.IntN(4) {
			b.WriteString(sentence(r, 8+r.IntN(14)))
			switch r.IntN(8) {
			case 0:
				fmt.Fprintf(&b, ` <a href="https://source.example/%d">%s</a>.`, r.IntN(1e6), sentence(r, 3))
			case 1:
				fmt.Fprintf(&b, " <em>%s</em>", sentence(r, 4))
			}
			b.WriteByte(' ')
		}
		b.WriteString("</p>\n")
	}
	return news.HTML(b.String())
}

func sentence(r *rand.Rand, words int) string {
	list := make([]string, words)
	for i := range list {
		list[i] = word(r)
	}
	text := strings.Join(list, " ") + "."
	return strings.ToUpper(text[:1]) + text[1:]
}

func title(r *rand.Rand, words int) string { return strings.TrimSuffix(sentence(r, words), ".") }

// vocabulary is some 40,000 words of one to four syllables.
var vocabulary = func() []string {
	consonants := strings.Split("b c d f g h j k l m n p r s t v w z br ch cl dr fl gr pl sh st th tr", " ")
	vowels := strings.Split("a e i o u ai ea ou", " ")
	r := random("word", 0)
	words := make([]string, 40_000)
	for i := range words {
		var b strings.Builder
		for range 1 + min(i/200, 1) + r.IntN(3) {
			b.WriteString(consonants[r.IntN(len(consonants))])
			b.WriteString(vowels[r.IntN(len(vowels))])
		}
		if r.IntN(2) == 0 {
			b.WriteString(string("nrstlm"[r.IntN(6)]))
		}
		words[i] = b.String()
	}
	return words
}()

// word follows Zipf's law, as words of a language do: the k-th most frequent has a share of about 1/k.
func word(r *rand.Rand) string {
	return vocabulary[int(math.Pow(float64(len(vocabulary)), r.Float64()))-1]
}
