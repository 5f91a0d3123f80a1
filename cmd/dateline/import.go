package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/importer"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

type importCommand struct {
	WXR       wxrCommand       `cmd:"" name:"wxr" help:"Import WordPress exports (WXR 1.0 to 1.2)."`
	JSONL     jsonlCommand     `cmd:"" name:"jsonl" help:"Import Dateline's own JSON Lines."`
	OnThisDay onThisDayCommand `cmd:"" name:"onthisday" help:"Import historical events from Wikimedia's feed."`
	DayList   dayListCommand   `cmd:"" name:"daylist" help:"Import historical events from day lists, as Wikipedia has them."`
	CSV       csvCommand       `cmd:"" name:"csv" help:"Import historical events from a table."`
	ICal      icalCommand      `cmd:"" name:"ical" help:"Import historical events from a calendar (RFC 5545)."`
}

type wxrCommand struct{ importFlags }

// Help is shown by --help.
func (wxrCommand) Help() string {
	return importHelp + `

Example:

  dateline import wxr --db site.db --time-zone Europe/Berlin blog.xml.gz`
}

// Run imports the files.
func (c *wxrCommand) Run(ctx context.Context, std *streams) error {
	return c.run(ctx, std, importer.WXR, importer.Options{})
}

type jsonlCommand struct{ importFlags }

// Help is shown by --help.
func (jsonlCommand) Help() string {
	return importHelp + ` docs/import.md describes the records.

Example:

  generate-articles | dateline import jsonl --db site.db -`
}

// Run imports the files.
func (c *jsonlCommand) Run(ctx context.Context, std *streams) error {
	return c.run(ctx, std, importer.JSONLines, importer.Options{})
}

type onThisDayCommand struct {
	importFlags
	Day string `placeholder:"MM-DD" help:"The day that the files are about; needed where their names do not say it."`
}

// Help is shown by --help.
func (onThisDayCommand) Help() string {
	return importHelp + `

Years before our era are negated in the feed: -399 is 399 BC.

Example:

  dateline import onthisday --db site.db --day 02-06 feed.json`
}

// Validate refuses values that are wrong before anything is done.
func (c *onThisDayCommand) Validate() error {
	if _, err := c.day(); err != nil {
		return fmt.Errorf("--day: %w", err)
	}
	return c.siteFlags.Validate()
}

// day is nil when none was given.
func (c *onThisDayCommand) day() (*news.MonthDay, error) {
	if c.Day == "" {
		return nil, nil
	}
	day, err := news.ParseMonthDay(c.Day)
	return &day, err
}

// Run imports the files.
func (c *onThisDayCommand) Run(ctx context.Context, std *streams) error {
	day, err := c.day()
	if err != nil {
		return err
	}
	return c.run(ctx, std, importer.OnThisDay, importer.Options{Day: day})
}

const importHelp = `Files are read as they are or gzipped; - is standard input. Importing the same file again changes nothing. The program
ends with a loss report, and with exit code 1 when something failed.`

type importFlags struct {
	database
	siteFlags
	DryRun bool     `name:"dry-run" help:"Check everything and write nothing."`
	Report string   `placeholder:"FILE" help:"Write the loss report as JSON, too; a list of reports when there are several files."`
	Files  []string `arg:"" name:"file" help:"Files to import; - for standard input."`
}

// memoryLimit bounds Go's own memory softly. With SQLite's pages it keeps an import of any size under 256 MB.
const memoryLimit = 100 << 20

