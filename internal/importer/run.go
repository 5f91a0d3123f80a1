// Package importer turns exports of other systems into news records and reports what became of each of them. A format is
// a file of this package: WordPress exports (wxr.go), Dateline's own JSON Lines (jsonl.go), and for historical events
// Wikimedia's "on this day" answers (onthisday.go), day lists (daylist.go), tables (csv.go) and calendars (ical.go). See
// docs/import.md.
package importer

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
)

// Format is a kind of source.
type Format string

// The formats that can be imported.
const (
	WXR       Format = "wxr"
	JSONLines Format = "jsonl"
	OnThisDay Format = "onthisday"
	DayList   Format = "daylist"
	CSV       Format = "csv"
	ICalendar Format = "ical"
)

// Sink writes a batch and says what became of each of its records, in the same order. An error means that nothing of the
// batch was written and ends the run.
type Sink func(ctx context.Context, batch []news.Record) ([]news.Outcome, error)

// Stage is the first half of a Sink that can do some of its work on a batch while the one before is written. What it
// returns is the other half.
type Stage func(batch []news.Record) func(context.Context) ([]news.Outcome, error)

// Finish is called once after the last batch of a run that was not cut short by an error. It resolves references that were
// pending and returns those that lead nowhere.
type Finish func(ctx context.Context) ([]news.Unresolved, error)

// Options steer a run.
type Options struct {
	Input string // name of the source for the report and for onthisday's date; may be empty

	// Sink may be nil only for a dry run. Without one, records are checked as far as that goes without a store, and a
	// record that passes counts as created.
	Sink   Sink
	Stage  Stage  // taken instead of Sink when set
	Finish Finish // may be nil
	DryRun bool   // marks the report; a Sink given all the same must not keep what it writes

	Locale   news.Locale    // of records that name none; empty: the source's, and the site's where the source has none
	Location *time.Location // of times without a zone; nil is UTC
	SiteURL  news.URL       // replaces the address in a WordPress export; empty keeps that of the export
	Day      *news.MonthDay // of an onthisday source; nil: found in Input

	Kind     news.HistoricalEventKind // of the events of a daylist, csv or ical source; empty: what the source says
	Columns  map[string]string        // of a csv source: the column for each of TableFields; one left out has the field's name
	BC       YearNumbering            // of a csv source
	Calendar news.CalendarModel       // of a csv source's dates; empty: Gregorian
	System   string                   // of the refs of a csv source; empty: "csv"

	// Progress, when set, is called after each batch from the goroutine that called Run.
	Progress func(Progress)
}

func (o *Options) writes() bool { return o.Sink != nil || o.Stage != nil }

// Progress is how far a run has come.
type Progress struct {
	Bytes   int64 // read from the source as given, before decompression
	Records int   // of the source, with an outcome
}

const (
	batchRecords = 300
	batchBytes   = 2 << 20
)

// Run reads all of r, gzip or not, hands its records to the sink in batches and returns the report, which is never nil. The
// error says why the run ended early: the source is not of this format, or the sink failed, or ctx ended. Records that
// fail are no error; see [Report.OK].
func Run(ctx context.Context, format Format, r io.Reader, opt Options) (*Report, error) {
	read, ok := map[Format]func(*run, io.Reader) error{
		WXR: readWXR, JSONLines: readJSONLines, OnThisDay: readOnThisDay, DayList: readDayList, CSV: readCSV, ICalendar: readICalendar,
	}[format]
	in := &run{ctx: ctx, opt: opt, report: newReport(opt.Input, format, opt.DryRun)}
	defer in.report.finish()
	if !ok {
		return in.report, news.Invalidf("unknown format %q; use wxr, jsonl, onthisday, daylist, csv or ical", format)
	}
	if !opt.writes() && !opt.DryRun {
		return in.report, fmt.Errorf("import: no sink; only a dry run works without one")
	}
	if opt.Location == nil {
		in.opt.Location = time.UTC
	}
	plain, err := decompress(&countReader{r, &in.bytes})
	if err != nil {
		return in.report, err
	}
	err = read(in, plain)
	if closeErr := in.close(err); err == nil {
		err = closeErr
	}
	return in.report, err
}

// run is one import on its way. One batch is written while the next is staged and the one after that is read.
type run struct {
	ctx    context.Context
	opt    Options
	report *Report
	bytes  int64

	batch   batch
	writing []*writing // in order, at most maxWriting
	err     error      // of the sink; sticky
}

type batch struct {
	records []news.Record
	from    []source
	bytes   int
}

// source is where a record of a batch comes from.
type source struct {
	origin
	note string
	also []origin // records of the source that are part of this one and share its outcome
}

type origin struct {
	kind   string
	ref    news.Ref
	line   int
	offset int64
}

// writing is a batch on its way into the sink. Outcomes and err are there when done is closed.
type writing struct {
	batch    batch
	done     chan struct{}
	outcomes []news.Outcome
	err      error
}

