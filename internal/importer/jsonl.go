package importer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"

	"github.com/dateline-cms/dateline/internal/news"
)

// maxLine bounds one line of JSON Lines.
const maxLine = 32 << 20

// readJSONLines reads Dateline's own format, described in docs/import.md: a record of package news on each line.
func readJSONLines(in *run, r io.Reader) error { return eachLine(in, r, "line", readLine) }

// eachLine hands on every line that is not blank. A line that is too long fails as a record of the given kind.
func eachLine(in *run, r io.Reader, kind string, read func(in *run, o origin, line []byte) error) error {
	lines := &lineReader{r: bufio.NewReaderSize(r, 256<<10), max: maxLine}
	for {
		line, err := lines.next()
		if err != nil && err != io.EOF && err != errTooLong {
			in.report.Incomplete = fmt.Sprintf("line %d, byte %d: %v; what came before is kept", lines.number, lines.offset, err)
			return nil
		}
		o := origin{kind: kind, ref: news.Ref("line:" + strconv.Itoa(lines.number)), line: lines.number, offset: lines.offset}
		switch {
		case err == errTooLong:
			in.fail(o, fmt.Sprintf("the line is longer than %d MB", lines.max>>20))
		case len(bytes.TrimSpace(line)) > 0:
			if err := read(in, o, line); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err := in.ctx.Err(); err != nil {
			return err
		}
	}
}

func readLine(in *run, o origin, line []byte) error {
	rec, kind, err := DecodeRecord(line)
	if kind != "" {
		o.kind = kind
	}
	if rec.Ref != "" {
		o.ref = rec.Ref
	}
	if err != nil {
		in.fail(o, fmt.Sprintf("line %d: %v", o.line, err))
		return nil
	}
	setLocale(&rec, in.opt.Locale)
	return in.record(o, rec, "")
}

// setLocale gives a record that has a language, and names none, the operator's.
func setLocale(rec *news.Record, l news.Locale) {
	if l == "" {
		return
	}
	for _, to := range []*news.Locale{
		at(rec.Article, func(a *news.ArticleRecord) *news.Locale { return &a.Locale }),
		at(rec.Page, func(p *news.PageRecord) *news.Locale { return &p.Locale }),
		at(rec.Event, func(e *news.EventRecord) *news.Locale { return &e.Locale }),
		at(rec.Category, func(c *news.CategoryRecord) *news.Locale { return &c.Locale }),
		at(rec.Topic, func(t *news.TopicRecord) *news.Locale { return &t.Locale }),
	} {
		if to != nil && *to == "" {
			*to = l
		}
	}
}

func at[T any](rec *T, field func(*T) *news.Locale) *news.Locale {
	if rec == nil {
		return nil
	}
	return field(rec)
}

// wire is the part that all lines share.
type wire struct {
	Type string   `json:"type"`
	Ref  news.Ref `json:"ref"`
}

// The forms of a line. The fields of the embedded record stand beside "type" and "ref".
type (
	siteLine struct {
		wire
		news.SiteRecord
	}
	imageLine struct {
		wire
		news.ImageRecord
	}
	authorLine struct {
		wire
		news.AuthorRecord
	}
	topicLine struct {
		wire
		news.TopicRecord
	}
	categoryLine struct {
		wire
		news.CategoryRecord
	}
	pageLine struct {
		wire
		news.PageRecord
	}
	articleLine struct {
		wire
		news.ArticleRecord
	}
	eventLine struct {
		wire
		news.EventRecord
	}
	redirectLine struct {
		wire
		news.RedirectRecord
	}
)

// DecodeRecord reads one line of JSON Lines. Field names are exact, and an unknown one is an error that names it. kind is
// the line's type when it is known, even where there is an error.
func DecodeRecord(line []byte) (rec news.Record, kind string, err error) {
	kind, err = lineType(line)
	if err != nil {
		return rec, "", err
	}
	switch kind {
	case "site":
		v := new(siteLine)
		err = strict(line, v)
		rec = news.Record{Ref: v.Ref, Site: &v.SiteRecord}
	case "image":
		v := new(imageLine)
		err = strict(line, v)
		rec = news.Record{Ref: v.Ref, Image: &v.ImageRecord}
	case "author":
		v := new(authorLine)
		err = strict(line, v)
		rec = news.Record{Ref: v.Ref, Author: &v.AuthorRecord}
	case "topic":
		v := new(topicLine)
		err = strict(line, v)
		rec = news.Record{Ref: v.Ref, Topic: &v.TopicRecord}
	case "category":
		v := new(categoryLine)
		err = strict(line, v)
		rec = news.Record{Ref: v.Ref, Category: &v.CategoryRecord}
	case "page":
		v := new(pageLine)
		err = strict(line, v)
		rec = news.Record{Ref: v.Ref, Page: &v.PageRecord}
	case "article":
		v := new(articleLine)
		err = strict(line, v)
		rec = news.Record{Ref: v.Ref, Article: &v.ArticleRecord}
	case "event":
		v := new(eventLine)
		err = strict(line, v)
		rec = news.Record{Ref: v.Ref, Event: &v.EventRecord}
	case "redirect":
		v := new(redirectLine)
		err = strict(line, v)
		rec = news.Record{Ref: v.Ref, Redirect: &v.RedirectRecord}
	default:
		return rec, "", fmt.Errorf("unknown type %q; use one of site, image, author, topic, category, page, article, event, redirect",
			clip(kind, 40))
	}
	return rec, kind, err
}

// EncodeRecord is the line for a record, without line end. DecodeRecord reads it back.
func EncodeRecord(rec news.Record) ([]byte, error) {
	var v any
	switch {
	case rec.Site != nil:
		v = siteLine{wire{"site", rec.Ref}, *rec.Site}
	case rec.Image != nil:
		v = imageLine{wire{"image", rec.Ref}, *rec.Image}
	case rec.Author != nil:
		v = authorLine{wire{"author", rec.Ref}, *rec.Author}
	case rec.Topic != nil:
		v = topicLine{wire{"topic", rec.Ref}, *rec.Topic}
	case rec.Category != nil:
		v = categoryLine{wire{"category", rec.Ref}, *rec.Category}
	case rec.Page != nil:
		v = pageLine{wire{"page", rec.Ref}, *rec.Page}
	case rec.Article != nil:
		v = articleLine{wire{"article", rec.Ref}, *rec.Article}
	case rec.Event != nil:
		v = eventLine{wire{"event", rec.Ref}, *rec.Event}
	case rec.Redirect != nil:
		v = redirectLine{wire{"redirect", rec.Ref}, *rec.Redirect}
	default:
		return nil, fmt.Errorf("the record %s is empty", rec.Ref)
	}
	line, err := json.Marshal(v, omitEmpty)
	if err != nil {
		return nil, fmt.Errorf("record %s: %w", rec.Ref, err)
	}
	return line, nil
}

// omitEmpty leaves out nil pointers only, not pointers to empty texts: an empty altText says that an image is decorative.
var omitEmpty = jsonv1.OmitEmptyWithLegacySemantics(true)

// lineType finds "type" at the top of the line. Lines that begin with it cost next to nothing.
func lineType(line []byte) (string, error) {
	d := jsontext.NewDecoder(bytes.NewReader(line))
	if t, err := d.ReadToken(); err != nil {
		return "", jsonProblem(err)
	} else if t.Kind() != '{' {
		return "", errors.New("a line must be a JSON object")
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return "", jsonProblem(err)
		}
		if name.String() != "type" {
			if err := d.SkipValue(); err != nil {
				return "", jsonProblem(err)
			}
			continue
		}
		value, err := d.ReadToken()
		if err != nil {
			return "", jsonProblem(err)
		}
		if value.Kind() != '"' {
			return "", errors.New(`"type" must be a string`)
		}
		return value.String(), nil
	}
	if _, err := d.ReadToken(); err != nil {
		return "", jsonProblem(err)
	}
	return "", errors.New(`"type" is missing; use one of site, image, author, topic, category, page, article, event, redirect`)
}