func (f *importFlags) run(ctx context.Context, std *streams, format importer.Format, opt importer.Options) error {
	opt.DryRun, opt.Locale, opt.SiteURL = f.DryRun, news.Locale(f.Locale), f.settings(news.Site{}).URL
	if f.TimeZone != "" {
		var err error
		if opt.Location, err = news.TimeZone(f.TimeZone).Location(); err != nil {
			return err
		}
	}
	if err := f.checkFiles(); err != nil {
		return err
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	s, done, err := f.target(ctx)
	if err != nil {
		return err
	}
	defer done()
	opt.Stage, opt.Finish = s.Stage, s.FinishImport
	if f.DryRun {
		opt.Sink, opt.Stage, opt.Finish = s.ImportDry, nil, nil
	} else if err := f.apply(ctx, s); err != nil {
		return err
	}
	reports, ok := f.importAll(ctx, std, format, opt)
	if !f.DryRun && ctx.Err() == nil {
		// An export's own address must not replace what the operator said.
		if err := f.apply(ctx, s); err != nil {
			return err
		}
	}
	if !f.DryRun && slices.ContainsFunc(reports, (*importer.Report).BroughtEvents) {
		// Only the whole database tells what is there twice, and an import must not take time that grows with it.
		fmt.Fprintf(std.out, "\nTo find dates that look wrong and events that may be there twice: dateline lint --db %s\n", f.DB)
	}
	if err := f.writeReport(reports); err != nil {
		return err
	}
	if !ok {
		return errReported
	}
	return nil
}

// checkFiles finds a wrong file name before anything is written.
func (f *importFlags) checkFiles() error {
	for _, name := range f.Files {
		if name == "-" {
			continue
		}
		info, err := os.Stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("there is no file %s; check the name", name)
		case err != nil:
			return fmt.Errorf("%w; check the name and the rights", err)
		case info.IsDir():
			return fmt.Errorf("%s is a folder; name the files in it", name)
		}
	}
	if f.Report == "" {
		return nil
	}
	report, err := os.OpenFile(f.Report, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("the report cannot be written: %w; choose another file with --report", err)
	}
	return report.Close()
}

// importAll imports the files one after another and prints what became of each.
func (f *importFlags) importAll(ctx context.Context, std *streams, format importer.Format, opt importer.Options) (reports []*importer.Report, ok bool) {
	ok = true
	for _, name := range f.Files {
		report, err := importFile(ctx, std, format, name, opt)
		if report != nil {
			reports = append(reports, report)
			report.WriteText(std.out)
		}
		if ctx.Err() != nil {
			fmt.Fprintf(std.err, "dateline: %s: interrupted; what was written is kept, run the same command again for the rest\n", name)
			return reports, false
		}
		if err != nil {
			fmt.Fprintf(std.err, "dateline: %s: %v\n", name, err)
		}
		ok = ok && err == nil && report.OK()
	}
	return reports, ok
}

// target is the database to import into. A dry run only reads it; where there is none yet, an empty one stands in for it
// that is removed at the end.
func (f *importFlags) target(ctx context.Context) (*store.Store, func() error, error) {
	if !f.DryRun {
		// One batch is read for and written at a time: the memory of the other readers is better spent on pages to write.
		return f.open(ctx, sqlite.Options{Readers: 1, CacheBytes: 20 << 20})
	}
	if info, err := os.Stat(f.DB); err == nil && info.Size() > 0 {
		return f.open(ctx, sqlite.Options{ReadOnly: true})
	}
	folder, err := os.MkdirTemp("", "dateline-dry-run-")
	if err != nil {
		return nil, nil, err
	}
	s, done, err := database{DB: filepath.Join(folder, "empty.db")}.open(ctx, sqlite.Options{})
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(folder))
	}
	return s, func() error { return errors.Join(done(), os.RemoveAll(folder)) }, nil
}

func importFile(ctx context.Context, std *streams, format importer.Format, name string, opt importer.Options) (*importer.Report, error) {
	var in io.Reader = os.Stdin
	size := int64(-1)
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			size = info.Size()
		}
		in = file
	}
	bar := progressbar.NewOptions64(size, progressbar.OptionSetWriter(std.err), progressbar.OptionSetDescription(name),
		progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetVisibility(isTerminal(std.err)),
		progressbar.OptionClearOnFinish())
	opt.Input = name
	opt.Progress = func(p importer.Progress) { bar.Set64(p.Bytes) }
	defer bar.Finish()
	return importer.Run(ctx, format, in, opt)
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// writeReport writes one report as an object, several as a list.
func (f *importFlags) writeReport(reports []*importer.Report) error {
	if f.Report == "" {
		return nil
	}
	var content any = reports
	if len(reports) == 1 {
		content = reports[0]
	}
	encoded, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(f.Report, append(encoded, '\n'), 0o644)
}
