package importer

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

// YearNumbering says what a negative year number means.
type YearNumbering string

// The year numberings. Without one, a year before 1 is refused.
const (
	YearsNegated      YearNumbering = "negated"      // -44 is 44 BC, and there is no year 0
	YearsAstronomical YearNumbering = "astronomical" // -43 is 44 BC, 0 is 1 BC
)

// TableFields are what the columns of a csv source can hold.
var TableFields = []string{"title", "date", "year", "month", "day", "calendar", "ref", "kind", "description", "significance",
	"verification", "locale", "status", "source", "url", "publisher", "quote"}

const (
	maxRow  = 8 << 20
	maxHead = 64 << 10
)

// readCSV reads a table of events with a header row, described in docs/import.md.
func readCSV(in *run, r io.Reader) error {
	limit := &rowLimit{r: r, left: maxRow}
	text := bufio.NewReaderSize(limit, maxHead)
	separator, err := openTable(text)
	if err != nil {
		return err
	}
	rows := csv.NewReader(text)
	rows.Comma, rows.FieldsPerRecord, rows.ReuseRecord = separator, -1, true
	head, err := rows.Read()
	if err != nil {
		return news.Invalidf("the header row cannot be read: %v; the first row must hold the names of the columns", err)
	}
	t := &table{in: in, rows: rows, refs: map[news.Ref]int{}}
	if err := t.findColumns(head); err != nil {
		return err
	}
	for {
		limit.left = maxRow
		start := rows.InputOffset()
		row, err := rows.Read()
		broken, isBroken := errors.AsType[*csv.ParseError](err)
		switch {
		case err == io.EOF:
			return nil
		case isBroken:
			o := origin{kind: "row", ref: news.Ref("line:" + strconv.Itoa(broken.StartLine)), line: broken.StartLine, offset: start}
			in.fail(o, fmt.Sprintf("line %d, character %d: %v; put values with quotes in quotes, and write a quote in them twice",
				broken.Line, broken.Column, broken.Err))
		case err != nil:
			in.report.Incomplete = fmt.Sprintf("byte %d: %v; what came before is kept", start, err)
			return nil
		default:
			if err := t.row(row, start); err != nil {
				return err
			}
		}
		if err := in.ctx.Err(); err != nil {
			return err
		}
	}
}

// rowLimit bounds what a row can take in memory: a quote that is never closed would take the rest of the file.
type rowLimit struct {
	r    io.Reader
	left int
}

func (l *rowLimit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("a row is longer than %d MB; look for a quote that is not closed", maxRow>>20)
	}
	n, err := l.r.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

// openTable skips the byte order mark and Excel's separator line, and finds the separator.
func openTable(text *bufio.Reader) (rune, error) {
	begin, _ := text.Peek(3)
	switch {
	case string(begin) == "\ufeff":
		text.Discard(3)
	case len(begin) > 1 && (begin[0] == 0xff && begin[1] == 0xfe || begin[0] == 0xfe && begin[1] == 0xff):
		return 0, news.Invalidf("the table is in UTF-16; save it as CSV UTF-8")
	}
	if line, _ := text.Peek(7); len(line) > 5 && string(line[:4]) == "sep=" && (line[5] == '\n' || line[5] == '\r') {
		separator := rune(line[4])
		if strings.ContainsRune(",;\t|", separator) {
			_, err := text.ReadString('\n')
			return separator, err
		}
	}
	head, _ := text.Peek(maxHead)
	return separatorOf(head), nil
}

