package bench

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"

	"github.com/dateline-cms/dateline/internal/news"
)

// hand answers the two queries of BenchmarkHTTP and nothing else, as one would without GraphQL: net/http, prepared
// statements on the driver itself, JSON written into one buffer. It reads the same file with the same settings.
type hand struct {
	conns   chan *handConn
	buffers sync.Pool
}

const handReaders = 4 // as in engine/sqlite

func newHand(t testing.TB, file string) *hand {
	h := &hand{conns: make(chan *handConn, handReaders), buffers: sync.Pool{New: func() any { return new([]byte) }}}
	for range handReaders {
		opened, err := new(sqlite3.SQLiteDriver).Open("file:" + url.PathEscape(file) + "?mode=ro&_mutex=no")
		if err != nil {
			t.Fatal(err)
		}
		c := &handConn{SQLiteConn: opened.(*sqlite3.SQLiteConn), prepared: map[string]*sqlite3.SQLiteStmt{}}
		if _, err := c.Exec("PRAGMA cache_size = -16384", nil); err != nil {
			t.Fatal(err)
		}
		h.conns <- c
	}
	t.Cleanup(func() {
		for range handReaders {
			c := <-h.conns
			for _, s := range c.prepared {
				s.Close()
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	return h
}

func (h *hand) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	buffer := h.buffers.Get().(*[]byte)
	defer h.buffers.Put(buffer)
	c := <-h.conns
	b, err := (*buffer)[:0], error(nil)
	switch r.URL.Path {
	case "/article":
		b, err = c.article(b, r.URL.Query().Get("path"))
	case "/day":
		b, err = c.day(b, r.URL.Query().Get("date"))
	case "/front":
		b, err = c.front(b)
	default:
		err = errors.New("there are two pages only")
	}
	h.conns <- c
	*buffer = b
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.Write(b)
}

type handConn struct {
	*sqlite3.SQLiteConn
	prepared   map[string]*sqlite3.SQLiteStmt
	args       []driver.NamedValue
	statements int
}

// each calls scan with every row; values are int64, float64, string or nil.
func (c *handConn) each(sql string, row []driver.Value, scan func(), args ...driver.Value) error {
	s := c.prepared[sql]
	if s == nil {
		prepared, err := c.Prepare(sql)
		if err != nil {
			return err
		}
		s = prepared.(*sqlite3.SQLiteStmt)
		c.prepared[sql] = s
	}
	c.statements++
	c.args = c.args[:0]
	for i, arg := range args {
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: arg})
	}
	rows, err := s.QueryContext(context.Background(), c.args)
	if err != nil {
		return err
	}
	for err = rows.Next(row); err == nil; err = rows.Next(row) {
		scan()
	}
	if err == io.EOF {
		err = nil
	}
	return errors.Join(err, rows.Close())
}

func (c *handConn) front(b []byte) ([]byte, error) {
	type articleRow struct {
		id                          int64
		title, path                 string
		publishedAt                 int64
		categories, byline, related []byte
	}
	articles := make([]articleRow, 0, 20)
	at := make(map[int64]int, 20)
	ids := make([]byte, 0, 400)
	row := make([]driver.Value, 4)
	err := c.each(`SELECT e.id, e.title, e.path, e.published_at FROM article_facets f CROSS JOIN articles e ON e.id = f.article_id
		WHERE f.facet = 0 ORDER BY f.published_at DESC, f.article_id DESC LIMIT 20`, row, func() {
		a := articleRow{id: row[0].(int64), title: row[1].(string), path: row[2].(string), publishedAt: row[3].(int64)}
		at[a.id] = len(articles)
		ids = strconv.AppendInt(append(ids, ','), a.id, 10)
		articles = append(articles, a)
	})
	if err != nil {
		return b, err
	}
	list := "[]"
	if len(ids) > 0 {
		ids[0] = '['
		list = string(append(ids, ']'))
	}
	row = row[:3]
	err = c.each(`SELECT l.article_id, c.name, c.path FROM json_each(?) j CROSS JOIN article_categories l ON l.article_id = j.value
		CROSS JOIN categories c ON c.id = l.category_id ORDER BY l.article_id, l.position`, row, func() {
		a := &articles[at[row[0].(int64)]]
		a.categories = text(comma(a.categories), `{"name":`, row[1])
		a.categories = append(text(a.categories, `,"path":`, row[2]), '}')
	}, list)
	if err != nil {
		return b, err
	}
	row = make([]driver.Value, 4)
	err = c.each(`SELECT l.article_id, l.name, a.name, a.path FROM json_each(?) j CROSS JOIN bylines l ON l.article_id = j.value
		LEFT JOIN authors a ON a.id = l.author_id ORDER BY l.article_id, l.position`, row, func() {
		a := &articles[at[row[0].(int64)]]
		a.byline = append(person(text(comma(a.byline), `{"name":`, row[1]), row[2], row[3]), '}')
	}, list)
	if err != nil {
		return b, err
	}
	row = row[:3]
	err = c.each(`SELECT l.article_id, e.title, e.path FROM json_each(?) j CROSS JOIN related_articles l ON l.article_id = j.value
		CROSS JOIN articles e ON e.id = l.related_id AND e.status = 'PUBLISHED' ORDER BY l.article_id, l.position`, row, func() {
		a := &articles[at[row[0].(int64)]]
		a.related = text(comma(a.related), `{"title":`, row[1])
		a.related = append(text(a.related, `,"path":`, row[2]), '}')
	}, list)
	if err != nil {
		return b, err
	}
	b = append(b, `{"data":{"articles":{"nodes":[`...)
	for i, a := range articles {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, `{"id":"`...), news.ID(a.id).String()...), '"')
		b = text(b, `,"title":`, a.title)
		b = text(b, `,"path":`, a.path)
		b = instant(b, `,"publishedAt":`, a.publishedAt)
		b = append(append(b, `,"categories":[`...), a.categories...)
		b = append(append(b, `],"byline":[`...), a.byline...)
		b = append(append(b, `],"related":{"nodes":[`...), a.related...)
		b = append(b, `]}}`...)
	}
	return append(b, `]}}}`...), nil
}