// maxWriting bounds the batches in memory: one that is written and one that is staged.
const maxWriting = 2

// record queues a record. The error is the sink's or the context's and ends the run.
func (in *run) record(o origin, rec news.Record, note string, also ...origin) error {
	if problem := checkRecord(&rec); problem != "" {
		in.fail(o, problem)
		for _, a := range also {
			in.fail(a, "part of "+string(o.ref)+": "+problem)
		}
		return in.ctx.Err()
	}
	in.batch.records = append(in.batch.records, rec)
	in.batch.from = append(in.batch.from, source{o, note, also})
	in.batch.bytes += recordBytes(&rec)
	if len(in.batch.records) < batchRecords && in.batch.bytes < batchBytes {
		return in.err
	}
	return in.flush()
}

func (in *run) skip(o origin, reason string) { in.report.count(o, Skipped, reason) }
func (in *run) fail(o origin, reason string) { in.report.count(o, news.Failed, reason) }

// flush gives the batch to the sink.
func (in *run) flush() error {
	for len(in.writing) >= maxWriting {
		in.settle()
	}
	if err := in.ctx.Err(); in.err == nil && err != nil {
		in.err = err
	}
	b := in.batch
	in.batch = batch{}
	switch {
	case len(b.records) == 0:
	case in.err != nil:
		in.lost(b, in.err)
	case !in.opt.writes():
		in.accept(b)
	default:
		in.write(b)
	}
	if in.opt.Progress != nil {
		in.opt.Progress(Progress{in.bytes, in.report.Source})
	}
	return in.err
}

// write stages a batch and writes it after the one before, which must not have failed.
func (in *run) write(b batch) {
	w := &writing{batch: b, done: make(chan struct{})}
	var before *writing
	if n := len(in.writing); n > 0 {
		before = in.writing[n-1]
	}
	in.writing = append(in.writing, w)
	go func() {
		defer close(w.done)
		write := in.stage(b.records)
		if before != nil {
			if <-before.done; before.err != nil {
				w.err = before.err
				return
			}
		}
		w.outcomes, w.err = write(in.ctx)
		if w.err == nil && len(w.outcomes) != len(b.records) {
			w.err = fmt.Errorf("the sink gave %d outcomes for %d records", len(w.outcomes), len(b.records))
		}
	}()
}

func (in *run) stage(batch []news.Record) func(context.Context) ([]news.Outcome, error) {
	if in.opt.Stage != nil {
		return in.opt.Stage(batch)
	}
	return func(ctx context.Context) ([]news.Outcome, error) { return in.opt.Sink(ctx, batch) }
}

func (in *run) accept(b batch) {
	for _, s := range b.from {
		in.settled(s, news.Outcome{Result: news.Created})
	}
}

// settle waits for the oldest batch in the sink and counts its outcomes.
func (in *run) settle() {
	w := in.writing[0]
	in.writing = in.writing[1:]
	if <-w.done; w.err != nil {
		in.err = w.err
		in.lost(w.batch, w.err)
		return
	}
	for i, s := range w.batch.from {
		in.settled(s, w.outcomes[i])
	}
}

func (in *run) settled(s source, out news.Outcome) {
	in.report.count(s.origin, out.Result, joinNotes(out.Reason, s.note))
	for _, a := range s.also {
		reason := ""
		if out.Result == news.Failed {
			reason = "part of " + string(s.ref) + ": " + out.Reason
		}
		in.report.count(a, out.Result, reason)
	}
}

func (in *run) lost(b batch, err error) {
	for _, s := range b.from {
		in.settled(s, news.Outcome{Result: news.Failed, Reason: "not written: " + err.Error()})
	}
}

// close writes what is left; readErr is how reading ended.
func (in *run) close(readErr error) error {
	in.flush()
	for len(in.writing) > 0 {
		in.settle()
	}
	if in.err != nil {
		return in.err
	}
	if in.opt.Progress != nil {
		in.opt.Progress(Progress{in.bytes, in.report.Source})
	}
	if readErr != nil || in.opt.Finish == nil || !in.opt.writes() {
		return nil
	}
	unresolved, err := in.opt.Finish(in.ctx)
	in.report.Unresolved = unresolved
	return err
}

func joinNotes(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

// recordBytes estimates what a record takes in a batch; only its long texts matter.
func recordBytes(rec *news.Record) int {
	const rest = 512
	switch {
	case rec.Article != nil:
		return rest + len(rec.Article.Body)
	case rec.Page != nil:
		return rest + len(rec.Page.Body)
	case rec.Event != nil:
		return rest + len(rec.Event.Description)
	}
	return rest
}

type countReader struct {
	r io.Reader
	n *int64
}

func (c *countReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	*c.n += int64(n)
	return n, err
}

// decompress reads gzip, which it knows by its magic number, and passes everything else on.
func decompress(r io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	if magic, _ := b.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return b, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, news.Invalidf("the gzip header is broken: %v; compress the file again", err)
	}
	return z, nil
}