// separatorOf is the one of comma, semicolon, tab and bar that stands most often outside quotes in the first row.
func separatorOf(head []byte) rune {
	counts := map[byte]int{}
	isQuoted := false
	for _, c := range head {
		if c == '"' {
			isQuoted = !isQuoted
		}
		if c == '\n' && !isQuoted {
			break
		}
		if !isQuoted {
			counts[c]++
		}
	}
	best := byte(',')
	for _, c := range []byte(";\t|") {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return rune(best)
}

// table is a csv source on its way.
type table struct {
	in      *run
	rows    *csv.Reader
	head    []string
	columns map[string]int    // by field
	refs    map[news.Ref]int  // lines of the rows whose ref was made from their content
	values  map[string]string // of the current row, by field
	line    int
}

// findColumns gives every field its column.
func (t *table) findColumns(head []string) error {
	for _, name := range head {
		t.head = append(t.head, strings.TrimSpace(name))
	}
	t.columns = map[string]int{}
	for field := range t.in.opt.Columns {
		if !slices.Contains(TableFields, field) {
			return news.Invalidf("a column cannot be mapped to %q; use one of %s", field, strings.Join(TableFields, ", "))
		}
	}
	for _, field := range TableFields {
		wanted, isMapped := t.in.opt.Columns[field]
		if !isMapped {
			wanted = field
		}
		if !isMapped && slices.Contains(slices.Collect(maps.Values(t.in.opt.Columns)), field) {
			continue // the column of that name was given to another field
		}
		switch at := t.find(wanted); {
		case len(at) == 1:
			t.columns[field] = at[0]
		case len(at) > 1:
			return news.Invalidf("%d columns are called %q; give them different names", len(at), wanted)
		case isMapped:
			return news.Invalidf("there is no column %q for %s; the table has %s", wanted, field, quotedList(t.head))
		}
	}
	return t.checkColumns()
}

// find is where columns with that name stand; upper and lower case are the same.
func (t *table) find(name string) (at []int) {
	for i, h := range t.head {
		if strings.EqualFold(h, strings.TrimSpace(name)) {
			at = append(at, i)
		}
	}
	return at
}

func (t *table) checkColumns() error {
	_, hasDate := t.columns["date"]
	if hasDate {
		for _, part := range []string{"year", "month", "day"} {
			if _, isMapped := t.in.opt.Columns[part]; isMapped {
				return news.Invalidf("both date and %s are mapped; map the date, or year, month and day", part)
			}
			delete(t.columns, part)
		}
	}
	hint := fmt.Sprintf("name it as in --map title=%q; the table has %s", firstOr(t.head, "Headline"), quotedList(t.head))
	if _, ok := t.columns["title"]; !ok {
		return news.Invalidf("no column holds the title; %s", hint)
	}
	if _, ok := t.columns["year"]; !ok && !hasDate {
		if _, ok := t.columns["month"]; !ok {
			return news.Invalidf("no column holds the date, or year, month and day; %s", hint)
		}
	}
	used := slices.Collect(maps.Values(t.columns))
	for i, name := range t.head {
		if !slices.Contains(used, i) {
			t.in.report.lose("column", cmp.Or(name, fmt.Sprintf("number %d, without a name,", i+1)), "line:1")
		}
	}
	return nil
}

func firstOr(list []string, other string) string {
	if len(list) > 0 && list[0] != "" {
		return list[0]
	}
	return other
}

func quotedList(names []string) string {
	quoted := make([]string, 0, len(names))
	for i, name := range names {
		if i == 40 {
			quoted = append(quoted, "…")
			break
		}
		quoted = append(quoted, strconv.Quote(clip(name, 60)))
	}
	return strings.Join(quoted, ", ")
}

func (t *table) row(row []string, offset int64) error {
	t.line, _ = t.rows.FieldPos(0)
	o := origin{kind: "row", ref: news.Ref("line:" + strconv.Itoa(t.line)), line: t.line, offset: offset}
	if problem := t.read(row); problem != "" {
		t.in.fail(o, problem)
		return nil
	}
	rec, problem := t.event()
	if problem != "" {
		t.in.fail(o, problem)
		return nil
	}
	ref, isMade := t.ref(rec)
	if isMade {
		if before := t.refs[ref]; before > 0 {
			t.in.skip(o, fmt.Sprintf("title, date and kind are those of line %d; give both rows a ref if they are two events", before))
			return nil
		}
		t.refs[ref] = t.line
	}
	o.ref = ref
	return t.in.record(o, news.Record{Ref: ref, Event: rec}, "")
}

// read takes the values of a row out of its columns.
func (t *table) read(row []string) (problem string) {
	t.values = map[string]string{}
	for i, value := range row {
		if !utf8.ValidString(value) {
			return t.at(i, "the text is not UTF-8; save the table as CSV UTF-8")
		}
		if i >= len(t.head) && strings.TrimSpace(value) != "" {
			line, column := t.rows.FieldPos(i)
			return fmt.Sprintf("line %d, character %d: the row has more values than the header row; look for a separator that is not in quotes", line, column)
		}
	}
	for field, i := range t.columns {
		if i < len(row) {
			t.values[field] = strings.TrimSpace(row[i])
		}
	}
	return ""
}

// at says what is wrong with a value of the current row.
func (t *table) at(column int, problem string) string {
	line, character := t.rows.FieldPos(column)
	name := fmt.Sprintf("column %d", column+1)
	if column < len(t.head) {
		name = fmt.Sprintf("column %q", clip(t.head[column], 60))
	}
	return fmt.Sprintf("line %d, %s (character %d): %s", line, name, character, problem)
}

// wrong is at for a field. A column that the row has no value for has no place in it.
func (t *table) wrong(field, problem string) string {
	column, ok := t.columns[field]
	if !ok {
		return fmt.Sprintf("line %d: %s", t.line, problem)
	}
	if t.values[field] == "" {
		return fmt.Sprintf("line %d, column %q: %s", t.line, clip(t.head[column], 60), problem)
	}
	return t.at(column, problem)
}

func (t *table) event() (rec *news.EventRecord, problem string) {
	v := t.values
	if v["title"] == "" {
		return nil, t.wrong("title", "the title is missing")
	}
	rec = &news.EventRecord{
		HistoricalEvent: news.HistoricalEvent{
			Head: news.Head{Title: v["title"], Locale: t.in.opt.Locale, Status: news.EntryStatus(word(v["status"]))},
			Kind: cmp.Or(news.HistoricalEventKind(word(v["kind"])), t.in.opt.Kind), Verification: news.VerificationState(word(v["verification"])),
		},
		Description: plainHTML(v["description"]),
	}
	if l := v["locale"]; l != "" {
		if !localeTag.MatchString(l) {
			return nil, t.wrong("locale", fmt.Sprintf("%q is not a language tag such as en or pt-BR", clip(l, 60)))
		}
		rec.Locale = news.Locale(l)
	}
	for field, check := range map[string]news.Record{
		"kind": {Event: &news.EventRecord{HistoricalEvent: news.HistoricalEvent{Kind: rec.Kind}}}, "status": {Event: &news.EventRecord{HistoricalEvent: news.HistoricalEvent{Head: news.Head{Status: rec.Status}}}},
		"verification": {Event: &news.EventRecord{HistoricalEvent: news.HistoricalEvent{Verification: rec.Verification}}},
	} {
		if err := check.Check(); err != nil {
			return nil, t.wrong(field, clip(err.Error(), 200))
		}
	}
	if s := v["significance"]; s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 || n > 100 {
			return nil, t.wrong("significance", fmt.Sprintf("%q is not a number from 0 to 100", clip(s, 60)))
		}
		rec.Significance = &n
	}
	if rec.Sources, problem = t.sources(); problem != "" {
		return nil, problem
	}
	rec.Date, rec.Calendar, problem = t.date()
	return rec, problem
}