func (c *handConn) article(b []byte, path string) ([]byte, error) {
	var address, zone, siteName, about, aboutHTML, menus string
	row := make([]driver.Value, 16)
	err := c.each(`SELECT url, time_zone, name, about_heading, about_html, menus FROM sites`, row[:6], func() {
		address, zone, siteName = row[0].(string), row[1].(string), row[2].(string)
		about, aboutHTML, menus = row[3].(string), row[4].(string), row[5].(string)
	})
	if err != nil {
		return b, err
	}
	b = append(b, `{"data":{"resolvePath":`...)
	var article int64
	r := row[:14]
	err = c.each(`SELECT a.id, a.title, a.path, a.published_at, a.dateline_text, a.dateline_date, c.name, i.url, i.alt_text,
			b.html, b.text, b.word_count FROM paths p CROSS JOIN articles a ON a.id = p.subject AND a.status = 'PUBLISHED'
			CROSS JOIN bodies b ON b.entry_id = a.id LEFT JOIN categories c ON c.id = a.primary_category_id
			LEFT JOIN images i ON i.id = a.lead_image_id WHERE p.path = +? AND p.state = 'CURRENT'`, r[:12], func() {
		article = r[0].(int64)
		b = append(append(append(b, `{"__typename":"PathFound","node":{"id":"`...), news.ID(article).String()...), '"')
		b = text(b, `,"title":`, r[1])
		b = text(b, `,"path":`, r[2])
		b = instant(b, `,"publishedAt":`, r[3].(int64))
		if r[4] == nil {
			b = append(b, `,"dateline":null`...)
		} else {
			b = text(b, `,"dateline":{"text":`, r[4])
			b = append(text(b, `,"date":`, r[5]), '}')
		}
		b = append(b, `,"primaryCategory":`...)
		if r[6] == nil {
			b = append(b, `null`...)
		} else {
			b = append(text(b, `{"name":`, r[6]), '}')
		}
		b = append(b, `,"leadImage":`...)
		if r[7] == nil {
			b = append(b, `null`...)
		} else {
			b = text(b, `{"url":`, address+r[7].(string))
			b = append(text(b, `,"altText":`, r[8]), '}')
		}
		b = text(b, `,"body":{"html":`, r[9])
		b = text(b, `,"text":`, r[10])
		body := news.Body{WordCount: int(r[11].(int64))}
		b = strconv.AppendInt(append(b, `,"wordCount":`...), int64(body.WordCount), 10)
		b = strconv.AppendInt(append(b, `,"readingMinutes":`...), int64(body.ReadingMinutes()), 10)
		b = append(b, '}')
	}, path)
	if err != nil {
		return b, err
	}
	if article == 0 {
		b = append(b, `null`...)
	} else if b, err = c.articleLists(b, article, address); err != nil {
		return b, err
	}
	if b, err = c.onThisDay(b, zone); err != nil {
		return b, err
	}
	b = text(b, `,"site":{"name":`, siteName)
	b = text(b, `,"about":{"heading":`, about)
	b = append(text(b, `,"body":{"html":`, aboutHTML), `}},"menus":[`...)
	var lists []news.Menu
	if err := json.Unmarshal([]byte(menus), &lists); err != nil {
		return b, err
	}
	for i, menu := range lists {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(text(b, `{"location":`, menu.Location), `,"items":[`...)
		for j, item := range menu.Items {
			if j > 0 {
				b = append(b, ',')
			}
			b = text(b, `{"label":`, item.Label)
			b = append(text(b, `,"url":`, address+string(item.Target)), '}')
		}
		b = append(b, `]}`...)
	}
	return append(b, `]}}}`...), nil
}