func strict(line []byte, v any) error {
	return jsonProblem(json.Unmarshal(line, v, json.RejectUnknownMembers(true)))
}

// jsonProblem says what is wrong in the words of someone who writes such a file.
func jsonProblem(err error) error {
	var semantic *json.SemanticError
	var syntax *jsontext.SyntacticError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &semantic):
		where := fieldName(semantic.JSONPointer)
		if errors.Is(err, json.ErrUnknownName) {
			return fmt.Errorf("unknown field %s; docs/import.md lists the fields", where)
		}
		if semantic.Err != nil {
			return fmt.Errorf("field %s: %s", where, clip(semantic.Err.Error(), 200))
		}
		return fmt.Errorf("field %s cannot hold a JSON %s", where, semantic.JSONKind)
	case errors.As(err, &syntax):
		what := err.Error()
		if syntax.Err != nil {
			what = syntax.Err.Error()
		}
		return fmt.Errorf("not valid JSON at byte %d: %s", syntax.ByteOffset, clip(what, 200))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("not valid JSON: it ends too early")
	}
	return err
}

// fieldName writes a JSON pointer (RFC 6901) as a path: byline.0.name.
func fieldName(p jsontext.Pointer) string {
	var parts []string
	for part := range p.Tokens() {
		parts = append(parts, clip(part, 60))
	}
	return strconv.Quote(strings.Join(parts, "."))
}

// lineReader returns lines of any length up to max, without their ends.
type lineReader struct {
	r      *bufio.Reader
	max    int
	number int   // of the line returned last, from 1
	offset int64 // of its first byte
	read   int64
	long   []byte // keeps its capacity for the next line longer than the reader's buffer
}

// next returns a line that is valid until the next call; io.EOF comes with the last line, which may be empty. After
// errTooLong the next line follows.
func (l *lineReader) next() ([]byte, error) {
	l.number++
	l.offset = l.read
	piece, err := l.r.ReadSlice('\n')
	l.read += int64(len(piece))
	if err != bufio.ErrBufferFull {
		return trimEnd(piece), err
	}
	if cap(l.long) > 4<<20 {
		l.long = nil
	}
	l.long = append(l.long[:0], piece...)
	tooLong := false
	for err == bufio.ErrBufferFull {
		piece, err = l.r.ReadSlice('\n')
		l.read += int64(len(piece))
		if tooLong = tooLong || len(l.long)+len(piece) > l.max; !tooLong {
			l.long = append(l.long, piece...)
		}
	}
	if tooLong && (err == nil || err == io.EOF) {
		return nil, errTooLong
	}
	return trimEnd(l.long), err
}

func trimEnd(line []byte) []byte { return bytes.TrimRight(line, "\r\n") }