// word is the form that words with a meaning have in the schema.
func word(s string) string { return strings.ToUpper(strings.ReplaceAll(s, " ", "_")) }

// plainHTML makes HTML of plain text with blank lines.
func plainHTML(text string) news.HTML {
	var b strings.Builder
	for _, p := range blankLines.Split(strings.ReplaceAll(text, "\r\n", "\n"), -1) {
		if p = strings.TrimSpace(p); p != "" {
			b.WriteString("<p>" + strings.ReplaceAll(html.EscapeString(p), "\n", "<br>") + "</p>")
		}
	}
	return news.HTML(b.String())
}

var blankLines = regexp.MustCompile(`\n\s*\n`)

func (t *table) sources() ([]news.Citation, string) {
	v := t.values
	c := news.Citation{Title: cmp.Or(v["source"], v["url"], v["publisher"]), Publisher: given(v["publisher"]), Quote: given(v["quote"])}
	if address := v["url"]; address != "" {
		safe, ok := markup.SafeURL(address)
		if !ok {
			return nil, t.wrong("url", fmt.Sprintf("%q is not an http or https address", clip(address, 80)))
		}
		u := news.URL(safe)
		c.URL = &u
	}
	switch {
	case c.Title != "":
		return []news.Citation{c}, ""
	case c.Quote != nil:
		return nil, t.wrong("quote", "there is a quote without a source; name the source")
	}
	return nil, ""
}