func (c *handConn) articleLists(b []byte, article int64, address string) ([]byte, error) {
	row := make([]driver.Value, 7)
	b = append(b, `,"categories":[`...)
	last, open := int64(-1), false
	r := row[:5]
	err := c.each(`SELECT l.position, c.name, c.path, u.name, u.path FROM article_categories l CROSS JOIN categories c ON c.id = l.category_id
		LEFT JOIN category_ancestors t ON t.category_id = c.id AND t.ancestor_id <> c.id LEFT JOIN categories u ON u.id = t.ancestor_id
		WHERE l.article_id = +? ORDER BY l.position, t.depth`, r, func() {
		first := r[0].(int64) != last
		if first {
			if open {
				b = append(b, `]},`...)
			}
			last, open = r[0].(int64), true
			b = text(b, `{"name":`, r[1])
			b = append(text(b, `,"path":`, r[2]), `,"ancestors":[`...)
		}
		if r[3] != nil {
			if !first {
				b = append(b, ',')
			}
			b = text(b, `{"name":`, r[3])
			b = append(text(b, `,"path":`, r[4]), '}')
		}
	}, article)
	if err != nil {
		return b, err
	}
	if open {
		b = append(b, `]}`...)
	}
	b = append(b, `],"byline":[`...)
	r, n := row[:4], 0
	separate := func() {
		if n++; n > 1 {
			b = append(b, ',')
		}
	}
	err = c.each(`SELECT l.name, l.role, a.name, a.path FROM bylines l LEFT JOIN authors a ON a.id = l.author_id
		WHERE l.article_id = +? ORDER BY l.position`, r, func() {
		separate()
		b = text(b, `{"name":`, r[0])
		b = text(b, `,"role":`, r[1])
		b = append(person(b, r[2], r[3]), '}')
	}, article)
	if err != nil {
		return b, err
	}
	b = append(b, `],"topics":[`...)
	r, n = row[:2], 0
	err = c.each(`SELECT t.name, t.kind FROM article_topics l CROSS JOIN topics t ON t.id = l.topic_id
		WHERE l.article_id = +? ORDER BY l.relevance DESC, t.name_key, t.id`, r, func() {
		separate()
		b = text(b, `{"topic":{"name":`, r[0])
		b = append(text(b, `,"kind":`, r[1]), `}}`...)
	}, article)
	if err != nil {
		return b, err
	}
	b = append(b, `],"related":{"edges":[`...)
	r, n = row[:5], 0
	err = c.each(`SELECT e.title, e.path, e.published_at, c.name, i.url FROM related_articles l
		CROSS JOIN articles e ON e.id = l.related_id AND e.status = 'PUBLISHED' LEFT JOIN categories c ON c.id = e.primary_category_id
		LEFT JOIN images i ON i.id = e.lead_image_id WHERE l.article_id = +? ORDER BY l.position`, r, func() {
		if n == 5 {
			n++
			return
		}
		separate()
		b = text(b, `{"isPinned":true,"node":{"title":`, r[0])
		b = text(b, `,"path":`, r[1])
		b = instant(b, `,"publishedAt":`, r[2].(int64))
		b = append(text(b, `,"primaryCategory":{"name":`, r[3]), '}')
		b = append(text(b, `,"leadImage":{"url":`, address+r[4].(string)), `}}}`...)
	}, article)
	b = append(b, `],"totalCount":`...)
	return append(strconv.AppendInt(b, int64(n), 10), `}}}`...), err
}

func (c *handConn) onThisDay(b []byte, zone string) ([]byte, error) {
	loc, err := news.TimeZone(zone).Location()
	if err != nil {
		return b, err
	}
	today := news.DateOf(now().In(loc))
	facet := int64(1000 + today.Month*100 + today.Day)
	row := make([]driver.Value, 5)
	b = append(append(append(b, `,"onThisDay":{"date":"`...), today.String()...), `","headline":`...)
	if b, err = c.headline(b, facet, today.Year); err != nil {
		return b, err
	}
	type event struct {
		id          int64
		title, date string
		articles    []byte
		n           int
	}
	var events []event
	var ids []byte
	err = c.each(`SELECT e.id, e.title, e.edtf, e.calendar FROM event_facets f CROSS JOIN events e ON e.id = f.event_id
		WHERE f.facet = +? ORDER BY f.significance DESC, f.event_id DESC LIMIT 5`, row[:4], func() {
		date, _ := news.ParseHistoricalDate(row[2].(string), news.CalendarModel(row[3].(string)))
		events = append(events, event{id: row[0].(int64), title: row[1].(string), date: date.Text(nil, news.StyleLong)})
		ids = strconv.AppendInt(append(ids, ','), row[0].(int64), 10)
	}, facet)
	if err != nil {
		return b, err
	}
	if len(ids) > 0 {
		ids[0] = '['
		err = c.each(`SELECT j.value, a.title, a.path FROM json_each(?) j CROSS JOIN article_facets f ON f.facet = j.value
			CROSS JOIN articles a ON a.id = f.article_id ORDER BY f.published_at DESC, f.article_id DESC`, row[:3], func() {
			for i := range events {
				if e := &events[i]; e.id == row[0].(int64) && e.n < 3 {
					e.n++
					e.articles = text(comma(e.articles), `{"title":`, row[1])
					e.articles = append(text(e.articles, `,"path":`, row[2]), '}')
				}
			}
		}, string(append(ids, ']')))
		if err != nil {
			return b, err
		}
	}
	b = append(b, `,"events":{"nodes":[`...)
	for i, e := range events {
		if i > 0 {
			b = append(b, ',')
		}
		b = text(b, `{"title":`, e.title)
		b = append(text(b, `,"date":{"text":`, e.date), `},"articles":{"nodes":[`...)
		b = append(append(b, e.articles...), `]}}`...)
	}
	return append(b, `]}}`...), nil
}

// headline is the better of the two best events, or the other one in even years.
func (c *handConn) headline(b []byte, facet int64, year int) ([]byte, error) {
	row := make([]driver.Value, 6)
	var best [2][]byte
	var ranks [2]string
	n := 0
	arm := func(rank string) string {
		return `SELECT * FROM (SELECT f.event_id, f.significance, ` + rank + ` AS rank FROM event_facets f WHERE f.facet = 40000 * ` + rank + ` + +?1
			ORDER BY f.significance DESC, f.event_id DESC LIMIT 2)`
	}
	err := c.each(`SELECT e.title, e.description_html, e.edtf, e.calendar, e.is_selected, e.verification
		FROM (`+arm("1")+` UNION ALL `+arm("2")+` UNION ALL `+arm("3")+` UNION ALL `+arm("4")+`) b CROSS JOIN events e ON e.id = b.event_id
		ORDER BY b.rank, b.significance DESC, b.event_id DESC LIMIT 2`, row, func() {
		date, _ := news.ParseHistoricalDate(row[2].(string), news.CalendarModel(row[3].(string)))
		j := text(nil, `{"title":`, row[0])
		j = append(text(j, `,"description":{"html":`, row[1]), '}')
		j = text(j, `,"date":{"text":`, date.Text(nil, news.StyleLong))
		best[n] = append(text(j, `,"precision":`, string(date.Precision)), `}}`...)
		ranks[n] = strconv.FormatInt(row[4].(int64), 10) + strconv.FormatBool(row[5] == "VERIFIED")
		n++
	}, facet)
	switch {
	case n == 0:
		return append(b, `null`...), err
	case n == 2 && ranks[0] == ranks[1] && year%2 == 0:
		return append(b, best[1]...), err
	}
	return append(b, best[0]...), err
}