func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// date is the row's date, from its date column or from year, month and day.
func (t *table) date() (news.EDTF, news.CalendarModel, string) {
	calendar := cmp.Or(news.CalendarModel(word(t.values["calendar"])), t.in.opt.Calendar, news.CalendarGregorian)
	if calendar != news.CalendarGregorian && calendar != news.CalendarJulian {
		return "", "", t.wrong("calendar", fmt.Sprintf("%q is not a calendar; write GREGORIAN or JULIAN", clip(t.values["calendar"], 60)))
	}
	field, date, problem := "date", t.values["date"], ""
	if _, ok := t.columns["date"]; !ok {
		field = "year"
		if date, problem = t.dateOfParts(); problem != "" {
			return "", "", problem
		}
	}
	if date == "" {
		return "", "", t.wrong(field, "the date is missing")
	}
	d, err := news.ParseHistoricalDate(date, calendar)
	if err != nil {
		return "", "", t.wrong(field, fmt.Sprintf("date %q: %v", clip(date, 60), err))
	}
	if field == "date" && yearBeforeOne.MatchString(date) {
		switch t.in.opt.BC {
		case "":
			return "", "", t.wrong(field, fmt.Sprintf("%q is a year before 1; say --bc astronomical if -0043 is 44 BC in this table, as EDTF has it", clip(date, 60)))
		case YearsNegated:
			return "", "", t.wrong(field, fmt.Sprintf("%q: EDTF is astronomical, -0043 is 44 BC; negated years need columns for year, month and day", clip(date, 60)))
		}
	}
	return d.EDTF, calendar, ""
}

// yearBeforeOne finds a minus sign that is no hyphen, and the year 0000.
var yearBeforeOne = regexp.MustCompile(`(?:^|[^0-9X])(?:-[0-9]|0000)`)

// dateOfParts writes the EDTF of year, month and day, of which the last may be missing.
func (t *table) dateOfParts() (edtf, problem string) {
	year, problem := t.year()
	if problem != "" {
		return "", problem
	}
	month, problem := t.part("month", 12)
	if problem != "" {
		return "", problem
	}
	day, problem := t.part("day", 31)
	switch {
	case problem != "":
		return "", problem
	case day != "" && month == "":
		return "", t.wrong("day", "there is a day without a month")
	case year == "XXXX" && (day == "" || month == ""):
		return "", t.wrong("year", "the date is missing; give the year, or month and day of something that recurs")
	}
	return year + month + day, ""
}

// year is the EDTF year of the row; XXXX when there is none.
func (t *table) year() (edtf, problem string) {
	s := strings.ReplaceAll(t.values["year"], "−", "-")
	if s == "" {
		return "XXXX", ""
	}
	n, err := strconv.Atoi(s)
	switch {
	case err != nil:
		year, isOldStyle, problem := parseListedYear(oneLine(s))
		if problem != "" || isOldStyle {
			return "", t.wrong("year", fmt.Sprintf("%q is not a year; write 1998, 44 BC or AD 69", clip(s, 60)))
		}
		n = year
	case n > 0:
	case t.in.opt.BC == "":
		return "", t.wrong("year", fmt.Sprintf("the year %d is before 1; say --bc negated if -44 is 44 BC in this table, --bc astronomical if -43 is", n))
	case t.in.opt.BC == YearsNegated && n == 0:
		return "", t.wrong("year", "there is no year 0 where -44 is 44 BC")
	case t.in.opt.BC == YearsNegated:
		n++
	}
	if n < -9999 || n > 9999 {
		return "", t.wrong("year", fmt.Sprintf("the year %d is out of range; a date column can hold it as EDTF, such as Y-12000", n))
	}
	return strings.TrimSuffix(string(edtfDay(n, 1, 1)), "-01-01"), ""
}

// part is a month or a day as EDTF has it, with its hyphen.
func (t *table) part(field string, most int) (edtf, problem string) {
	s := t.values[field]
	if s == "" {
		return "", ""
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > most {
		return "", t.wrong(field, fmt.Sprintf("%q is not a %s; write a number from 1 to %d", clip(s, 60), field, most))
	}
	return fmt.Sprintf("-%02d", n), ""
}

// ref is the row's own ref, or one made from what tells events apart, so that a text can be corrected and imported again.
func (t *table) ref(rec *news.EventRecord) (ref news.Ref, isMade bool) {
	system := cmp.Or(t.in.opt.System, string(CSV))
	if own := t.values["ref"]; strings.Contains(own, ":") {
		return news.Ref(own), false
	} else if own != "" {
		return news.Ref(system + ":" + own), false
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{t.values["title"], string(rec.Date), string(rec.Calendar), string(rec.Kind), string(rec.Locale)}, "\x00")))
	return news.Ref(system + ":" + hex.EncodeToString(sum[:12])), true
}