// day is the page of one day of a year that is no leap year, or that has 29 February.
func (c *handConn) day(b []byte, date string) ([]byte, error) {
	day, err := news.ParseDate(date)
	if err != nil {
		return b, err
	}
	facet := int64(1000 + day.Month*100 + day.Day)
	b = append(append(append(b, `{"data":{"onThisDay":{"date":"`...), date...), `","headline":`...)
	if b, err = c.headline(b, facet, day.Year); err != nil {
		return b, err
	}
	row := make([]driver.Value, 6)
	var around [2]int64
	err = c.each(`SELECT coalesce((SELECT max(facet) FROM facet_counts WHERE list = 2 AND facet BETWEEN 1101 AND +?1 - 1 AND entries > 0),
			(SELECT max(facet) FROM facet_counts WHERE list = 2 AND facet BETWEEN 1101 AND 2231 AND entries > 0)),
		coalesce((SELECT min(facet) FROM facet_counts WHERE list = 2 AND facet BETWEEN +?1 + 1 AND 2231 AND entries > 0),
			(SELECT min(facet) FROM facet_counts WHERE list = 2 AND facet BETWEEN 1101 AND 2231 AND entries > 0))`, row[:2], func() {
		around = [2]int64{row[0].(int64), row[1].(int64)}
	}, facet)
	if err != nil {
		return b, err
	}
	b = fmt.Appendf(b, `,"previousDay":"%02d-%02d","nextDay":"%02d-%02d"`, (around[0]-1000)/100, around[0]%100, (around[1]-1000)/100, around[1]%100)
	err = c.each(`SELECT entries FROM facet_counts WHERE list = 2 AND facet = +?`, row[:1], func() {
		b = strconv.AppendInt(append(b, `,"events":{"totalCount":`...), row[0].(int64), 10)
	}, facet)
	if err != nil {
		return b, err
	}
	type event struct{ fields, sources, topics []byte }
	var events []event
	at := map[int64]int{}
	var ids []byte
	err = c.each(`SELECT e.id, e.title, e.kind, e.edtf, e.calendar, e.verification FROM event_facets f CROSS JOIN events e ON e.id = f.event_id
		WHERE f.facet = +? ORDER BY f.significance DESC, f.event_id DESC LIMIT 20`, row, func() {
		date, _ := news.ParseHistoricalDate(row[3].(string), news.CalendarModel(row[4].(string)))
		j := text(nil, `{"title":`, row[1])
		j = text(j, `,"kind":`, row[2])
		j = append(text(j, `,"date":{"text":`, date.Text(nil, news.StyleLong)), '}')
		at[row[0].(int64)] = len(events)
		events = append(events, event{fields: text(j, `,"verification":`, row[5])})
		ids = strconv.AppendInt(append(ids, ','), row[0].(int64), 10)
	}, facet)
	if err != nil {
		return b, err
	}
	if len(ids) > 0 {
		ids[0] = '['
		list := string(append(ids, ']'))
		err = c.each(`SELECT c.event_id, c.title FROM json_each(?) j CROSS JOIN event_citations c ON c.event_id = j.value ORDER BY c.event_id, c.position`, row[:2], func() {
			e := &events[at[row[0].(int64)]]
			e.sources = append(text(comma(e.sources), `{"title":`, row[1]), '}')
		}, list)
		if err != nil {
			return b, err
		}
		err = c.each(`SELECT l.event_id, t.name FROM json_each(?) j CROSS JOIN event_topics l ON l.event_id = j.value CROSS JOIN topics t ON t.id = l.topic_id
			ORDER BY l.event_id, l.position`, row[:2], func() {
			e := &events[at[row[0].(int64)]]
			e.topics = append(text(comma(e.topics), `{"name":`, row[1]), '}')
		}, list)
		if err != nil {
			return b, err
		}
	}
	b = append(b, `,"nodes":[`...)
	for i, e := range events {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, e.fields...), `,"sources":[`...), e.sources...)
		b = append(append(append(b, `],"topics":[`...), e.topics...), `]}`...)
	}
	return append(b, `]}}}}`...), nil
}

// text writes a member of an object; value is a string or nil.
func text(b []byte, name string, value driver.Value) []byte {
	b = append(b, name...)
	s, ok := value.(string)
	if !ok {
		return append(b, `null`...)
	}
	b = append(b, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		default:
			b = append(b, '\\', 'u', '0', '0', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		}
	}
	return append(append(b, s[start:]...), '"')
}

func instant(b []byte, name string, millis int64) []byte {
	b = append(append(b, name...), '"')
	return append(time.UnixMilli(millis).UTC().AppendFormat(b, time.RFC3339Nano), '"')
}

func person(b []byte, name, path driver.Value) []byte {
	if name == nil {
		return append(b, `,"author":null`...)
	}
	b = text(b, `,"author":{"name":`, name)
	return append(text(b, `,"path":`, path), '}')
}

func comma(b []byte) []byte {
	if len(b) > 0 {
		b = append(b, ',')
	}
	return b
}
